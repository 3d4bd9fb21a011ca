import { commissionAmount, sumAmounts } from '../money/money.rules.ts';
import type { AccountFacts, PaymentFact, ReferrerFact, RefundFact } from './facts.ts';
import { rateOf } from './rate.rules.ts';
import { fittingRefunds } from './refund.rules.ts';
import { termsOf, type Term } from './term.rules.ts';

/** What moved a commission. */
export type EntryKind =
  | 'commission'
  | 'refund'
  | 'refund_reversal'
  | 'forfeit'
  | 'reactivation'
  | 'referrer'
  | 'self_referral';

/** One dated movement of one payment's commission for one partner; `at` is the instant of the fact `cause_id` behind it. */
export interface Entry {
  payment_id: string;
  partner_id: string;
  kind: EntryKind;
  cause_id: string;
  at: number;
  payable_at: number;
  amount: number;
  rate_bps: number;
}

/**
 * An instant at which something about one payment changes. `rank` orders what happens at the same instant. A payment that continues
 * the term and an end may share theirs: the payment belongs to what ended (V2), so its reactivation goes before the forfeit.
 */
type Change =
  | { rank: 0; at: number; type: 'referrer'; referrer: ReferrerFact }
  | { rank: 1; at: number; type: 'payment' }
  | { rank: 2; at: number; type: 'refund'; refund: RefundFact }
  | { rank: 3; at: number; type: 'refund_reversal'; refund: RefundFact }
  | { rank: 4; at: number; type: 'reactivation'; cause_id: string }
  | { rank: 5; at: number; type: 'forfeit'; cause_id: string };

/** What a payment is worth, and to whom, after the changes so far. */
interface Standing {
  paid: boolean;
  refunded: number;
  forfeited: boolean;
  referrer: ReferrerFact | null;
}

function changesOf(facts: AccountFacts, payment: PaymentFact, term: Term): Change[] {
  const changes: Change[] = [{ rank: 1, at: payment.paid_at, type: 'payment' }];
  for (const referrer of facts.referrers.toSorted((a, b) => a.n - b.n)) {
    changes.push({ rank: 0, at: referrer.at, type: 'referrer', referrer });
  }
  const refunds = facts.refunds.filter((refund) => refund.payment_id === payment.payment_id);
  for (const refund of fittingRefunds(payment.amount, refunds).fitting) {
    // Nothing is refunded before it was paid, nor restored before it was refunded, whatever the clocks of others say.
    const refundedAt = Math.max(refund.refunded_at, payment.paid_at);
    changes.push({ rank: 2, at: refundedAt, type: 'refund', refund });
    if (refund.reversed_at !== null) {
      changes.push({ rank: 3, at: Math.max(refund.reversed_at, refundedAt), type: 'refund_reversal', refund });
    }
  }
  for (const forfeit of term.forfeits) {
    if (payment.paid_at > forfeit.from_at) continue;
    changes.push({ rank: 5, at: forfeit.from_at, type: 'forfeit', cause_id: String(forfeit.from_at) });
    if (forfeit.until_at !== null && forfeit.undone_by !== null) {
      changes.push({ rank: 4, at: forfeit.until_at, type: 'reactivation', cause_id: forfeit.undone_by });
    }
  }
  return changes.toSorted((a, b) => a.at - b.at || a.rank - b.rank);
}

function apply(standing: Standing, change: Change): Standing {
  switch (change.type) {
    case 'payment':
      return { ...standing, paid: true };
    case 'referrer':
      // The latest decision stands, even where an earlier one is dated later (a signup in the future).
      return standing.referrer && standing.referrer.n > change.referrer.n
        ? standing
        : { ...standing, referrer: change.referrer };
    case 'refund':
      return { ...standing, refunded: standing.refunded + change.refund.amount };
    case 'refund_reversal':
      return { ...standing, refunded: standing.refunded - change.refund.amount };
    case 'forfeit':
      return { ...standing, forfeited: true };
    case 'reactivation':
      return { ...standing, forfeited: false };
  }
}

/** P6: whether a partner was closed when a payment was made. What was earned before stays; nothing new is. */
export function closedAt(facts: Pick<AccountFacts, 'partner_closures'>, partner_id: string, at: number): boolean {
  return facts.partner_closures.get(partner_id)?.findLast((change) => change.at <= at)?.closed ?? false;
}

/** The base a payment earns on, in the program's currency; null for another currency without a given amount (`foreign_currency`). */
export function baseOf(payment: PaymentFact, currency: string): number | null {
  return payment.currency === currency ? payment.amount - payment.tax_amount : payment.converted_amount;
}

