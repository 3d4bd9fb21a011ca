import { describe, expect, it } from 'vitest';

import { derive, endsOf } from '../../../src/stripe/derive.rules.ts';
import type { Fact } from '../../../src/stripe/fact.ts';

const path = { charge: 'ch', intent: null, invoice: null };
const base: Fact[] = [
  { object_id: 'cus', kind: 'customer', at: 5, value: {} },
  {
    object_id: 'in',
    kind: 'invoice',
    at: 10,
    value: { customer: 'cus', amount: 100, tax: 0, currency: 'USD', plan: null },
  },
  { object_id: 'ch', kind: 'pays', at: 0, value: { invoice: 'in' } },
];
const refundsOf = (...facts: Fact[]) =>
  (derive([...base, ...facts]).accounts[0]?.refunds ?? []).map(({ refund_id, amount, refunded_at, reversed_at }) => [
    refund_id,
    amount,
    refunded_at,
    reversed_at,
  ]);
const counted = (at: number, amount: number): Fact => ({
  object_id: 'ch',
  kind: 'charge_refunded',
  at,
  value: { amount },
});
const own = (object_id: string, at: number, amount: number): Fact => ({
  object_id,
  kind: 'refund',
  at,
  value: { ...path, amount },
});
const move = (kind: 'dispute_out' | 'dispute_in', at: number): Fact => ({ object_id: 'dp', kind, at, value: {} });
const dispute: Fact = {
  object_id: 'dp',
  kind: 'dispute',
  at: 20_000,
  value: { charge: 'ch', intent: null, amount: 60 },
};

describe('C2: refunds out of facts', () => {
  it('a charge’s count alone: each step is what it adds', () => {
    expect(refundsOf(counted(20_000, 30), counted(30_000, 70))).toEqual([
      ['ch:refunded:20:30', 30, 20_000, null],
      ['ch:refunded:30:40', 40, 30_000, null],
    ]);
  });

  it('the count and the refunds themselves: never twice', () => {
    expect(refundsOf(counted(20_000, 30), own('re', 20_000, 30))).toEqual([['re', 30, 20_000, null]]);
    expect(refundsOf(counted(20_000, 30), counted(30_000, 70), own('re', 30_000, 40))).toEqual([
      ['re', 40, 30_000, null],
      ['ch:refunded:20:30', 30, 20_000, null],
    ]);
  });

  it('a refund that had failed by then is not in the count', () => {
    const failed: Fact = { object_id: 're', kind: 'refund_failed', at: 25_000, value: {} };
    expect(refundsOf(own('re', 20_000, 30), failed, counted(30_000, 30))).toEqual([
      ['re', 30, 20_000, 25_000],
      ['ch:refunded:30:30', 30, 30_000, null],
    ]);
  });

  it.each([
    ['opened only', [], []],
    ['out', [move('dispute_out', 21_000)], [['dp', 60, 20_000, null]]],
    ['back without having gone', [move('dispute_in', 30_000)], []],
    [
      'out and back, said twice',
      [move('dispute_out', 21_000), move('dispute_in', 32_000), move('dispute_in', 30_000)],
      [['dp', 60, 20_000, 30_000]],
    ],
    [
      'out, back, and out again',
      [move('dispute_out', 40_000), move('dispute_in', 30_000), move('dispute_out', 21_000)],
      [
        ['dp', 60, 20_000, 30_000],
        ['dp:2', 60, 40_000, null],
      ],
    ],
  ] as const)('a dispute: %s', (_, moves, expected) => {
    expect(refundsOf(dispute, ...moves)).toEqual(expected);
  });

  it('what belongs to no paid invoice that is known waits', () => {
    const facts = [base[0]!, dispute, own('re', 20_000, 30), counted(30_000, 90)];
    expect(
      derive(facts)
        .waiting.map((row) => row.object_id)
        .toSorted(),
    ).toEqual(['ch', 'dp', 're']);
  });
});

describe('V2: the ends of an account', () => {
  it.each([
    ['one', [[1, 9]], [9]],
    [
      'one within another',
      [
        [1, 9],
        [3, 5],
      ],
      [9],
    ],
    [
      'the next begins as the former ends',
      [
        [1, 5],
        [5, 9],
      ],
      [9],
    ],
    [
      'the next begins later',
      [
        [1, 5],
        [6, 9],
      ],
      [5, 9],
    ],
    [
      'one lives on',
      [
        [1, 5],
        [2, Number.POSITIVE_INFINITY],
      ],
      [],
    ],
    [
      'two end together',
      [
        [1, 5],
        [2, 5],
      ],
      [5],
    ],
  ] as const)('%s', (_, intervals, ends) => {
    expect(endsOf(intervals.map(([from_at, until_at]) => ({ from_at, until_at }))).ends).toEqual(ends);
  });
});

describe('whose account a customer is', () => {
  it('its own metadata before another object’s, else its id; customers of one account together', () => {
    const account = (object_id: string, account_id: string, of: 'customer' | 'other', at: number): Fact => ({
      object_id,
      kind: 'account',
      at,
      value: { account_id, of },
    });
    const seen = (object_id: string): Fact => ({ object_id, kind: 'seen', at: 1000, value: {} });
    const named = derive([
      seen('a'),
      seen('b'),
      seen('c'),
      account('a', 'x', 'other', 1),
      account('a', 'y', 'customer', 2),
      account('b', 'y', 'other', 3),
    ]);
    expect(named.accounts.map(({ account_id, aliases }) => [account_id, aliases])).toEqual([
      ['c', []],
      ['y', ['a', 'b']],
    ]);
  });
});
