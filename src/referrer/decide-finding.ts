import { standsByException } from '../account/decision.ts';
import type { AccountState } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { findHold, holdsOfAccount } from '../hold/hold.repo.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { Statement } from '../program/commit.repo.ts';
import { correctionTo } from './audit.rules.ts';
import { mayBeTold } from './claim-view.rules.ts';
import { claimsOfAccount } from './claim.repo.ts';
import { rulingOf } from './claim.rules.ts';
import { assessReferrer, settle, trackedOf, type Grounds } from './settle.ts';

/** An operator's word on what an audit found. */
export interface FindingWord {
  hold_id: string;
  decision: 'release' | 'deny';
}

type Answer = FindingWord;

/**
 * Decides the finding of an audit (R4, `audit_correction = operator`): released, the referrer is corrected to the partner whom the log
 * names (unchanged, where they have become the referrer meanwhile, or an exception has set one); denied, nothing changes. The audit stands as it was asked for:
 * `asked_by` stays its partner, the facts name who decided. `closing` are the statements that decide the hold itself.
 */
export async function decideFinding(
  door: Door,
  hasher: Hasher,
  hold: HoldRow & { account_id: string },
  word: FindingWord,
  closing: readonly Statement[],
): Promise<Written<Answer> | Refusal<'already_decided' | 'conflict' | 'busy'>> {
  const { books } = door;
  const { account_id, hold_id } = hold;
  const found = hold.partner_id;
  const request = { account_id, partner_ids: found === null ? [] : [found] };
  return writeAccount<Answer, 'already_decided'>(door, null, request, async (state) => {
    const current = await findHold(books, hold_id);
    const settled = await findingDecided(door, hasher, state, hold, word);
    if (current?.decision !== null || !settled) return { ok: false, reason: 'already_decided' };
    const answer = { hold_id, decision: word.decision };
    return { ok: true, after: settled.after, statements: [...closing, ...settled.statements], answer: () => answer };
  });
}

/** What a word on the finding of an audit comes to: the account after it; null where its audit is not known. Writes nothing. */
export async function findingDecided(
  door: Door,
  hasher: Hasher,
  state: AccountState,
  hold: HoldRow & { account_id: string },
  word: FindingWord,
): Promise<Awaited<ReturnType<typeof settle>> | null> {
  const { books } = door;
  const { account_id, hold_id, partner_id: found } = hold;
  const [claims, holds] = await Promise.all([claimsOfAccount(books, account_id), holdsOfAccount(books, account_id)]);
  const kept = JSON.parse(hold.facts) as { claim_id: string; considered: unknown };
  const claim = claims.find((one) => one.claim_id === kept.claim_id);
  if (!claim) return null;
  const around = { state, claims, holds };
  const tracked = trackedOf(around);
  const facts = { filed_at: claim.filed_at, hold_id, decided_by: door.by, found, considered: kept.considered };
  const grounds: Grounds = { told: mayBeTold(claim), facts: { ...facts, tracked: tracked?.partner_id ?? null } };
  let ruling = rulingOf('finding_denied');
  if (word.decision === 'release' && found !== null) {
    const already = tracked?.partner_id === found && !tracked.by_address_alone;
    const stands = already ? 'same_referrer' : standsByException(state.decisions) ? 'exception_stands' : null;
    ruling = stands ? rulingOf(stands) : correctionTo(found, claim.partner_id);
    if (stands === null) {
      grounds.referrer = found;
      grounds.verdict = await assessReferrer(door, hasher, state, found, 'at_audit');
    }
  }
  return settle(door, hasher, around, claim, ruling, grounds);
}
