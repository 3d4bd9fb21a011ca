import { describe, expect, it } from 'vitest';

import {
  type BookLine,
  forfeitedOf,
  heldBy,
  type LineHold,
  type PartnerBooks,
  totalsAt,
} from '../../../src/ledger/balance.rules.ts';

const line = (seq: number, amount: number, rest: Partial<BookLine> = {}): BookLine => ({
  seq,
  account_id: 'acc',
  payment_id: 'pay',
  kind: 'commission',
  at: 10,
  payable_at: 100,
  amount,
  payout_id: null,
  ...rest,
});

describe('heldBy: the twin of the freeze’s SQL', () => {
  const hold = (rest: Partial<LineHold>): LineHold => ({
    kind: 'self_referral',
    partner_id: null,
    account_id: null,
    payment_id: null,
    opened_at: 50,
    decided_at: null,
    ...rest,
  });
  const by = (rest: Partial<LineHold>, at = 60) => heldBy(line(1, 1), 'p1', [hold(rest)], at);
  it.each([
    ['its account', { account_id: 'acc' }, 60, 'self_referral'],
    ['before it was opened', { account_id: 'acc' }, 49, null],
    ['from the instant it was opened', { account_id: 'acc' }, 50, 'self_referral'],
    ['until it is decided', { account_id: 'acc', decided_at: 61 }, 60, 'self_referral'],
    ['not at the instant it is decided', { account_id: 'acc', decided_at: 60 }, 60, null],
    ['another account', { account_id: 'other' }, 60, null],
    ['this partner’s part of the account', { account_id: 'acc', partner_id: 'p1' }, 60, 'self_referral'],
    ['another partner’s part of the account', { account_id: 'acc', partner_id: 'p2' }, 60, null],
    ['a disputed payment', { kind: 'dispute' as const, payment_id: 'pay' }, 60, 'dispute'],
    ['a form that waits for its join', { kind: 'form_join' as const, account_id: 'acc' }, 60, 'form_join'],
    ['a hold of another kind that names the payment alone', { payment_id: 'pay' }, 60, null],
    [
      'another disputed payment of the account',
      { kind: 'dispute' as const, account_id: 'acc', payment_id: 'pay2' },
      60,
      null,
    ],
  ])('%s', (_, rest, at, expected) => {
    expect(by(rest, at)).toBe(expected);
  });
  it('an adjustment is held by nothing', () => {
    const own = line(1, 1, { account_id: null, payment_id: null });
    expect(heldBy(own, 'p1', [hold({}), hold({ kind: 'dispute' })], 60)).toBeNull();
  });
});

describe('V2, C3: what is forfeited and was never paid', () => {
  const of = (...lines: [kind: string, amount: number, paid_on: string | null][]) =>
    forfeitedOf(
      lines.map(([kind, amount], i) => line(i, amount, { kind, at: i })),
      ({ seq }) => lines[seq]?.[2] ?? null,
    );
  it.each<[string, Parameters<typeof of>, number]>([
    ['nothing', [['commission', 1975, null]], 0],
    [
      'an unpaid commission',
      [
        ['commission', 1975, null],
        ['forfeit', -1975, null],
      ],
      1975,
    ],
    [
      'what a refund had left',
      [
        ['commission', 1975, null],
        ['refund', -975, null],
        ['forfeit', -1000, null],
      ],
      1000,
    ],
    [
      'what came back to life is not',
      [
        ['commission', 1975, null],
        ['forfeit', -1975, null],
        ['reactivation', 1975, null],
      ],
      0,
    ],
    [
      'both lines swept together by one payout were never paid',
      [
        ['commission', 1975, 'w1'],
        ['forfeit', -1975, 'w1'],
      ],
      1975,
    ],
    [
      'what had been paid is earned back instead',
      [
        ['commission', 1975, 'w1'],
        ['forfeit', -1975, null],
      ],
      0,
    ],
    [
      'also once it has been earned back',
      [
        ['commission', 1975, 'w1'],
        ['forfeit', -1975, 'w2'],
      ],
      0,
    ],
    [
      'of a payment paid in part, the rest',
      [
        ['commission', 1975, 'w1'],
        ['refund', -975, 'w1'],
        ['refund_reversal', 975, null],
        ['forfeit', -1975, null],
      ],
      975,
    ],
  ])('%s', (_, lines, expected) => {
    expect(of(...lines)).toBe(expected);
  });

  it('what was refunded while it was forfeited is not forfeited once the account has come back, paid or not', () => {
    const sale = line(1, 2205, { at: 10 });
    const gone = line(2, -2205, { kind: 'forfeit', at: 20 });
    const back = line(3, 1103, { kind: 'reactivation', at: 30 });
    for (const day of [null, 'w1']) expect(forfeitedOf([sale, gone, back], () => day)).toBe(0);
    // Ended again: what it had been given back, and no more.
    const again = line(4, -1103, { kind: 'forfeit', at: 40 });
    expect(forfeitedOf([sale, gone, back, again], () => null)).toBe(1103);
    expect(forfeitedOf([sale, gone, back, again], (one) => (one.seq < 4 ? 'w1' : null))).toBe(0);
    // A return that never was.
    const undone = line(5, -1103, { kind: 'reactivation', at: 30 });
    expect(forfeitedOf([sale, gone, back, undone], () => null)).toBe(2205);
  });
});

describe('totals at any instant', () => {
  const books: PartnerBooks = {
    partner_id: 'p1',
    lines: [
      line(1, 1975, { payout_id: 'po_1' }),
      line(2, 2000, { at: 20, payable_at: 300 }),
      line(3, -500, { kind: 'refund', at: 250, payable_at: 100 }),
      line(4, 700, { account_id: 'held', payment_id: 'pay4' }),
    ],
    transfers: [
      { kind: 'freeze', amount: 1975, at: 200 },
      { kind: 'paid', amount: 1975, at: 210 },
      { kind: 'came_back', amount: 1975, at: 400 },
      { kind: 'written_off', amount: 1975, at: 500 },
    ],
    payouts: [{ payout_id: 'po_1', pay_date: 'w1', frozen_at: 200 }],
    holds: [
      { kind: 'form_join', partner_id: null, account_id: 'held', payment_id: null, opened_at: 0, decided_at: 600 },
    ],
  };
  const none = { pending: 0, payable: 0, in_flight: 0, paid: 0, forfeited: 0, owed_back: 0 };
  it.each([
    ['before anything', 5, {}],
    ['earned, not vested', 50, { pending: 4675 }],
    ['vested; held is pending', 100, { pending: 2700, payable: 1975 }],
    ['in flight from the freeze on', 200, { pending: 2700, in_flight: 1975 }],
    ['paid when the item succeeded', 210, { pending: 2700, paid: 1975 }],
    ['C3: a refund after it was paid is owed back', 250, { pending: 2700, paid: 1975, owed_back: 500 }],
    ['and earned back by what vests next', 300, { pending: 700, payable: 1500, paid: 1975 }],
    ['money that came back waits', 400, { pending: 2675, payable: 1500 }],
    ['written off was never paid', 500, { pending: 700, payable: 1500, forfeited: 1975 }],
    ['released', 600, { payable: 2200, forfeited: 1975 }],
  ])('%s', (_, as_of, expected) => {
    expect(totalsAt(books, as_of)).toEqual({ ...none, ...expected });
  });
});
