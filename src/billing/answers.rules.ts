import { factsOf, type AccountState } from '../account/state.rules.ts';
import { formatInstant } from '../clock.ts';
import type { AccountFacts, PaymentFact } from '../commission/facts.ts';
import { rateOf } from '../commission/rate.rules.ts';
import { baseOf, closedAt, isPaidElsewhere, target, type Entry } from '../commission/target.rules.ts';
import { termsOf, type Term } from '../commission/term.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';

/** Whether a told fact has been applied, and why not. */
export interface Standing {
  status: 'recorded' | 'parked';
  reason?: string;
}

/** The answer to a payment (api.md). `commission` is what it stands at now, all its refunds counted. */
export interface PaymentAnswer extends Standing {
  payment_id: string;
  commission: { partner_id: string; amount: number; rate_bps: number; vests_at: string } | null;
  warnings?: 'in_future'[];
}

/** The answer to a refund: what this refund moved. */
export interface RefundAnswer extends Standing {
  refund_id: string;
  commission_change: number;
  warnings?: 'in_future'[];
}

/** `warnings` of an answer whose fact is dated later than the clock. */
export function futureWarning(at: number, now: number): { warnings?: 'in_future'[] } {
  return at > now ? { warnings: ['in_future'] } : {};
}

/** How a payment stands in a settled state; `reason` says why it is parked or earns nothing. */
export function paymentStanding(state: AccountState, payment_id: string): PaymentAnswer {
  return paymentStandings(state)(payment_id);
}

/** How any payment of a settled state stands; what follows from the state as a whole is worked out once for all of them. */
export function paymentStandings(state: AccountState): (payment_id: string) => PaymentAnswer {
  const facts = factsOf(state);
  const rows = new Map(state.payments.map((row) => [row.payment_id, row]));
  const known = facts && {
    facts,
    payments: new Map(facts.payments.map((fact) => [fact.payment_id, fact])),
    entries: Map.groupBy(target(facts), (entry) => entry.payment_id),
    terms: new Map(termsOf(facts).flatMap((term) => term.payments.map((payment) => [payment.payment_id, term]))),
  };
  return (payment_id) => {
    const row = rows.get(payment_id);
    if (!row || row.voided_reason !== null)
      return { payment_id, status: 'recorded', commission: null, reason: 'voided' };
    if (row.parked_reason !== null)
      return { payment_id, status: 'parked', commission: null, reason: row.parked_reason };
    return known
      ? standingOf(known, payment_id)
      : { payment_id, status: 'recorded', commission: null, reason: 'no_referrer' };
  };
}

interface Known {
  facts: AccountFacts;
  payments: ReadonlyMap<string, PaymentFact>;
  entries: ReadonlyMap<string, readonly Entry[]>;
  terms: ReadonlyMap<string, Term>;
}

function standingOf({ facts, payments, entries, terms }: Known, payment_id: string): PaymentAnswer {
  const payment = payments.get(payment_id);
  const referrer = facts.referrers.at(-1);
  if (!payment || !referrer || referrer.partner_id === null)
    return { payment_id, status: 'recorded', commission: null, reason: 'no_referrer' };
  if (payment.amount === 0) return { payment_id, status: 'recorded', commission: null, reason: 'zero_amount' };
  if (referrer.blocked) return { payment_id, status: 'recorded', commission: null, reason: 'self_referral' };
  if (referrer.earns_from !== null && payment.paid_at < referrer.earns_from)
    return { payment_id, status: 'recorded', commission: null, reason: 'before_claim' };
  if (closedAt(facts, referrer.partner_id, payment.paid_at))
    return { payment_id, status: 'recorded', commission: null, reason: 'partner_closed' };
  if (isPaidElsewhere(payment)) return { payment_id, status: 'recorded', commission: null, reason: 'paid_elsewhere' };
  if (baseOf(payment, facts.policy.currency) === null)
    return { payment_id, status: 'recorded', commission: null, reason: 'foreign_currency' };
  const { partner_id } = referrer;
  const amount = sumAmounts(
    (entries.get(payment_id) ?? []).filter((entry) => entry.partner_id === partner_id).map((entry) => entry.amount),
  );
  const vests_at = formatInstant(terms.get(payment_id)?.vests_at ?? payment.paid_at);
  return {
    payment_id,
    status: 'recorded',
    commission: { partner_id, amount, rate_bps: rateOf(facts, payment, partner_id), vests_at },
  };
}

/** How a refund stands in a settled state. */
export function refundStanding(state: AccountState, refund_id: string): RefundAnswer {
  const row = state.refunds.find((refund) => refund.refund_id === refund_id);
  if (!row || row.voided_reason !== null)
    return { refund_id, status: 'recorded', commission_change: 0, reason: 'voided' };
  if (row.parked_reason !== null)
    return { refund_id, status: 'parked', commission_change: 0, reason: row.parked_reason };
  const facts = factsOf(state);
  const moved = (facts ? target(facts) : []).filter((entry) => entry.cause_id === refund_id && entry.kind === 'refund');
  return { refund_id, status: 'recorded', commission_change: sumAmounts(moved.map((entry) => entry.amount)) };
}

/** How the reversal of a refund stands in a settled state. */
export function reversalStanding(state: AccountState, refund_id: string): RefundAnswer {
  const row = state.reversals.find((reversal) => reversal.refund_id === refund_id);
  const refund = state.refunds.find((candidate) => candidate.refund_id === refund_id);
  const parked = row?.parked_reason ?? refund?.parked_reason ?? null;
  if (parked !== null) return { refund_id, status: 'parked', commission_change: 0, reason: parked };
  const facts = factsOf(state);
  const moved = (facts ? target(facts) : []).filter(
    (entry) => entry.cause_id === refund_id && entry.kind === 'refund_reversal',
  );
  return { refund_id, status: 'recorded', commission_change: sumAmounts(moved.map((entry) => entry.amount)) };
}
