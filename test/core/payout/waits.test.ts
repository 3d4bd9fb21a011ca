import { describe, expect, it } from 'vitest';

import { behindOf } from '../../../src/payout/attention.rules.ts';
import { dueCancellations } from '../../../src/payout/cancel.rules.ts';
import { isPayDayCron } from '../../../src/payout/due.rules.ts';
import type { BatchRow } from '../../../src/payout/payout.schema.ts';
import { isReread, nextAct, pollAt, retryAt } from '../../../src/payout/send.rules.ts';
import type { SendItemRow, SendRow } from '../../../src/payout/send.schema.ts';
import { pokeOf } from '../../../src/payout/webhook.rules.ts';
import { readKey, sendText, witnessKeys } from '../../../src/payout/witness.rules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T = Date.UTC(2026, 10, 20, 17);

const send = (change: Partial<SendRow> = {}): SendRow => ({
  sender_batch_id: 'p-2026-11-20-1-1',
  pay_date: '2026-11-20',
  chunk: 1,
  attempt: 1,
  through: 'z',
  body_version: 1,
  body_sha256: 'x',
  status: 'sending',
  provider_batch_id: null,
  first_sent_at: T,
  tried_at: null,
  tries: 0,
  reason: null,
  attention: null,
  checked_at: null,
  settled_at: null,
  ...change,
});
const batch = { rail: 'paypal', status: 'sending' } as BatchRow;
const act = (sends: SendRow[], now: number) => nextAct({ batch, sends, unsent: false }, now, MINUTE);

describe('P7: when PayPal is asked again', () => {
  it.each([
    [0, MINUTE],
    [2 * MINUTE, MINUTE],
    [2 * MINUTE + 2, MINUTE + 1],
    [2 * MINUTE + 3, MINUTE + 1],
    [10 * MINUTE, 5 * MINUTE],
    [40 * HOUR, 20 * HOUR],
    [50 * HOUR, 20 * HOUR],
  ])('after %s ms the next wait is half of that: %s ms', (passed, wait) => {
    const tried_at = T + passed;
    expect(retryAt(send({ tried_at, reason: 'unknown:timeout' }), MINUTE)).toBe(tried_at + wait);
    expect(retryAt(send({ tried_at }), MINUTE)).toBe(tried_at + wait);
    expect(pollAt(send({ checked_at: tried_at }), MINUTE)).toBe(tried_at + wait);
    const later = T + 7 * DAY;
    expect(pollAt(send({ tried_at: later, checked_at: later + passed }), MINUTE)).toBe(later + passed + wait);
  });

  it('what was never tried, or never looked at, is due at once', () => {
    expect(retryAt(send({ tried_at: null }), MINUTE)).toBe(T);
    expect(pollAt(send({ checked_at: null, tried_at: T + DAY }), MINUTE)).toBe(T);
  });

  it('the next wake is for what is due first', () => {
    const tried = send({ tried_at: T + 10 * MINUTE });
    const looked = send({ status: 'accepted', tried_at: T, checked_at: T + 2 * MINUTE });
    const now = T + 2 * MINUTE;
    expect(act([tried, looked], now)).toEqual({ do: 'nothing', progress: { wait_ms: MINUTE } });
    expect(act([tried], now)).toEqual({ do: 'nothing', progress: { wait_ms: 13 * MINUTE } });
    expect(act([tried], T + 15 * MINUTE - 1)).toMatchObject({ do: 'nothing' });
    expect(act([tried], T + 15 * MINUTE)).toMatchObject({ do: 'post' });
    expect(act([looked], T + 3 * MINUTE)).toMatchObject({ do: 'poll' });
  });

  it('only what has settled at PayPal is re-read, once in 20 hours at most', () => {
    const settled = send({ status: 'settled', provider_batch_id: 'B', settled_at: T, checked_at: T });
    expect(isReread(settled, T + 20 * HOUR)).toBe(true);
    expect(isReread(settled, T + 20 * HOUR - 1)).toBe(false);
    const later = T + 2 * DAY;
    expect(isReread({ ...settled, checked_at: null }, later)).toBe(true);
    expect(isReread({ ...settled, status: 'accepted' }, later)).toBe(false);
    expect(isReread({ ...settled, provider_batch_id: null }, later)).toBe(false);
    // At the very first days of the epoch too: no instant is not an early one.
    expect(isReread({ ...settled, settled_at: null }, DAY)).toBe(false);
  });
});

describe('which cron is the pay day’s own', () => {
  it.each([
    ['0 17 * * FRI', true],
    ['  0 17 * * FRI  ', true],
    ['0  17\t*   *  fri', true],
    ['30 17 * * *', false],
    ['0 17 * *', false],
    ['', false],
    ['0 17 * * FRIDAY', false],
    ['0 17 * * XFRI', false],
  ])('“%s”: %s', (cron, own) => {
    expect(isPayDayCron(cron)).toBe(own);
  });
});

