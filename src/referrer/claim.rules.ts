import { addCalendarDays } from '../calendar/zone.rules.ts';
import type { Clause } from '../policy/clauses.ts';
import type { PolicyFields } from '../policy/policy.rules.ts';

/** What a claim or an audit comes to. */
export type ClaimOutcome =
  | 'needs_client_confirmation'
  | 'received'
  | 'granted'
  | 'refused'
  | 'already_referrer'
  | 'corrected'
  | 'unchanged';

/** Why, one reason a sentence: its outcome, its clause, and the sentence itself. Letters are rendered from the reason. */
export const CLAIM_REASONS = {
  asked_client: ['needs_client_confirmation', 'R3', 'The claim waits for the client’s own confirmation.'],
  partner_not_active: ['refused', 'R3', 'Only an active partner may claim an account or ask for an audit.'],
  already_referrer: ['already_referrer', 'R3', 'You are the tracked referrer of this account.'],
  another_referrer: ['refused', 'R1', 'Another partner is tracked as the referrer of this account.'],
  another_claim_confirmed_first: ['refused', 'R1', 'Of several claims the client confirmed another one first.'],
  client_said_no: ['refused', 'R3', 'The client did not confirm the referral, which ends the claim for good.'],
  late_closed: ['refused', 'R2', 'The claim was filed after the days in which the referrer of an account may change.'],
  granted_in_time: ['granted', 'R3', 'The client confirmed the claim: all payments of the account earn.'],
  granted_late: ['granted', 'R5', 'The client confirmed the claim: payments earn from its window on, not before.'],
  granted_blocked: ['granted', 'S1', 'The client confirmed the claim; the account’s own holder earns nothing on it.'],
  audit_received: [
    'received',
    'R4',
    'The audit has been received. What it found is told once the client has confirmed.',
  ],
  audit_waits: ['received', 'R4', 'The audit has a finding, which waits for the program’s decision.'],
  audit_too_late: ['refused', 'R4', 'The days in which an audit of this account may be asked for are over.'],
  no_visitor: ['unchanged', 'R4', 'No tracked visitor came with the signup, so there is nothing to correct.'],
  no_click_counts: ['unchanged', 'R4', 'No recorded click of the visitors of this signup counts.'],
  same_referrer: ['unchanged', 'R4', 'The tracked referrer is the partner of the last click that counts.'],
  exception_stands: [
    'unchanged',
    'R4',
    'The program has made an exception for this account, which an audit does not undo.',
  ],
  finding_denied: ['unchanged', 'R4', 'The program did not act on what the audit found.'],
  corrected_to_asker: ['corrected', 'R4', 'The last click that counts was on your link: you are the referrer.'],
  corrected_to_another: [
    'corrected',
    'R4',
    'The last click that counts was on another partner’s link, who is the referrer.',
  ],
} as const satisfies Record<string, readonly [ClaimOutcome, Clause, string]>;

/** A reason of a claim's or an audit's outcome. */
export type ClaimReason = keyof typeof CLAIM_REASONS;

/** A decision on a claim or an audit: an outcome, its clause, which sentence of it, and from which instant on it earns (null: on all). */
export interface Ruling {
  outcome: ClaimOutcome;
  clause: Clause;
  reason: ClaimReason;
  earns_from: number | null;
}

/** The ruling of a reason. */
export function rulingOf(reason: ClaimReason, earns_from: number | null = null): Ruling {
  const [outcome, clause] = CLAIM_REASONS[reason];
  return { outcome, clause, reason, earns_from };
}

/** Who is tracked. `by_address_alone`: only a form of the same address speaks for them and the client has not confirmed: it outranks nothing. */
export interface TrackedReferrer {
  partner_id: string;
  by_address_alone: boolean;
  /** When a claim of theirs was granted that made them the referrer; null where they are it by something else. */
  claim_granted_at: number | null;
}

type WindowPolicy = Pick<PolicyFields, 'referrer_window_days' | 'timezone'>;

/** The last instant of the days in which a referrer may change, counted from an instant (R2–R5); it is included. */
export function windowEnd(from_at: number, policy: WindowPolicy): number {
  return addCalendarDays(from_at, policy.referrer_window_days, policy.timezone);
}

/** What a claim is decided on. */
export interface ClaimFacts {
  claimant: string;
  /** Whether the claimant was an active partner at the filing (R3). */
  partner_active: boolean;
  tracked: TrackedReferrer | null;
  /** Whether the account's client has said *no* to this partner before: that ended the claim for good. */
  said_no: boolean;
  /** T of R5: windows are measured at the filing, whenever it is confirmed. */
  filed_at: number;
  signed_up_at: number;
  answer: 'yes' | 'no' | null;
  policy: WindowPolicy & Pick<PolicyFields, 'late_claims'>;
}

/**
 * R1–R3, R5: what becomes of a claim, as the policy's table says. Total: it always says one of the table's outcomes. A granted claim that
 * was filed within the window earns on all payments; a later one on those made at or after `T − referrer_window_days` and on later ones.
 */
export function decideClaim(facts: ClaimFacts): Ruling {
  const { tracked, claimant, answer, policy, filed_at } = facts;
  if (!facts.partner_active) return rulingOf('partner_not_active');
  if (answer === 'no') return rulingOf('client_said_no');
  if (tracked?.partner_id === claimant) return rulingOf('already_referrer');
  if (tracked && !tracked.by_address_alone) {
    const overtaken = tracked.claim_granted_at !== null && tracked.claim_granted_at >= filed_at;
    return rulingOf(overtaken ? 'another_claim_confirmed_first' : 'another_referrer');
  }
  if (facts.said_no) return rulingOf('client_said_no');
  const late = filed_at > windowEnd(facts.signed_up_at, policy);
  if (late && policy.late_claims === 'closed') return rulingOf('late_closed');
  if (answer === null) return rulingOf('asked_client');
  if (!late) return rulingOf('granted_in_time');
  return rulingOf('granted_late', addCalendarDays(filed_at, -policy.referrer_window_days, policy.timezone));
}
