import type { Clause } from '../policy/clauses.ts';
import { CLAIM_REASONS, rulingOf, type ClaimOutcome, type ClaimReason } from './claim.rules.ts';

/** A claim with the last of its outcomes and the client's answer, as far as there is one. Instants are epoch ms. */
export interface ClaimRecord {
  claim_id: string;
  partner_id: string;
  kind: 'claim' | 'audit';
  named_by: 'account_id' | 'account_email';
  account_id: string | null;
  match_hash: string | null;
  filed_at: number;
  expires_at: number;
  policy_version: number;
  /** Number of the last outcome. */
  n: number;
  outcome: ClaimOutcome;
  clause: Clause;
  reason: ClaimReason;
  at: number;
  by: string;
  decision_id: string | null;
  earns_from: number | null;
  /** Whether the client has been asked at all, or could be answered for. */
  asked: boolean;
  answer: 'yes' | 'no' | null;
  answered_at: number | null;
  answered_by: string | null;
}

/** How a claim stands for a reader. `lapsed` follows from `expires_at` and is stored nowhere. */
export interface ClaimStanding {
  outcome: ClaimOutcome | 'lapsed';
  clause: Clause;
  reason: ClaimReason | 'lapsed';
  detail: string;
  earns_from: number | null;
  at: number;
  decision_id: string | null;
}

/** The sentence of a lapse (R3). */
export const LAPSED = 'The client’s confirmation did not come in time. A new claim may be filed.';

function lapsed(claim: ClaimRecord): ClaimStanding {
  const { expires_at } = claim;
  const none = { earns_from: null, decision_id: null };
  return { outcome: 'lapsed', clause: 'R3', reason: 'lapsed', detail: LAPSED, at: expires_at, ...none };
}

function decided(claim: ClaimRecord): ClaimStanding {
  const { outcome, clause, reason, earns_from, at, decision_id } = claim;
  return { outcome, clause, reason, detail: CLAIM_REASONS[reason][2], earns_from, at, decision_id };
}

/** Whether a claim still waits for the client at an instant, whatever its partner is told (R3). */
export function waitsForClient(claim: ClaimRecord, now: number): boolean {
  return claim.outcome === 'needs_client_confirmation' && claim.answer === null && now <= claim.expires_at;
}

/** Whether what became of a claim may be told to its partner: of one by address only after the client's own *yes*. */
export function mayBeTold(claim: ClaimRecord): boolean {
  return claim.named_by === 'account_id' || claim.answer === 'yes' || claim.reason === 'partner_not_active';
}

/** How a claim stands: for an operator, and for its partner where it may be told. */
export function standingOf(claim: ClaimRecord, now: number): ClaimStanding {
  const waits = claim.outcome === 'needs_client_confirmation' && claim.answer === null;
  return waits && now > claim.expires_at ? lapsed(claim) : decided(claim);
}

/**
 * How a claim stands for its own partner (R3). By address a stranger, a free client, another's client, a *no* and a lapse look alike:
 * first as it was filed, from `expires_at` on as lapsed.
 */
export function standingForPartner(claim: ClaimRecord, now: number): ClaimStanding {
  if (mayBeTold(claim)) return standingOf(claim, now);
  if (now > claim.expires_at) return lapsed(claim);
  const { filed_at: at } = claim;
  const filed = rulingOf(claim.kind === 'claim' ? 'asked_client' : 'audit_received');
  return { ...filed, detail: CLAIM_REASONS[filed.reason][2], at, decision_id: null };
}

/**
 * Whether a partner that files the same again is answered with this claim: while it is open as far as the partner is told. An audit by
 * account whose finding waits for an operator is open until that word.
 */
export function isOpenForPartner(claim: ClaimRecord, now: number): boolean {
  const { outcome } = standingForPartner(claim, now);
  return outcome === 'needs_client_confirmation' || outcome === 'received';
}
