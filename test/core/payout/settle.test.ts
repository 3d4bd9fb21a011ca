import { describe, expect, it } from 'vitest';

import type { PayoutRow, PayoutStatus } from '../../../src/payout/payout.schema.ts';
import { OVERDUE_MS } from '../../../src/payout/send.rules.ts';
import type { SendItemRow, SendRow } from '../../../src/payout/send.schema.ts';
import { settle, settlePayout, type Polled, type WholeBatch } from '../../../src/payout/settle.rules.ts';
import type { PaypalItem } from '../../../src/paypal/answer.rules.ts';
import type { ItemOutcome } from '../../../src/paypal/status.rules.ts';

const T = Date.UTC(2026, 10, 20, 17);
const NOW = T + 3_600_000;
const ID = 'prog-2026-11-20-1-1';

const send = (change: Partial<SendRow> = {}): SendRow => ({
  sender_batch_id: ID,
  pay_date: '2026-11-20',
  chunk: 1,
  attempt: 1,
  through: 'z',
  body_version: 1,
  body_sha256: 'x',
  status: 'accepted',
  provider_batch_id: 'B1',
  first_sent_at: T,
  tried_at: T,
  tries: 1,
  reason: null,
  attention: null,
  checked_at: null,
  settled_at: null,
  ...change,
});
const item = (payout_id: string, change: Partial<SendItemRow> = {}): SendItemRow => ({
  sender_batch_id: ID,
  payout_id,
  part: 1,
  amount: 12_000,
  provider_item_id: null,
  provider_status: null,
  outcome: 'waiting',
  reason: null,
  fee: null,
  checked_at: null,
  ...change,
});
const payout = (payout_id: string, status: PayoutStatus = 'in_flight', change: Partial<PayoutRow> = {}): PayoutRow => ({
  pay_date: '2026-11-20',
  freeze_seq: null,
  partner_id: `p_${payout_id}`,
  payout_id,
  amount: 12_000,
  line_count: 1,
  person_id: 'per',
  status,
  status_at: T,
  reference: null,
  reason: null,
  fault: null,
  ...change,
});
const told = (sender_item_id: string | null, status: string | null, change: Partial<PaypalItem> = {}): PaypalItem => ({
  payout_item_id: `I_${sender_item_id}`,
  sender_item_id,
  payout_batch_id: 'B1',
  sender_batch_id: ID,
  transaction_status: status,
  amount: { value: '120.00', currency: 'USD' },
  fee: { value: '0.25', currency: 'USD' },
  error_name: null,
  ...change,
});
const answer = (items: PaypalItem[], change: Partial<WholeBatch> = {}): WholeBatch => ({
  payout_batch_id: 'B1',
  sender_batch_id: ID,
  batch_status: 'SUCCESS',
  items,
  ...change,
});
const polled = (change: Partial<Polled> = {}): Polled => ({
  send: send(),
  items: [item('po_1')],
  payouts: [payout('po_1')],
  currency: 'USD',
  ...change,
});
const settled = (said: PaypalItem[], change: Partial<Polled> = {}, now = NOW) =>
  settle(polled(change), answer(said), now);

const differs = {
  items: [],
  payouts: [],
  send: { status: 'needs_attention', attention: 'items_differ', settled_at: null },
};

