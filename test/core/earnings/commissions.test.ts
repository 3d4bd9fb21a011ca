import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  commissionEntries,
  type CommissionBooks,
  type CommissionEntry,
} from '../../../src/earnings/commissions.rules.ts';
import { books, CASES, po1, refund, VESTED } from './cases.ts';

/** Entries as `kind amount status payout reason`, oldest booking first. */
function told(input: CommissionBooks): string[] {
  return commissionEntries(input)
    .toReversed()
    .map(({ kind, amount, status, payout_id, reason }: CommissionEntry) =>
      [kind, amount, status, payout_id ?? '-', reason ?? '-'].join(' '),
    );
}

describe('entries of a partner’s list', () => {
  it.each(CASES)('%s', (_, input, expected) => {
    expect(told(input)).toEqual(expected);
  });

  it('V1: every entry of a payment shows the vests_at of its account’s term, and its latest rate', () => {
    const [commission] = commissionEntries(books([{}, { amount: -395, rate_bps: 2000 }]));
    expect(commission).toMatchObject({
      vests_at: VESTED,
      paid_at: 100,
      rate_bps: 2000,
      account_id: 'a',
      payment_id: 'pay',
      anchor: 1,
    });
    const clawback = commissionEntries(books([{ ...po1 }, refund(-1975)]))[0];
    expect(clawback).toMatchObject({ kind: 'clawback', vests_at: VESTED, cause_id: 'r1', at: 200, anchor: 2 });
  });

  it('entries add up to what the lines add up to, each anchored at a line of its own', () => {
    const kinds = ['commission', 'refund', 'refund_reversal', 'forfeit', 'reactivation', 'referrer'] as const;
    const anyLine = fc.record({
      kind: fc.constantFrom(...kinds),
      cause_id: fc.constantFrom('pay', 'r1', 'r2'),
      payable_at: fc.constantFrom(VESTED, 2_000),
      amount: fc.integer({ min: -2_000, max: 2_000 }),
      payout_id: fc.constantFrom(null, 'po1', 'po2'),
    });
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), (lines) => {
        const entries = commissionEntries(books(lines));
        const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
        const counted = entries.filter((entry) => entry.status !== 'forfeited').map((entry) => entry.amount);
        expect(sum(counted)).toBe(sum(lines.map((own) => own.amount)));
        expect(new Set(entries.map((entry) => entry.anchor)).size).toBe(entries.length);
      }),
    );
  });
});
