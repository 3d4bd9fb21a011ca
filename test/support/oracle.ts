/**
 * What one account makes due, worked out anew from what happened to it, straight from the policy (C1–C3, V1–V2, R4, R5, S3, P6). It shares no
 * code with `src/` and works the other way round: not by playing events forward into entries, but by asking of each payment, at one
 * instant, what it is worth. A test that holds the books against it finds what both would have to get wrong alike.
 */
import { daysLater } from './wall-clock.ts';

/** The fields of the policy that decide what an account makes due. */
export interface OraclePolicy {
  default_rate_bps: number;
  vesting_days: number;
  reactivation_days: number;
  client_since: 'first_payment' | 'signup';
  timezone: string;
  currency: string;
}

/** Something that happened to an account. What was voided never happened, so it is left out. */
export type LifeEvent =
  | {
      type: 'payment';
      payment_id: string;
      at: number;
      /** What was paid, tax included. */
      amount: number;
      tax_amount: number;
      currency: string;
      plan: string | null;
      /** For another currency: the base an operator gave. */
      converted_amount: number | null;
    }
  /** A refund or a lost dispute. */
  | { type: 'refund'; refund_id: string; payment_id: string; at: number; amount: number }
  /** The refund failed, or the dispute was won. */
  | { type: 'reversal'; refund_id: string; at: number }
  /** The last subscription ended. */
  | { type: 'end'; at: number }
  /** A decision on the referrer; of those that stand, the one decided last (`n`) counts. */
  | {
      type: 'referrer';
      n: number;
      decision_id: string;
      at: number;
      partner_id: string | null;
      earns_from: number | null;
      blocked: boolean;
    };

/** A dated rate, in the order of filing; null ends an override. */
export interface OracleRate {
  at: number;
  rate_bps: number | null;
}

/** A dated status of a partner, in the order of filing. */
export interface OracleStatus {
  at: number;
  status: string;
}

/** An account's whole life. The order of the events says nothing. */
export interface Life {
  signed_up_at: number;
  policy: OraclePolicy;
  events: readonly LifeEvent[];
  /** The first one filed of a partner holds for all earlier instants too. */
  partner_rates: Readonly<Record<string, readonly OracleRate[]>>;
  plan_rates: Readonly<Record<string, readonly OracleRate[]>>;
  /** As with rates, the first one filed of a partner holds for all earlier instants too; a partner without one is active. */
  partner_statuses: Readonly<Record<string, readonly OracleStatus[]>>;
}

/** What one payment makes due to the partner who is the referrer, as of an instant. Minor units, epoch ms. */
export interface Due {
  payment_id: string;
  partner_id: string;
  amount: number;
  /** What it would be worth had the account not ended (V2); then `amount` is 0. */
  forfeited: number;
  vests_at: number;
  payable_at: number;
}

type Payment = Extract<LifeEvent, { type: 'payment' }>;
type Refund = Extract<LifeEvent, { type: 'refund' }>;
type Referrer = Extract<LifeEvent, { type: 'referrer' }>;

interface Term {
  vests_at: number;
  payments: Payment[];
}

function eventsOf<T extends LifeEvent['type']>(life: Life, type: T): Extract<LifeEvent, { type: T }>[] {
  return life.events.filter((event): event is Extract<LifeEvent, { type: T }> => event.type === type);
}

const before = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** The first end at or after an instant: a payment at the very instant of an end belongs to what ended (V2). */
function endAfter(life: Life, at: number): number {
  return Math.min(...eventsOf(life, 'end').flatMap((end) => (end.at >= at ? [end.at] : [])));
}

/** V1, V2: a payment starts a term unless the payment before it is in one that has vested, not ended, or ended not long ago. */
function termsOf(life: Life): Term[] {
  const { policy } = life;
  const payments = eventsOf(life, 'payment')
    .filter((payment) => payment.amount > 0)
    .toSorted((a, b) => a.at - b.at || before(a.payment_id, b.payment_id));
  const terms: Term[] = [];
  for (const payment of payments) {
    const term = terms.at(-1);
    const former = term?.payments.at(-1);
    if (term && former) {
      const ended = endAfter(life, former.at);
      const over = ended < payment.at && ended < term.vests_at;
      if (!over || payment.at <= daysLater(ended, policy.reactivation_days, policy.timezone)) {
        term.payments.push(payment);
        continue;
      }
    }
    const since = terms.length === 0 && policy.client_since === 'signup' ? life.signed_up_at : payment.at;
    terms.push({ vests_at: daysLater(since, policy.vesting_days, policy.timezone), payments: [payment] });
  }
  return terms;
}

/** V2: whether a term stands forfeited at an instant: after its last payment so far, an end came that was before its vesting. */
function isForfeited(life: Life, term: Term, at: number): boolean {
  const last = term.payments.findLast((payment) => payment.at <= at);
  if (!last) return false;
  const ended = endAfter(life, last.at);
  return ended <= at && ended < term.vests_at;
}