describe('P7: only what was frozen is booked', () => {
  it('fault 4: an item in another currency is not the one that was frozen', () => {
    expect(settled([told('po_1', 'SUCCESS', { amount: { value: '120.00', currency: 'EUR' } })])).toEqual(differs);
  });

  it.each<[string, PaypalItem[], Partial<WholeBatch>]>([
    ['another amount', [told('po_1', 'SUCCESS', { amount: { value: '120.01', currency: 'USD' } })], {}],
    ['no amount', [told('po_1', 'SUCCESS', { amount: null })], {}],
    ['an item that was not sent', [told('po_1', 'SUCCESS'), told('po_9', 'SUCCESS')], {}],
    ['an item without an id', [told('po_1', 'SUCCESS'), told(null, 'SUCCESS')], {}],
    ['an item twice', [told('po_1', 'SUCCESS'), told('po_1', 'SUCCESS')], {}],
    ['an item missing once the batch is processed', [], {}],
    ['another sending’s batch', [told('po_1', 'SUCCESS')], { sender_batch_id: 'prog-2026-11-20-2-1' }],
  ])('%s books nothing, and a person is told', (_, items, change) => {
    expect(settle(polled(), answer(items, change), NOW)).toEqual(differs);
  });

  it('a sending that has settled stays settled, whatever is shown later', () => {
    const done = send({ status: 'settled', settled_at: T });
    expect(settled([], { send: done })).toEqual({
      ...differs,
      send: { status: 'settled', attention: 'items_differ', settled_at: T },
    });
  });

  it('a batch that does not name its sending is taken by its items', () => {
    const said = answer([told('po_1', 'SUCCESS')], { sender_batch_id: null });
    expect(settle(polled(), said, NOW).send.status).toBe('settled');
  });

  it.each(['PENDING', 'PROCESSING', 'SOMETHING_NEW'])(
    'while a batch is %s it need not show every item',
    (batch_status) => {
      const result = settle(polled(), answer([], { batch_status }), NOW);
      expect(result.items).toEqual([item('po_1', { checked_at: NOW })]);
      expect(result.payouts).toEqual([]);
      expect(result.send).toEqual({
        status: 'accepted',
        attention: batch_status === 'SOMETHING_NEW' ? 'unknown_status' : null,
        settled_at: null,
      });
    },
  );
});

describe('P7: what PayPal says of an item', () => {
  it('SUCCESS: paid, with PayPal’s id and fee, and the sending has settled', () => {
    expect(settled([told('po_1', 'SUCCESS')])).toEqual({
      items: [
        item('po_1', {
          outcome: 'paid',
          provider_item_id: 'I_po_1',
          provider_status: 'SUCCESS',
          fee: 25,
          checked_at: NOW,
        }),
      ],
      payouts: [
        {
          payout_id: 'po_1',
          partner_id: 'p_po_1',
          at: NOW,
          to: 'paid',
          reference: 'I_po_1',
          reason: null,
          fault: null,
          transfers: [{ kind: 'paid', payout_id: 'po_1', partner_id: 'p_po_1', amount: 12_000, at: NOW }],
        },
      ],
      send: { status: 'settled', attention: null, settled_at: NOW },
    });
  });

  it('what is not said leaves what is known', () => {
    const known = item('po_1', { provider_item_id: 'I1', reason: 'WAS', fee: 30, provider_status: 'PENDING' });
    const silent = { payout_item_id: null, fee: null };
    expect(settled([told('po_1', null, silent)], { items: [known] }).items).toEqual([{ ...known, checked_at: NOW }]);
    const foreign = { ...silent, fee: { value: '9.99', currency: 'EUR' } };
    expect(settled([told('po_1', 'PENDING', foreign)], { items: [known] }).items[0]?.fee).toBe(30);
    const unreadable = { fee: { value: 'free', currency: 'USD' } };
    expect(settled([told('po_1', 'PENDING', unreadable)], { items: [known] }).items[0]?.fee).toBe(30);
  });

  it('UNCLAIMED is on its way, and moves once', () => {
    const first = settled([told('po_1', 'UNCLAIMED', { error_name: 'RECEIVER_UNREGISTERED' })]);
    expect(first.items[0]).toMatchObject({ outcome: 'unclaimed', reason: 'RECEIVER_UNREGISTERED' });
    expect(first.payouts).toEqual([
      {
        payout_id: 'po_1',
        partner_id: 'p_po_1',
        at: NOW,
        to: 'unclaimed',
        reference: null,
        reason: null,
        fault: null,
        transfers: [],
      },
    ]);
    expect(first.send).toEqual({ status: 'accepted', attention: null, settled_at: null });
    const again = settled([told('po_1', 'UNCLAIMED')], { payouts: [payout('po_1', 'unclaimed')] });
    expect(again.payouts).toEqual([]);
    const back = settled([told('po_1', 'PENDING')], { payouts: [payout('po_1', 'unclaimed')] });
    expect(back.payouts).toMatchObject([{ to: 'in_flight', transfers: [] }]);
  });

  it('fault 13: a failed payout keeps its reason, and on whose side it was', () => {
    const failed = settled([told('po_1', 'FAILED', { error_name: 'RECEIVER_UNREGISTERED' })]);
    expect(failed.payouts).toMatchObject([
      {
        to: 'failed',
        reason: 'FAILED: RECEIVER_UNREGISTERED',
        fault: 'receiver',
        transfers: [{ kind: 'returned', amount: 12_000, at: NOW }],
      },
    ]);
    expect(settled([told('po_1', 'FAILED')]).payouts).toMatchObject([
      { to: 'failed', reason: 'FAILED', fault: 'sender' },
    ]);
    expect(settled([told('po_1', 'RETURNED')]).payouts).toMatchObject([
      { to: 'returned', reason: 'RETURNED', fault: 'receiver' },
    ]);
  });

  it('a payout is never dated before what is known of it', () => {
    const later = payout('po_1', 'in_flight', { status_at: NOW + 5 });
    expect(settled([told('po_1', 'SUCCESS')], { payouts: [later] }).payouts[0]?.at).toBe(NOW + 5);
  });

  it('a word that is not known is never final, and a person is told', () => {
    const unknown = settled([told('po_1', 'UNDER_OBSERVATION')]);
    expect(unknown.items[0]).toMatchObject({ outcome: 'unknown', provider_status: 'UNDER_OBSERVATION' });
    expect(unknown.payouts).toEqual([]);
    expect(unknown.send).toEqual({ status: 'accepted', attention: 'unknown_status', settled_at: null });
  });

  it('what does not end in 35 days is overdue; what has ended is not', () => {
    expect(settled([told('po_1', 'ONHOLD')], {}, T + OVERDUE_MS - 1).send.attention).toBeNull();
    expect(settled([told('po_1', 'ONHOLD')], {}, T + OVERDUE_MS).send.attention).toBe('overdue');
    expect(settled([told('po_1', 'SUCCESS')], {}, T + OVERDUE_MS).send.attention).toBeNull();
  });

  it('a batch whose word is not known needs nobody once all of it has ended', () => {
    const said = answer([told('po_1', 'SUCCESS')], { batch_status: 'SOMETHING_NEW' });
    expect(settle(polled(), said, NOW).send).toEqual({ status: 'settled', attention: null, settled_at: NOW });
  });

  it('an item that ended keeps the instant at which its sending first settled', () => {
    const done = polled({
      send: send({ status: 'settled', settled_at: T + 1 }),
      items: [item('po_1', { outcome: 'paid', provider_status: 'SUCCESS' })],
      payouts: [payout('po_1', 'paid')],
    });
    const again = settle(done, answer([told('po_1', 'SUCCESS')]), NOW);
    expect(again.payouts).toEqual([]);
    expect(again.send).toEqual({ status: 'settled', attention: null, settled_at: T + 1 });
  });
});

