import { closuresByPartner, ratesByPartner } from '../../src/account/state.rules.ts';
import type { AccountFacts } from '../../src/commission/facts.ts';
import type { Entry, EntryKind } from '../../src/commission/target.rules.ts';
import { DEFAULT_POLICY, type PolicyVersion } from '../../src/policy/policy.rules.ts';
import type { Life, LifeEvent } from './oracle.ts';

/** An instant as a test writes it: RFC 3339, or already epoch ms. */
export type When = string | number;

/** Epoch ms of an instant written in RFC 3339. */
export function at(when: When): number {
  const instant = typeof when === 'number' ? when : Date.parse(when);
  if (Number.isNaN(instant)) throw new TypeError(`not an instant: ${when}`);
  return instant;
}

/** The first version of the policy with some fields set otherwise. */
export function policyWith(fields: Partial<PolicyVersion> = {}): PolicyVersion {
  return { ...DEFAULT_POLICY, version: 1, effective_from: 0, ...fields };
}

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type Event<T extends LifeEvent['type']> = Omit<Extract<LifeEvent, { type: T }>, 'type' | 'at'>;

/** A payment of $79.00 without tax, unless told otherwise. */
export function payment(
  payment_id: string,
  when: When,
  more: Partial<Omit<Event<'payment'>, 'payment_id'>> = {},
): Extract<LifeEvent, { type: 'payment' }> {
  const usual = { amount: 7900, tax_amount: 0, currency: 'USD', plan: null, converted_amount: null };
  return { type: 'payment', payment_id, at: at(when), ...usual, ...more };
}

/** A refund of a payment. */
export function refund(refund_id: string, payment_id: string, when: When, amount = 7900): LifeEvent {
  return { type: 'refund', refund_id, payment_id, at: at(when), amount };
}

/** A refund that failed, or a dispute that was won. */
export function reversal(refund_id: string, when: When): LifeEvent {
  return { type: 'reversal', refund_id, at: at(when) };
}

/** The end of the account's last subscription. */
export function end(when: When): LifeEvent {
  return { type: 'end', at: at(when) };
}

/** The n-th decision on the referrer. */
export function referrer(
  n: number,
  when: When,
  partner_id: string | null,
  more: Optional<Pick<Event<'referrer'>, 'earns_from' | 'blocked'>, 'earns_from' | 'blocked'> = {},
): LifeEvent {
  const usual = { earns_from: null, blocked: false };
  return { type: 'referrer', n, decision_id: `d${n}`, at: at(when), partner_id, ...usual, ...more };
}

/** The signup of the accounts of examples: a moment before noon in Los Angeles. */
export const SIGNUP = at('2026-01-10T19:59:00Z');

/** A life with the partner `ada` tracked from the signup on, and these events. */
export function lifeOf(
  events: readonly LifeEvent[],
  more: Partial<Omit<Life, 'events' | 'policy'>> & { policy?: Partial<PolicyVersion>; referrer?: false } = {},
): Life {
  const { policy, referrer: tracked, ...rest } = more;
  const signed_up_at = more.signed_up_at ?? SIGNUP;
  const signup = tracked === false ? [] : [referrer(1, signed_up_at, 'ada')];
  const empty = { partner_rates: {}, plan_rates: {}, partner_statuses: {} };
  return { signed_up_at, policy: policyWith(policy), events: [...signup, ...events], ...empty, ...rest };
}

/** The partners' rates as `partner_facts` holds them, in the order of filing. */
export function filedRates(
  life: Pick<Life, 'partner_rates'>,
): { partner_id: string; at: number; value: string | null }[] {
  return Object.entries(life.partner_rates).flatMap(([partner_id, rates]) =>
    rates.map(({ at: filed_at, rate_bps }) => ({ partner_id, at: filed_at, value: rate_bps?.toString() ?? null })),
  );
}

/** The partners' statuses as `partner_facts` holds them, in the order of filing. */
export function filedStatuses(
  life: Pick<Life, 'partner_statuses'>,
): { partner_id: string; at: number; value: string }[] {
  return Object.entries(life.partner_statuses).flatMap(([partner_id, statuses]) =>
    statuses.map(({ at: filed_at, status }) => ({ partner_id, at: filed_at, value: status })),
  );
}

/** A life as the core is told it. */
export function factsOfLife(life: Life, version: PolicyVersion = policyWith(life.policy)): AccountFacts {
  const reversals = new Map<string, number>();
  for (const event of life.events) if (event.type === 'reversal') reversals.set(event.refund_id, event.at);
  return {
    account_id: 'acc',
    signed_up_at: life.signed_up_at,
    policy: version,
    payments: life.events.flatMap((event) => {
      if (event.type !== 'payment') return [];
      const { type: _, at: paid_at, ...rest } = event;
      return [{ ...rest, paid_at }];
    }),
    refunds: life.events.flatMap((event) => {
      if (event.type !== 'refund') return [];
      const { type: _, at: refunded_at, ...rest } = event;
      return [{ ...rest, refunded_at, reversed_at: reversals.get(event.refund_id) ?? null }];
    }),
    ends: life.events.flatMap((event) => (event.type === 'end' ? [event.at] : [])),
    referrers: life.events.flatMap((event) => {
      if (event.type !== 'referrer') return [];
      const { type: _, ...rest } = event;
      return [rest];
    }),
    partner_rates: ratesByPartner(filedRates(life)),
    partner_closures: closuresByPartner(filedStatuses(life)),
    plan_rates: life.plan_rates,
  };
}

/** Of some entries: their sum for one partner, of one payment or of all, as of an instant. */
export function netOf(
  entries: readonly Entry[],
  want: { partner?: string; payment?: string; as_of?: When; kind?: EntryKind } = {},
): number {
  const as_of = want.as_of === undefined ? Number.POSITIVE_INFINITY : at(want.as_of);
  let sum = 0;
  for (const entry of entries) {
    if (entry.partner_id !== (want.partner ?? 'ada') || entry.at > as_of) continue;
    if (want.payment !== undefined && entry.payment_id !== want.payment) continue;
    if (want.kind !== undefined && entry.kind !== want.kind) continue;
    sum += entry.amount;
  }
  return sum;
}

/** What became payable to a partner up to an instant, from entries whose facts had happened by another (default: all). */
export function payableBy(
  entries: readonly Entry[],
  payable_at: When,
  want: { partner?: string; as_of?: When } = {},
): number {
  return netOf(
    entries.filter((entry) => entry.payable_at <= at(payable_at)),
    want,
  );
}