/** C2: the refunds of a payment that count, in the order of their instants; one that no longer fits into what was paid does not. */
function countedRefunds(life: Life, payment: Payment): { refund: Refund; reversed_at: number | null }[] {
  const reversals = new Map(eventsOf(life, 'reversal').map((reversal) => [reversal.refund_id, reversal.at]));
  const counted: { refund: Refund; reversed_at: number | null }[] = [];
  let standing = 0;
  const own = eventsOf(life, 'refund').filter((refund) => refund.payment_id === payment.payment_id);
  for (const refund of own.toSorted((a, b) => a.at - b.at || before(a.refund_id, b.refund_id))) {
    const reversed_at = reversals.get(refund.refund_id) ?? null;
    const stands = reversed_at === null;
    if (refund.amount > payment.amount || (stands && standing + refund.amount > payment.amount)) continue;
    if (stands) standing += refund.amount;
    counted.push({ refund, reversed_at });
  }
  return counted;
}

/** What of a payment has not been refunded at an instant. Nothing is refunded before it was paid, or restored before it was refunded. */
function keptAt(life: Life, payment: Payment, at: number): number {
  let kept = payment.amount;
  for (const { refund, reversed_at } of countedRefunds(life, payment)) {
    const refunded_at = Math.max(refund.at, payment.at);
    const restored = reversed_at !== null && Math.max(reversed_at, refunded_at) <= at;
    if (refunded_at <= at && !restored) kept -= refund.amount;
  }
  return Math.max(0, kept);
}

/** Of what was filed under a name, what is in force at an instant: the latest, of one instant the one filed last. */
function inForce<T extends { at: number }>(
  byName: Readonly<Record<string, readonly T[]>>,
  name: string | null,
  at: number,
  firstHoldsBefore: boolean,
): T | null {
  const filed = name !== null && Object.hasOwn(byName, name) ? (byName[name] ?? []) : [];
  const holds = filed.map((value, n) => ({
    value,
    n,
    at: n === 0 && firstHoldsBefore ? Number.NEGATIVE_INFINITY : value.at,
  }));
  const told = holds.filter((one) => one.at <= at);
  return told.toSorted((a, b) => (a.at === b.at ? a.n - b.n : a.at < b.at ? -1 : 1)).at(-1)?.value ?? null;
}

/** C1: the partner's rate at the payment, else the plan's, else the one that the account signed up under. */
function rateFor(life: Life, payment: Payment, partner_id: string): number {
  const own = inForce(life.partner_rates, partner_id, payment.at, true)?.rate_bps;
  const plan = inForce(life.plan_rates, payment.plan, payment.at, false)?.rate_bps;
  return own ?? plan ?? life.policy.default_rate_bps;
}

/** C1, in whole numbers: the share that is kept of the rate on the base, a half rounded up. */
function share(rate_bps: number, base: number, kept: number, paid: number): number {
  const parts = BigInt(rate_bps) * BigInt(base) * BigInt(kept);
  const whole = 10_000n * BigInt(paid);
  const rest = parts % whole;
  return Number((parts - rest) / whole + (rest * 2n >= whole ? 1n : 0n));
}

function referrerAt(life: Life, at: number): Referrer | null {
  const standing = eventsOf(life, 'referrer').filter((decision) => decision.at <= at);
  return standing.toSorted((a, b) => a.n - b.n).at(-1) ?? null;
}

/**
 * What the account makes due as of an instant (default: when all that is known has happened): one row for each payment made by then
 * that earns its referrer something, or would have, had the account not ended.
 */
export function dueOf(life: Life, as_of = Number.POSITIVE_INFINITY): Due[] {
  const referrer = referrerAt(life, as_of);
  if (!referrer || referrer.partner_id === null || referrer.blocked) return [];
  const { partner_id, earns_from } = referrer;
  const rows: Due[] = [];
  for (const term of termsOf(life)) {
    const forfeited = isForfeited(life, term, as_of);
    for (const payment of term.payments) {
      if (payment.at > as_of || (earns_from !== null && payment.at < earns_from)) continue;
      // P6: a closed partner earns nothing new.
      if (inForce(life.partner_statuses, partner_id, payment.at, true)?.status === 'closed') continue;
      const own = payment.currency === life.policy.currency;
      const base = own ? payment.amount - payment.tax_amount : payment.converted_amount;
      if (base === null) continue;
      const kept = keptAt(life, payment, as_of);
      const worth = share(rateFor(life, payment, partner_id), base, kept, payment.amount);
      if (worth === 0) continue;
      const payable_at = Math.max(term.vests_at, payment.at);
      rows.push({
        payment_id: payment.payment_id,
        partner_id,
        amount: forfeited ? 0 : worth,
        forfeited: forfeited ? worth : 0,
        vests_at: term.vests_at,
        payable_at,
      });
    }
  }
  return rows;
}

/** Sums over what is due as of an instant: what waits for vesting, what has become payable by then (paid or not), what was forfeited. */
export function totalsOf(rows: readonly Due[], as_of: number): { pending: number; payable: number; forfeited: number } {
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
  return {
    pending: sum(rows.flatMap((row) => (row.payable_at > as_of ? [row.amount] : []))),
    payable: sum(rows.flatMap((row) => (row.payable_at <= as_of ? [row.amount] : []))),
    forfeited: sum(rows.map((row) => row.forfeited)),
  };
}