describe('P7: a denied batch has paid none', () => {
  const denied = (said: PaypalItem[], change: Partial<Polled> = {}) =>
    settle(polled(change), answer(said, { batch_status: 'DENIED' }), NOW);

  it.each<[string, PaypalItem[]]>([
    ['shows no item', []],
    ['shows it as waiting', [told('po_1', 'PENDING')]],
    ['shows it as denied', [told('po_1', 'DENIED')]],
  ])('which %s', (_, said) => {
    const result = denied(said);
    expect(result.items[0]).toMatchObject({ outcome: 'ended', provider_status: 'DENIED' });
    expect(result.payouts).toMatchObject([
      { to: 'failed', reason: 'DENIED', fault: 'sender', transfers: [{ kind: 'returned', amount: 12_000 }] },
    ]);
    expect(result.send.status).toBe('settled');
  });

  it('but what it says it has paid is paid', () => {
    const result = denied([told('po_1', 'SUCCESS')]);
    expect(result.items[0]).toMatchObject({ outcome: 'paid', provider_status: 'SUCCESS' });
    expect(result.payouts).toMatchObject([{ to: 'paid' }]);
  });
});

describe('P7: late changes', () => {
  const ended = (outcome: ItemOutcome, status: PayoutStatus, provider_status: string): Partial<Polled> => ({
    send: send({ status: 'settled', settled_at: T }),
    items: [item('po_1', { outcome, provider_status })],
    payouts: [payout('po_1', status, { reference: 'REF', fault: null })],
  });

  it.each(['REFUNDED', 'REVERSED'])('%s after SUCCESS: it leaves paid, and waits for an operator', (word) => {
    const result = settled([told('po_1', word, { error_name: 'ASKED_BACK' })], ended('paid', 'paid', 'SUCCESS'));
    expect(result.items[0]).toMatchObject({ outcome: 'came_back', provider_status: word });
    expect(result.payouts).toEqual([
      {
        payout_id: 'po_1',
        partner_id: 'p_po_1',
        at: NOW,
        to: 'held',
        reference: 'REF',
        reason: `${word}: ASKED_BACK`,
        fault: null,
        transfers: [{ kind: 'came_back', payout_id: 'po_1', partner_id: 'p_po_1', amount: 12_000, at: NOW }],
      },
    ]);
    expect(result.send).toEqual({ status: 'settled', attention: null, settled_at: T });
    const bare = settled([told('po_1', word)], ended('paid', 'paid', 'SUCCESS'));
    expect(bare.payouts[0]?.reason).toBe(word);
  });

  it('the same again moves nothing', () => {
    const result = settled([told('po_1', 'REVERSED')], ended('came_back', 'held', 'REVERSED'));
    expect(result.payouts).toEqual([]);
    expect(result.send.attention).toBeNull();
  });

  it.each<[string, ItemOutcome, PayoutStatus, string, string]>([
    ['FAILED after SUCCESS', 'paid', 'paid', 'SUCCESS', 'FAILED'],
    ['SUCCESS after RETURNED', 'ended', 'returned', 'RETURNED', 'SUCCESS'],
    ['SUCCESS after REVERSED', 'came_back', 'held', 'REVERSED', 'SUCCESS'],
  ])('fault 5: %s moves nothing, and a person is told', (_, outcome, status, was, word) => {
    const result = settled([told('po_1', word)], ended(outcome, status, was));
    expect(result.items[0]).toMatchObject({ outcome, provider_status: was });
    expect(result.payouts).toEqual([]);
    expect(result.send).toEqual({ status: 'settled', attention: 'contradiction', settled_at: T });
  });

  it.each<[string, PayoutStatus, string, string | null]>([
    ['paid by a person’s word, FAILED at PayPal', 'paid', 'FAILED', 'contradiction'],
    ['paid by a person’s word, SUCCESS at PayPal', 'paid', 'SUCCESS', null],
    ['not paid by a person’s word, SUCCESS at PayPal', 'failed', 'SUCCESS', 'contradiction'],
    ['not paid by a person’s word, FAILED at PayPal', 'failed', 'FAILED', null],
    ['written off by a person’s word, REVERSED at PayPal', 'returned', 'REVERSED', null],
    ['held, FAILED at PayPal', 'held', 'FAILED', 'contradiction'],
  ])('%s: the word stands', (_, status, word, attention) => {
    const result = settled([told('po_1', word)], { payouts: [payout('po_1', status)] });
    expect(result.payouts).toEqual([]);
    expect(result.send).toMatchObject({ status: 'settled', attention });
  });

  it('what a person has settled is over, though PayPal has not ended it', () => {
    const result = settled([told('po_1', 'ONHOLD')], { payouts: [payout('po_1', 'paid')] }, T + OVERDUE_MS);
    expect(result.payouts).toEqual([]);
    expect(result.send).toEqual({ status: 'settled', attention: null, settled_at: T + OVERDUE_MS });
  });
});

