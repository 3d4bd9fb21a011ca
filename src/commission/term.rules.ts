import { addCalendarDays } from '../calendar/zone.rules.ts';
import type { AccountFacts, PaymentFact } from './facts.ts';

/** A stretch in which an ended account's commissions are forfeited: from its end to the payment that continued it, or for good. */
export interface Forfeit {
  from_at: number;
  until_at: number | null;
  /** The payment that continued the term, where one did. */
  undone_by: string | null;
}

/** A term as a client (V1, V2): its payments share one `vests_at`. */
export interface Term {
  client_since: number;
  vests_at: number;
  payments: PaymentFact[];
  forfeits: Forfeit[];
}

type TermFacts = Pick<AccountFacts, 'signed_up_at' | 'policy' | 'payments' | 'ends'>;
type TermEvent = { at: number; payment: PaymentFact | null };

function eventsOf(facts: TermFacts): TermEvent[] {
  const events: TermEvent[] = facts.ends.map((at) => ({ at, payment: null }));
  for (const payment of facts.payments) if (payment.amount > 0) events.push({ at: payment.paid_at, payment });
  // A payment at the very instant of an end belongs to what ended: payments first.
  return events.toSorted(
    (a, b) =>
      a.at - b.at ||
      Number(a.payment === null) - Number(b.payment === null) ||
      compareText(a.payment?.payment_id ?? '', b.payment?.payment_id ?? ''),
  );
}

/** Order of code units: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The account's terms in order (V1, V2). The first payment above zero starts one; an end before `vests_at` forfeits it until a
 * payment within `reactivation_days`, after which a later payment starts a new term. Once vested, a term never ends.
 */
export function termsOf(facts: TermFacts): Term[] {
  const { policy } = facts;
  const terms: Term[] = [];
  let open: Forfeit | null = null;
  for (const { at, payment } of eventsOf(facts)) {
    const term = terms.at(-1);
    if (payment === null) {
      if (term && open === null && at < term.vests_at) {
        open = { from_at: at, until_at: null, undone_by: null };
        term.forfeits.push(open);
      }
      continue;
    }
    const continues =
      term && (open === null || at <= addCalendarDays(open.from_at, policy.reactivation_days, policy.timezone));
    if (continues) {
      if (open) Object.assign(open, { until_at: at, undone_by: payment.payment_id });
      term.payments.push(payment);
    } else {
      const client_since = !term && policy.client_since === 'signup' ? facts.signed_up_at : at;
      const vests_at = addCalendarDays(client_since, policy.vesting_days, policy.timezone);
      terms.push({ client_since, vests_at, payments: [payment], forfeits: [] });
    }
    open = null;
  }
  return terms;
}