function credit(
  facts: AccountFacts,
  payment: PaymentFact,
  standing: Standing,
): { partner_id: string; amount: number; rate_bps: number } | null {
  const { referrer } = standing;
  const base = baseOf(payment, facts.policy.currency);
  if (
    !standing.paid ||
    standing.forfeited ||
    base === null ||
    !referrer ||
    referrer.partner_id === null ||
    referrer.blocked
  )
    return null;
  if (referrer.earns_from !== null && payment.paid_at < referrer.earns_from) return null;
  if (closedAt(facts, referrer.partner_id, payment.paid_at)) return null;
  const rate_bps = rateOf(facts, payment, referrer.partner_id);
  const amount = commissionAmount({ rate_bps, base, paid: payment.amount, refunded: standing.refunded });
  return { partner_id: referrer.partner_id, amount, rate_bps };
}

function causeOf(change: Change, payment: PaymentFact): string {
  switch (change.type) {
    case 'payment':
      return payment.payment_id;
    case 'referrer':
      return change.referrer.decision_id;
    case 'refund':
    case 'refund_reversal':
      return change.refund.refund_id;
    default:
      return change.cause_id;
  }
}

function kindOf(change: Change, delta: number): EntryKind {
  if (change.type === 'payment') return 'commission';
  if (change.type !== 'referrer') return change.type;
  if (delta > 0) return 'commission';
  return change.referrer.blocked ? 'self_referral' : 'referrer';
}

function entriesOf(facts: AccountFacts, payment: PaymentFact, term: Term): Entry[] {
  const entries: Entry[] = [];
  const payable_at = Math.max(term.vests_at, payment.paid_at);
  let standing: Standing = { paid: false, refunded: 0, forfeited: false, referrer: null };
  let before = credit(facts, payment, standing);
  for (const change of changesOf(facts, payment, term)) {
    standing = apply(standing, change);
    const after = credit(facts, payment, standing);
    const moves =
      before && after && before.partner_id === after.partner_id
        ? [{ ...after, amount: after.amount - before.amount }]
        : [...(before ? [{ ...before, amount: -before.amount }] : []), ...(after ? [after] : [])];
    for (const { partner_id, amount, rate_bps } of moves) {
      if (amount === 0) continue;
      const cause_id = causeOf(change, payment);
      entries.push({
        payment_id: payment.payment_id,
        partner_id,
        kind: kindOf(change, amount),
        cause_id,
        at: change.at,
        payable_at,
        amount,
        rate_bps,
      });
    }
    before = after;
  }
  return entries;
}

/** Whether a former program has paid the commission of a payment: it still starts and continues terms, and is never due here. */
export function isPaidElsewhere(payment: Pick<PaymentFact, 'paid_elsewhere_at'>): boolean {
  return payment.paid_elsewhere_at != null;
}

/** A commission that a former program has paid, as it stood then by the rules of this one (C1). */
export interface ElsewherePaid {
  payment_id: string;
  partner_id: string;
  paid_at: number;
  amount: number;
  rate_bps: number;
  vests_at: number;
}

/**
 * Commissions that a former program has paid: what each payment had earned by that instant. They are shown and never booked, so that no
 * total, claim or clawback knows of them; nothing that happens later changes them.
 */
export function paidElsewhere(facts: AccountFacts): ElsewherePaid[] {
  return termsOf(facts).flatMap((term) =>
    term.payments.filter(isPaidElsewhere).flatMap((payment) => {
      const until = Math.max(payment.paid_elsewhere_at ?? payment.paid_at, payment.paid_at);
      const entries = entriesOf(facts, payment, term).filter((entry) => entry.at <= until);
      return [...Map.groupBy(entries, (entry) => entry.partner_id)].flatMap(([partner_id, own]) => {
        const amount = sumAmounts(own.map((entry) => entry.amount));
        const { payment_id, paid_at } = payment;
        const rate_bps = own.at(-1)?.rate_bps ?? 0;
        return amount > 0 ? [{ payment_id, partner_id, paid_at, amount, rate_bps, vests_at: term.vests_at }] : [];
      });
    }),
  );
}

/**
 * The one law of the books: what an account's facts make due, as dated entries (C1, C2, V1, V2, R4, R5, S3). Pure, total, and
 * independent of the order in which the facts were told. The lines of an account equal this, entry by entry.
 */
export function target(facts: AccountFacts): Entry[] {
  return termsOf(facts).flatMap((term) =>
    term.payments.flatMap((payment) => (isPaidElsewhere(payment) ? [] : entriesOf(facts, payment, term))),
  );
}