describe('what the witness keeps of a sending', () => {
  const item = (payout_id: string, part: number, amount: number) => ({ payout_id, part, amount }) as SendItemRow;

  it('is the same text whenever it is written, in whatever order its items are read', () => {
    const items = [item('po_2', 1, 5), item('po_1', 2, 7), item('po_1', 1, 9), item('po_3', 1, 1)];
    const text = sendText(send(), items);
    expect(JSON.parse(text)).toEqual({
      sender_batch_id: 'p-2026-11-20-1-1',
      pay_date: '2026-11-20',
      chunk: 1,
      attempt: 1,
      through: 'z',
      body_version: 1,
      body_sha256: 'x',
      first_sent_at: T,
      items: [
        ['po_1', 1, 9],
        ['po_1', 2, 7],
        ['po_2', 1, 5],
        ['po_3', 1, 1],
      ],
    });
    expect(sendText(send({ status: 'settled', tries: 3, tried_at: T }), items.toReversed())).toBe(text);
  });

  it('its keys begin with the program, and name a chunk by the beginning of its hash', () => {
    const keys = witnessKeys('prog');
    expect(keys.all).toBe('prog/batches/');
    expect(keys.batch('2026-11-20')).toBe('prog/batches/2026-11-20/');
    expect(keys.manifest('2026-11-20')).toBe('prog/batches/2026-11-20/manifest.json');
    expect(keys.chunk('2026-11-20', 2, 'ab'.repeat(32))).toBe(`prog/batches/2026-11-20/chunk-2-${'ab'.repeat(8)}.json`);
    expect(keys.send('2026-11-20', 2, 3)).toBe('prog/batches/2026-11-20/sends/2-3.json');
    expect(keys.accepted('2026-11-20', 2, 3)).toBe('prog/batches/2026-11-20/accepted/v1/2-3.json');
    expect(keys.words('2026-11-20')).toBe('prog/batches/2026-11-20/words/v1/');
    expect(keys.word('2026-11-20', 'ab')).toBe('prog/batches/2026-11-20/words/v1/ab.json');
    expect(readKey('prog/batches/2026-11-20/sends/12-34.json')).toMatchObject({ chunk: 12, attempt: 34 });
    expect(readKey('prog/batches/2026-11-20/manifest.json.bak')).toBeNull();
  });
});

it('a poke names an id of PayPal’s making, whole', () => {
  const of = (payout_item_id: string) => pokeOf(JSON.stringify({ resource: { payout_item_id } })).payout_item_id;
  expect([of('A1'), of('A1 '), of(' A1'), of('A'.repeat(64)), of('A'.repeat(65))]).toEqual([
    'A1',
    null,
    null,
    'A'.repeat(64),
    null,
  ]);
});

it('P3: cancellations are tried in the order of their last try, those never tried first', () => {
  const asked = (payout_id: string, tried_at: number | null) => ({
    payout_id,
    person_id: 'per_a',
    cancellation: { payout_id, cause: 'address' as const, asked_at: T, asked_by: 'ann', tried_at },
    on_file: null,
  });
  const all = [asked('b', T + 2), asked('a', T + 1), asked('c', null), asked('d', T + 2 * HOUR)];
  const due = dueCancellations(all, T + 2 * HOUR, HOUR);
  expect(due.map(({ payout_id }) => payout_id)).toEqual(['c', 'a', 'b']);
  expect(dueCancellations([{ ...asked('e', null), cancellation: null }], T, HOUR)).toEqual([]);
});

describe('what a person is told of a batch that the books are behind of', () => {
  it('nothing where they are whole', () => {
    expect(behindOf('2026-11-20', new Set())).toEqual([]);
    expect(behindOf('2026-11-20', new Set(['2026-11-27']))).toEqual([]);
  });

  it('that it is to be replayed', () => {
    const [told, ...more] = behindOf('2026-11-20', new Set(['2026-11-20']));
    expect(more).toEqual([]);
    expect(told?.what).toBe('books_behind');
    expect(told?.happened).toContain('restored to an earlier moment');
    expect(told?.to_do).toContain('POST /v1/payout-batches/2026-11-20/replay');
  });

  it('that it could not be asked', () => {
    const [told, ...more] = behindOf('2026-11-20', null);
    expect(more).toEqual([]);
    expect(told?.what).toBe('not_asked');
    expect(told?.happened).toContain('could not be asked');
    expect(told?.to_do).toContain('Ask again');
  });
});
