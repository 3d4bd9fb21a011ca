import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { currencyDigits } from '../../../src/money/currency.rules.ts';
import { decimalString } from '../../../src/money/money.rules.ts';
import { amountIn, itemCap, splitAmount } from '../../../src/paypal/amount.rules.ts';
import {
  chunked,
  MAX_ITEMS,
  payoutBody,
  payoutIdOf,
  senderBatchId,
  type Chunk,
} from '../../../src/paypal/body.rules.ts';

const chunk: Chunk = {
  program_id: '0011223344556677',
  pay_date: '2026-11-20',
  chunk: 1,
  attempt: 1,
  currency: 'USD',
  note: 'Lastclick partner payout of 2026-11-20 – “danke”',
  items: [
    { payout_id: 'po_a', amount: 10_010, receiver: 'ana@example.com' },
    { payout_id: 'po_b', amount: 4_000_001, receiver: 'ben@example.com' },
  ],
};

interface Sent {
  sender_batch_header: object;
  items: { recipient_type: string; amount: { value: string; currency: string }; sender_item_id: string }[];
}

function sent(given: Chunk): Sent {
  const body = payoutBody(given);
  if (!body.ok) throw new Error(body.reason);
  return JSON.parse(body.body) as Sent;
}

const refusal = (change: Partial<Chunk>, version?: number) => {
  const body = payoutBody({ ...chunk, ...change }, version);
  return body.ok ? null : [body.reason, body.payout_id];
};

describe('the body of a chunk', () => {
  it('version 1 gives these very bytes for ever: another byte under an id in use could pay twice', () => {
    const body = payoutBody(chunk, 1);
    if (!body.ok) throw new Error(body.reason);
    expect(body.body).toBe(
      '{"sender_batch_header":{"sender_batch_id":"0011223344556677-2026-11-20-1-1"},"items":[' +
        '{"recipient_type":"EMAIL","amount":{"value":"100.10","currency":"USD"},"note":"Lastclick partner payout of 2026-11-20 – “danke”","sender_item_id":"po_a","receiver":"ana@example.com"},' +
        '{"recipient_type":"EMAIL","amount":{"value":"20000.00","currency":"USD"},"note":"Lastclick partner payout of 2026-11-20 – “danke”","sender_item_id":"po_b.1","receiver":"ben@example.com"},' +
        '{"recipient_type":"EMAIL","amount":{"value":"20000.00","currency":"USD"},"note":"Lastclick partner payout of 2026-11-20 – “danke”","sender_item_id":"po_b.2","receiver":"ben@example.com"},' +
        '{"recipient_type":"EMAIL","amount":{"value":"0.01","currency":"USD"},"note":"Lastclick partner payout of 2026-11-20 – “danke”","sender_item_id":"po_b.3","receiver":"ben@example.com"}]}',
    );
    expect(createHash('sha256').update(body.body).digest('hex')).toBe(
      'ebe6b9fa4a04551b8c29baf610c2e98d9d087f11153d7a8a1e39025f620c4149',
    );
    expect(body.sender_item_ids).toEqual(['po_a', 'po_b.1', 'po_b.2', 'po_b.3']);
  });

  it('fault 1: the id of a sending is made from program, day, chunk and attempt, and from nothing random', () => {
    expect(senderBatchId(chunk)).toBe('0011223344556677-2026-11-20-1-1');
  });

  it('fault 2: another attempt has another id', () => {
    expect(senderBatchId({ ...chunk, attempt: 2 })).toBe('0011223344556677-2026-11-20-1-2');
  });

  it('fault 4: all items have the chunk’s one currency, in its own digits', () => {
    expect(
      sent({ ...chunk, currency: 'JPY', items: [{ payout_id: 'po_a', amount: 1975, receiver: 'a@b.example' }] }).items,
    ).toMatchObject([{ amount: { value: '1975', currency: 'JPY' } }]);
  });

  it('is refused, not mended, where it could not be paid', () => {
    expect(refusal({}, 2)).toEqual(['version', null]);
    expect(refusal({ currency: 'HUF' })).toEqual(['currency', null]);
    expect(refusal({ currency: 'usd' })).toEqual(['currency', null]);
    expect(refusal({ items: [] })).toEqual(['empty', null]);
    const item = { payout_id: 'po_x', amount: 100, receiver: 'x@example.com' };
    expect(refusal({ items: [{ ...item, amount: 0 }] })).toEqual(['bad_item', 'po_x']);
    expect(refusal({ items: [{ ...item, amount: -5 }] })).toEqual(['bad_item', 'po_x']);
    expect(refusal({ items: [{ ...item, amount: 10.5 }] })).toEqual(['bad_item', 'po_x']);
    expect(refusal({ items: [{ ...item, receiver: '' }] })).toEqual(['bad_item', 'po_x']);
    expect(refusal({ items: [{ ...item, payout_id: 'po.x' }] })).toEqual(['bad_item', 'po.x']);
    expect(refusal({ items: [{ ...item, amount: (MAX_ITEMS + 1) * 2_000_000 }] })).toEqual(['too_many_items', null]);
    expect(refusal({ items: Array.from({ length: MAX_ITEMS }, () => item) })).toBeNull();
    expect(refusal({ items: Array.from({ length: MAX_ITEMS + 1 }, () => item) })).toEqual(['too_many_items', null]);
  });
});

