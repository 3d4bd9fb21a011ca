import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { AccountFacts, PaymentFact, ReferrerFact, RefundFact } from '../../../src/commission/facts.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { commissionEntries, type BookedLine, type TakingPayout } from '../../../src/earnings/commissions.rules.ts';
import { isForfeit, totalsAt, type PartnerBooks } from '../../../src/ledger/balance.rules.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-01-05T20:00:00Z');

/** One thing that becomes known, or a pay day. Days count from the signup; told in any order. */
type Step =
  | { type: 'payment'; day: number; amount: number }
  | { type: 'refund'; of: number; day: number; amount: number; reversed: boolean }
  | { type: 'end'; day: number }
  | { type: 'referrer'; day: number; to: 'p' | 'q' | null }
  | { type: 'pay'; day: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('payment' as const),
      day: fc.nat(200),
      amount: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('refund' as const),
      of: fc.nat(5),
      day: fc.nat(250),
      amount: fc.integer({ min: 1, max: 20_000 }),
      reversed: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), day: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('referrer' as const),
      day: fc.nat(250),
      to: fc.constantFrom('p' as const, 'q' as const, null),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('pay' as const), day: fc.nat(300) }) },
);

/** The books of partner `p` after the steps, by the one law, with payouts that claim whatever is open and payable. */
function play(steps: readonly Step[]) {
  const payments: PaymentFact[] = [];
  const refunds: RefundFact[] = [];
  const ends: number[] = [];
  const referrers: ReferrerFact[] = [
    { n: 1, decision_id: 'd1', at: START, partner_id: 'p', earns_from: null, blocked: false },
  ];
  const lines: (BookedLine & { partner_id: string })[] = [];
  const payouts: (TakingPayout & { frozen_at: number })[] = [];
  let now = START;
  for (const [i, told] of steps.entries()) {
    const at = START + told.day * DAY;
    if (told.type === 'payment')
      payments.push({
        payment_id: `pay${payments.length}`,
        amount: told.amount,
        tax_amount: 0,
        currency: 'USD',
        plan: null,
        paid_at: at,
        converted_amount: null,
      });
    if (told.type === 'refund')
      refunds.push({
        refund_id: `r${i}`,
        payment_id: `pay${told.of}`,
        amount: told.amount,
        refunded_at: at,
        reversed_at: told.reversed ? at + DAY : null,
      });
    if (told.type === 'end') ends.push(at);
    if (told.type === 'referrer')
      referrers.push({ n: i + 2, decision_id: `d${i + 2}`, at, partner_id: told.to, earns_from: null, blocked: false });
    if (told.type === 'pay') {
      now = Math.max(now, at);
      const due = lines.filter(
        (line) => line.partner_id === 'p' && line.payout_id === null && line.payable_at < now && line.at <= now,
      );
      if (due.reduce((sum, line) => sum + line.amount, 0) <= 0) continue;
      const payout_id = `po${i}`;
      payouts.push({ payout_id, pay_date: String(i).padStart(4, '0'), status: 'paid', frozen_at: now });
      for (const line of due) line.payout_id = payout_id;
      continue;
    }
    const facts: AccountFacts = {
      account_id: 'a',
      signed_up_at: START,
      policy: { ...DEFAULT_POLICY, version: 1, effective_from: 0 },
      payments,
      refunds,
      ends,
      referrers,
      partner_rates: {},
      partner_closures: new Map(),
      plan_rates: {},
    };
    const posted = lines.map((line) => ({
      ...line,
      payment_id: line.payment_id ?? '',
      kind: line.kind as 'commission',
      rate_bps: line.rate_bps ?? 0,
    }));
    for (const entry of unposted(target(facts), posted))
      lines.push({ ...entry, seq: lines.length + 1, account_id: 'a', payout_id: null });
  }
  return { payments, payouts, now, lines: lines.filter((line) => line.partner_id === 'p') };
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe('the list of entries and the totals tell the same story', () => {
  it('at the present, by status, and for each payout', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), fc.nat(120), (steps, later) => {
        const { payments, payouts, lines, ...played } = play(steps);
        const now = played.now + later * DAY;
        const entries = commissionEntries({
          partner_id: 'p',
          now,
          lines,
          payouts,
          payments: payments.map(({ payment_id, paid_at }) => ({ payment_id, paid_at, voided: false, vests_at: null })),
          holds: [],
          adjustments: [],
        });
        const books: PartnerBooks = { partner_id: 'p', lines, transfers: [], payouts, holds: [] };
        const totals = totalsAt(books, now);
        const of = (...statuses: string[]) =>
          sum(entries.filter((entry) => statuses.includes(entry.status)).map((entry) => entry.amount));
        expect(of('payable')).toBe(totals.payable - totals.owed_back);
        expect(of('pending')).toBe(totals.pending);
        // What was paid before a forfeit became known is told by its clawbacks, and what was given anew since by its commission.
        const forfeited = Map.groupBy(lines, (line) => line.payment_id)
          .values()
          .filter((own) => own.some(isForfeit));
        const plain = forfeited.every(
          (own) => sum(own.map((line) => line.amount)) === 0 && own.every((line) => line.payout_id === null),
        );
        if (plain) expect(of('forfeited')).toBe(totals.forfeited);
        else expect(of('forfeited')).toBeLessThanOrEqual(totals.forfeited);
        for (const { payout_id } of payouts) {
          const taken = lines.filter((line) => line.payout_id === payout_id).map((line) => line.amount);
          expect(sum(entries.filter((entry) => entry.payout_id === payout_id).map((entry) => entry.amount))).toBe(
            sum(taken),
          );
        }
        // While unpaid, one commission a payment.
        const unpaid = entries
          .filter((entry) => entry.kind === 'commission' && entry.payout_id === null)
          .map((entry) => entry.payment_id);
        expect(new Set(unpaid).size).toBe(unpaid.length);
        expect(entries.filter((entry) => entry.kind === 'commission' && entry.amount < 0)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
