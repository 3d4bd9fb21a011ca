import type { PolicyFields } from '../policy/policy.rules.ts';
import { rulingOf, windowEnd, type Ruling, type TrackedReferrer } from './claim.rules.ts';

/** What an audit is decided on. */
export interface AuditFacts {
  asker: string;
  partner_active: boolean;
  tracked: TrackedReferrer | null;
  /** Whether the referrer, be it nobody, stands by an exception that two operators made. */
  by_exception: boolean;
  /** Whether a token of some visitor came with the trusted record that opened the account. */
  visitors_known: boolean;
  /** Whose link carried the last click that counts, as the log has it (L1); null: none counts. */
  found: string | null;
  filed_at: number;
  signed_up_at: number;
  /** The first payment above zero that has not been voided; null: none yet. */
  first_purchase_at: number | null;
  policy: Pick<PolicyFields, 'referrer_window_days' | 'timezone' | 'audit_correction'>;
}

/** R4: the last instant at which an audit may be asked for: the window after the first purchase, before one after the opening. */
export function auditWindowEnd(facts: Pick<AuditFacts, 'signed_up_at' | 'first_purchase_at' | 'policy'>): number {
  return windowEnd(facts.first_purchase_at ?? facts.signed_up_at, facts.policy);
}

/**
 * R4: what an audit comes to: `corrected` to the log's last referrer where that is another than the tracked one (or nobody is tracked, or
 * only a form of the same address speaks for who is), else `unchanged`, as also where an exception has set the referrer. Where the policy
 * leaves corrections to operators, a finding waits.
 */
export function decideAudit(facts: AuditFacts): Ruling {
  const { found, tracked, asker, policy } = facts;
  if (!facts.partner_active) return rulingOf('partner_not_active');
  if (facts.filed_at > auditWindowEnd(facts)) return rulingOf('audit_too_late');
  if (!facts.visitors_known) return rulingOf('no_visitor');
  if (found === null) return rulingOf('no_click_counts');
  if (tracked?.partner_id === found && !tracked.by_address_alone) return rulingOf('same_referrer');
  if (facts.by_exception) return rulingOf('exception_stands');
  if (policy.audit_correction === 'operator') return rulingOf('audit_waits');
  return correctionTo(found, asker);
}

/** The ruling that makes the partner whom an audit found the referrer, as the one who asked is told it. */
export function correctionTo(found: string, asker: string): Ruling {
  return rulingOf(found === asker ? 'corrected_to_asker' : 'corrected_to_another');
}

/** The first purchase among payments that had been made by an instant: above zero, and not voided (R4). */
export function firstPurchase(
  payments: readonly { amount: number; paid_at: number; voided_reason: string | null }[],
  until_at: number,
): number | null {
  const paid = payments.filter((row) => row.amount > 0 && row.voided_reason === null && row.paid_at <= until_at);
  return paid.length === 0 ? null : Math.min(...paid.map((row) => row.paid_at));
}