describe('amounts', () => {
  const amounts = fc.integer({ min: 1, max: 20_000_000_000 });

  it('parts of an amount above the cap sum to it exactly, none is above the cap, and only the last is below', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom('USD', 'JPY', 'EUR'), (amount, currency) => {
        const cap = itemCap(currency);
        const parts = splitAmount(amount, cap);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(amount);
        expect(parts.slice(0, -1).every((part) => part === cap)).toBe(true);
        expect(parts.every((part) => part > 0 && part <= cap)).toBe(true);
      }),
    );
    expect(splitAmount(2_000_000, itemCap('USD'))).toEqual([2_000_000]);
    expect(splitAmount(2_000_001, itemCap('USD'))).toEqual([2_000_000, 1]);
  });

  it('fault 13: what is written is read back as the same integer', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom('USD', 'JPY', 'TND'), (amount, currency) => {
        expect(amountIn(decimalString(amount, currencyDigits(currency)), currency)).toBe(amount);
      }),
    );
  });

  it.each([
    ['19.75', 'USD', 1975],
    ['19.5', 'USD', 1950],
    ['19.7500', 'USD', 1975],
    ['-0.25', 'USD', -25],
    ['0', 'USD', 0],
    ['-0.00', 'USD', 0],
    ['1975', 'JPY', 1975],
    ['1975.00', 'JPY', 1975],
    ['19.755', 'USD', null],
    ['1975.5', 'JPY', null],
    ['1e3', 'USD', null],
    ['.5', 'USD', null],
    ['19,75', 'USD', null],
    ['', 'USD', null],
    ['99999999999999999', 'USD', null],
  ])('%j of %s is %s minor units', (value, currency, amount) => {
    expect(amountIn(value, currency)).toBe(amount);
  });

  it('a body’s items sum to its payouts, and lead back to them', () => {
    const items = fc.array(fc.record({ amount: amounts, receiver: fc.constant('a@example.com') }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(items, (some) => {
        const given = some.map((item, i) => ({
          ...item,
          amount: (item.amount % 10_000_000) + 1,
          payout_id: `po_${i}`,
        }));
        const sums = new Map<string, number>();
        for (const { amount, sender_item_id } of sent({ ...chunk, items: given }).items) {
          const id = payoutIdOf(sender_item_id);
          sums.set(id, (sums.get(id) ?? 0) + (amountIn(amount.value, amount.currency) ?? 0));
        }
        expect([...sums]).toEqual(given.map(({ payout_id, amount }) => [payout_id, amount]));
      }),
    );
  });
});

describe('chunks', () => {
  it('keep the order, every payout once, the parts of a payout together, and the limit', () => {
    const some = fc.array(fc.integer({ min: 1, max: 12_000_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(some, fc.integer({ min: 6, max: 20 }), (amounts_, limit) => {
        const items = amounts_.map((amount, i) => ({ payout_id: `po_${i}`, amount, receiver: 'a@example.com' }));
        const chunks = chunked(items, 'USD', limit);
        expect(chunks.flat()).toEqual(items);
        for (const own of chunks) {
          expect(sent({ ...chunk, items: own }).items.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('a payout of more parts than a chunk has room for is a chunk of its own', () => {
    const item = (payout_id: string, amount: number) => ({ payout_id, amount, receiver: 'a@example.com' });
    const chunks = chunked([item('a', 1), item('b', 9_000_000), item('c', 1), item('d', 1)], 'USD', 3);
    expect(chunks.map((own) => own.map(({ payout_id }) => payout_id))).toEqual([['a'], ['b'], ['c', 'd']]);
    expect(chunked([], 'USD')).toEqual([]);
  });
});
