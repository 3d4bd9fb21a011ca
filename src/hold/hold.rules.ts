import type { Clause } from '../policy/clauses.ts';
import type { holds } from './hold.schema.ts';

export type HoldRow = typeof holds.$inferSelect;
export type HoldKind = HoldRow['kind'];

/** The clause that each kind of hold rests on. */
export const HOLD_CLAUSES: Record<HoldKind, Clause> = {
  self_referral: 'S3',
  form_join: 'R3',
  audit_finding: 'R4',
  residency: 'P4',
  address_in_use: 'P3',
  country_change: 'P4',
  came_back: 'P7',
  dispute: 'C2',
};

/** A hold about to be opened. `hold_id` is made from its kind and subjects: one cause opens one hold. */
export function openedHold(
  kind: HoldKind,
  hold_id: string,
  subjects: Partial<Pick<HoldRow, 'partner_id' | 'account_id' | 'payment_id' | 'payout_id' | 'person_id'>>,
  facts: Record<string, unknown>,
  opened_at: number,
): HoldRow {
  const none = { partner_id: null, account_id: null, payment_id: null, payout_id: null, person_id: null };
  const undecided = { decision: null, decided_at: null, decided_by: null, reason: null };
  return {
    hold_id,
    kind,
    ...none,
    ...subjects,
    clause: HOLD_CLAUSES[kind],
    facts: JSON.stringify(facts),
    opened_at,
    ...undecided,
  };
}