describe('P7: one payout of several items', () => {
  const two = [item('po_1', { amount: 20_000 }), item('po_1', { part: 2, amount: 5000 })];
  const whole = { items: two, payouts: [payout('po_1', 'in_flight', { amount: 25_000 })] };
  const part = (n: 1 | 2, status: string, change: Partial<PaypalItem> = {}) =>
    told(`po_1.${n}`, status, { amount: { value: n === 1 ? '200.00' : '50.00', currency: 'USD' }, ...change });

  it('settles when all have been decided, not before', () => {
    const half = settled([part(1, 'SUCCESS'), part(2, 'PENDING')], whole);
    expect(half.items.map(({ outcome }) => outcome)).toEqual(['paid', 'waiting']);
    expect(half.payouts).toEqual([]);
    expect(half.send.status).toBe('accepted');
    const waits = settled([part(1, 'SUCCESS'), part(2, 'UNCLAIMED')], whole);
    expect(waits.payouts).toMatchObject([{ to: 'unclaimed' }]);
  });

  it('both paid', () => {
    expect(settled([part(1, 'SUCCESS'), part(2, 'SUCCESS')], whole).payouts).toMatchObject([
      { to: 'paid', transfers: [{ kind: 'paid', amount: 25_000 }], reference: 'I_po_1.1' },
    ]);
  });

  it('one paid, one back: the rest is due anew', () => {
    expect(settled([part(1, 'SUCCESS'), part(2, 'RETURNED')], whole).payouts).toMatchObject([
      {
        to: 'paid',
        reason: 'RETURNED',
        fault: 'receiver',
        transfers: [
          { kind: 'paid', amount: 20_000 },
          { kind: 'returned', amount: 5000 },
        ],
      },
    ]);
  });

  it('both back: returned where one of them was', () => {
    expect(settled([part(1, 'FAILED'), part(2, 'RETURNED')], whole).payouts).toMatchObject([
      { to: 'returned', transfers: [{ kind: 'returned', amount: 25_000 }] },
    ]);
    expect(settled([part(1, 'FAILED'), part(2, 'FAILED')], whole).payouts).toMatchObject([{ to: 'failed' }]);
  });

  it('one that came back before the other was decided is held, each part by itself', () => {
    expect(settled([part(1, 'REVERSED', { error_name: 'CLOSED' }), part(2, 'SUCCESS')], whole).payouts).toMatchObject([
      {
        to: 'held',
        reason: 'REVERSED: CLOSED',
        fault: null,
        transfers: [
          { kind: 'paid', amount: 25_000 },
          { kind: 'came_back', amount: 20_000, part: 1 },
        ],
      },
    ]);
  });

  it('a part that comes back late names itself', () => {
    const paid = {
      items: two.map((one) => ({ ...one, outcome: 'paid' as const, provider_status: 'SUCCESS' })),
      payouts: [payout('po_1', 'paid', { amount: 25_000 })],
    };
    const result = settled([part(1, 'SUCCESS'), part(2, 'REFUNDED')], paid);
    expect(result.payouts).toMatchObject([{ to: 'held', transfers: [{ kind: 'came_back', amount: 5000, part: 2 }] }]);
    expect(result.payouts[0]?.transfers).toHaveLength(1);
  });

  it('payouts of one sending settle each by its own items', () => {
    const both = { items: [item('po_1'), item('po_2')], payouts: [payout('po_1'), payout('po_2')] };
    const result = settled([told('po_1', 'SUCCESS'), told('po_2', 'PENDING')], both);
    expect(result.payouts).toMatchObject([{ payout_id: 'po_1', to: 'paid' }]);
    expect(result.send.status).toBe('accepted');
    const done = settled([told('po_1', 'SUCCESS'), told('po_2', 'FAILED')], both);
    expect(done.payouts.map(({ to }) => to)).toEqual(['paid', 'failed']);
    expect(done.send.status).toBe('settled');
  });

  it('one item that needs a person is enough', () => {
    const both = { items: [item('po_1'), item('po_2')], payouts: [payout('po_1'), payout('po_2')] };
    const unknown = settled([told('po_1', 'UNDER_OBSERVATION'), told('po_2', 'PENDING')], both);
    expect(unknown.send.attention).toBe('unknown_status');
    const contradicted = {
      items: [item('po_1', { outcome: 'paid', provider_status: 'SUCCESS' }), item('po_2')],
      payouts: [payout('po_1', 'paid'), payout('po_2')],
    };
    expect(settled([told('po_1', 'FAILED'), told('po_2', 'PENDING')], contradicted).send.attention).toBe(
      'contradiction',
    );
    const spoken = { items: [item('po_1'), item('po_2')], payouts: [payout('po_1', 'failed'), payout('po_2')] };
    expect(settled([told('po_1', 'SUCCESS'), told('po_2', 'PENDING')], spoken).send.attention).toBe('contradiction');
  });

  it('a sending is over once each payout is, whether by PayPal now or by a person before', () => {
    const spoken = { items: [item('po_1'), item('po_2')], payouts: [payout('po_1', 'paid'), payout('po_2')] };
    expect(settled([told('po_1', 'ONHOLD'), told('po_2', 'SUCCESS')], spoken).send.status).toBe('settled');
    expect(settled([told('po_1', 'ONHOLD'), told('po_2', 'UNCLAIMED')], spoken).send.status).toBe('accepted');
    expect(settled([told('po_1', 'SUCCESS'), told('po_2', 'ONHOLD')], spoken).send.status).toBe('accepted');
  });

  it('what no item says leaves what the payout says', () => {
    const known = payout('po_1', 'sending', { reference: 'REF', reason: 'BEFORE' });
    expect(settlePayout(known, [item('po_1', { outcome: 'paid' })], NOW)).toMatchObject({
      reference: 'REF',
      reason: 'BEFORE',
    });
  });
});
