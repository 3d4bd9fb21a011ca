import { readPolicy } from '../policy/policy.repo.ts';
import { policyOf } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { standingForPartner, type ClaimRecord, type ClaimStanding } from '../referrer/claim-view.rules.ts';
import { findClaim } from '../referrer/claim.repo.ts';
import { findDecision } from '../referrer/receipt.repo.ts';
import { claimLetter } from './claim-letter.rules.ts';
import type { Letter } from './letter.rules.ts';

/** A claim's letter as its partner may read it, and whose it is. */
export interface ClaimLetterRead {
  partner_id: string;
  /** What the letter tells; null while nothing may be told. */
  reason: ClaimStanding['reason'] | null;
  letter: Letter | null;
}

/** Outcomes that make the reader the referrer, who may know the account. */
const OWN: ReadonlySet<ClaimStanding['reason']> = new Set([
  'granted_in_time',
  'granted_late',
  'granted_blocked',
  'already_referrer',
  'corrected_to_asker',
]);

/** The account that the letter may name: the partner named it, or is its referrer. */
function accountToName(claim: ClaimRecord, reason: ClaimStanding['reason']): string | null {
  return claim.named_by === 'account_id' || OWN.has(reason) ? claim.account_id : null;
}

/** The letter about a claim at `now` (R3–R5); null where there is no such claim. The same to its partner and to operators. */
export async function readClaimLetter(
  books: Database,
  claim_id: string,
  { program_name, now }: { program_name: string; now: number },
): Promise<ClaimLetterRead | null> {
  const claim = await findClaim(books, claim_id);
  if (!claim) return null;
  const { partner_id, kind, filed_at, expires_at } = claim;
  const { reason, earns_from, at } = standingForPartner(claim, now);
  const history = await readPolicy(books);
  // What was decided speaks of the days of the version that governs the account, a lapse of those of the filing.
  const decided =
    claim.decision_id === null || reason === 'lapsed' ? null : await findDecision(books, claim.decision_id);
  const governing = decided?.decision.policy_version ?? claim.policy_version;
  const policy = policyOf(history, governing);
  // What a client named by address confirms is told from that moment on, however long it was decided.
  const told_at =
    claim.named_by === 'account_email' && reason !== 'lapsed' ? Math.max(at, claim.answered_at ?? at) : at;
  const letter = claimLetter(
    { program_name, timezone: policy.timezone, dated_at: told_at },
    {
      kind,
      filed_at,
      expires_at,
      account_id: accountToName(claim, reason),
      reason,
      earns_from,
      window_days: policy.referrer_window_days,
    },
  );
  return { partner_id, reason: letter && reason, letter };
}
