import type { AccountFacts, PaymentFact, RateFact } from './facts.ts';

type RatesByName = Readonly<Record<string, readonly RateFact[]>>;

/** The override in force at an instant. A name is anything, `constructor` too: what is not the record's own is no rate. */
function rateAt(rates: RatesByName, name: string, at: number): number | null {
  let found: RateFact | undefined;
  for (const rate of (Object.hasOwn(rates, name) && rates[name]) || []) {
    if (rate.at <= at && (!found || rate.at >= found.at)) found = rate;
  }
  return found?.rate_bps ?? null;
}

/** C1: the partner's or else the plan's override in force at the payment, else the default of the account's version. */
export function rateOf(facts: AccountFacts, payment: PaymentFact, partner_id: string): number {
  const plan = payment.plan === null ? null : rateAt(facts.plan_rates, payment.plan, payment.paid_at);
  return rateAt(facts.partner_rates, partner_id, payment.paid_at) ?? plan ?? facts.policy.default_rate_bps;
}
