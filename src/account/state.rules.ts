import type { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import type { AccountFacts, ClosureFact, RateFact, RefundFact } from '../commission/facts.ts';
import { fittingRefunds } from '../commission/refund.rules.ts';
import type { Entry } from '../commission/target.rules.ts';
import { policyOf, type PolicyHistory } from '../policy/policy.rules.ts';
import type { Guard } from '../program/commit.repo.ts';
import type { accounts, decisions } from './account.schema.ts';

export type AccountRow = typeof accounts.$inferSelect;
export type DecisionRow = typeof decisions.$inferSelect;
export type PaymentRow = typeof payments.$inferSelect;
export type RefundRow = typeof refunds.$inferSelect;
export type ReversalRow = typeof refundReversals.$inferSelect;
export type CancellationRow = typeof cancellations.$inferSelect;

/** Everything the books know of one account id at one moment, whether it has been opened or only been heard of. */
export interface AccountState {
  account_id: string;
  account: AccountRow | null;
  policy: PolicyHistory;
  payments: readonly PaymentRow[];
  /** Refunds of those payments, and reversals of those refunds. */
  refunds: readonly RefundRow[];
  reversals: readonly ReversalRow[];
  cancellations: readonly CancellationRow[];
  decisions: readonly DecisionRow[];
  posted: readonly Entry[];
  /** Dated rates of every partner that a decision names or was asked for. */
  partner_rates: Readonly<Record<string, readonly RateFact[]>>;
  plan_rates: Readonly<Record<string, readonly RateFact[]>>;
  /** When those partners were closed, or opened again (P6). */
  partner_closures: ReadonlyMap<string, readonly ClosureFact[]>;
  /** The account's own version, and those of other subjects asked for. */
  guards: readonly Guard[];
  /** Versions of the partners and plans whose rates were read: a write rests on them without moving them. */
  partner_guards: readonly Guard[];
}

/** Dated rates by partner. What was recorded first of a partner holds for all earlier instants too. */
export function ratesByPartner(
  rows: readonly { partner_id: string; at: number; value: string | null }[],
): Record<string, RateFact[]> {
  // Without a prototype: a partner may be called `constructor`.
  const byPartner: Record<string, RateFact[]> = Object.create(null);
  for (const { partner_id, at, value } of rows) {
    const rates = (byPartner[partner_id] ??= []);
    rates.push({
      at: rates.length === 0 ? Number.NEGATIVE_INFINITY : at,
      rate_bps: value === null ? null : Number(value),
    });
  }
  return byPartner;
}

/** When partners were closed, out of their dated statuses; what was recorded first holds for all earlier instants too. */
export function closuresByPartner(
  rows: readonly { partner_id: string; at: number; value: string | null }[],
): Map<string, ClosureFact[]> {
  const byPartner = new Map<string, ClosureFact[]>();
  for (const { partner_id, at, value } of rows) {
    const changes = byPartner.get(partner_id) ?? [];
    changes.push({ at: changes.length === 0 ? Number.NEGATIVE_INFINITY : at, closed: value === 'closed' });
    byPartner.set(partner_id, changes);
  }
  return byPartner;
}

/** Refunds as facts, each with its reversal; voided rows never were. */
export function refundFactsOf(state: Pick<AccountState, 'refunds' | 'reversals'>): RefundFact[] {
  const reversals = new Map(
    state.reversals.filter((row) => row.voided_reason === null).map((row) => [row.refund_id, row.reversed_at]),
  );
  return state.refunds
    .filter((row) => row.voided_reason === null)
    .map((row) => ({
      refund_id: row.refund_id,
      payment_id: row.payment_id,
      amount: row.amount,
      refunded_at: row.refunded_at,
      reversed_at: reversals.get(row.refund_id) ?? null,
    }));
}

/** Facts of an opened account out of its rows, or null while nobody has opened it. Parked and voided rows are no facts yet, or never were. */
export function factsOf(state: Omit<AccountState, 'posted' | 'guards' | 'partner_guards'>): AccountFacts | null {
  const { account } = state;
  if (!account) return null;
  const policy = policyOf(state.policy, account.policy_version);
  return {
    account_id: account.account_id,
    signed_up_at: account.signed_up_at,
    policy,
    payments: state.payments.filter((row) => row.voided_reason === null),
    refunds: refundFactsOf(state),
    ends: state.cancellations.filter((row) => row.voided_reason === null).map((row) => row.cancelled_at),
    referrers: state.decisions
      .filter((row) => row.sets_referrer === 1)
      .map((row) => ({
        n: row.n,
        decision_id: row.decision_id,
        at: row.at,
        partner_id: row.partner_id,
        earns_from: row.earns_from,
        blocked: row.blocked === 1,
      })),
    partner_rates: state.partner_rates,
    partner_closures: state.partner_closures,
    plan_rates: state.plan_rates,
  };
}

/** Why a told fact cannot be applied yet. */
export type ParkedReason = 'unknown_account' | 'unknown_payment' | 'unknown_refund' | 'refund_too_large';

/**
 * The state with each fact's parked reason as it stands now: parked until its account has been opened, a refund also while it does not
 * fit into what was paid. Voided rows are parked no more.
 */
export function withParkedReasons(state: AccountState): AccountState {
  const tooLarge = new Set<string>();
  const all = refundFactsOf(state);
  for (const payment of state.payments) {
    const own = all.filter((refund) => refund.payment_id === payment.payment_id);
    for (const refund of fittingRefunds(payment.amount, own).too_large) tooLarge.add(refund.refund_id);
  }
  const unopened: ParkedReason | null = state.account ? null : 'unknown_account';
  const settle = <Row extends { voided_reason: string | null; parked_reason: string | null }>(
    row: Row,
    reason: ParkedReason | null,
  ): Row => {
    const parked_reason = row.voided_reason === null ? reason : null;
    return parked_reason === row.parked_reason ? row : { ...row, parked_reason };
  };
  return {
    ...state,
    payments: state.payments.map((row) => settle(row, unopened)),
    refunds: state.refunds.map((row) =>
      settle(row, unopened ?? (tooLarge.has(row.refund_id) ? 'refund_too_large' : null)),
    ),
    reversals: state.reversals.map((row) => settle(row, unopened)),
    cancellations: state.cancellations.map((row) => settle(row, unopened)),
  };
}
