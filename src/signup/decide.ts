import { nextDecision } from '../account/decision.ts';
import type { AccountState, DecisionRow } from '../account/state.rules.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import { ownMatches } from '../partner/signal.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { partnerSignals } from './evidence.repo.ts';
import { decideSignup, refersItself, type SignupDecision, type SignupEvidence } from './signup.rules.ts';

/** A signup's decision as it is kept: the row, the holds it opens, and what the answer says. */
export interface DecidedSignup {
  decision: SignupDecision;
  blocked: boolean;
  row: (state: Pick<AccountState, 'account_id' | 'decisions'>, policy_version: number) => Promise<DecisionRow>;
  holds: HoldRow[];
}

/** Decides a signup on its evidence (L1, L3, S1, S3) as of its instant; reads the referrer's own addresses. */
export async function decide(
  db: Database,
  hasher: Hasher,
  signup: { account_id: string; signed_up_at: number; holder_match: string; asked_by: string; now: number },
  evidence: SignupEvidence,
  considered: readonly unknown[],
): Promise<DecidedSignup> {
  const decision = decideSignup(evidence);
  const { partner_id, form } = decision;
  const signals = partner_id === null ? [] : await partnerSignals(db, [partner_id]);
  const blocked = partner_id !== null && refersItself(signup.holder_match, ownMatches(signals, partner_id));
  if (blocked) decision.flags.push('self_referral');
  const holds: HoldRow[] = [];
  if (form && partner_id !== null && !blocked) {
    const hold_id = await holdIdOf(['form_join', signup.account_id]);
    holds.push(
      openedHold(
        'form_join',
        hold_id,
        { partner_id, account_id: signup.account_id },
        { form_account_id: form.form_account_id, source: form.source },
        signup.signed_up_at,
      ),
    );
  }
  const row: DecidedSignup['row'] = (state, policy_version) =>
    nextDecision(
      hasher,
      state,
      {
        at: signup.signed_up_at,
        kind: 'signup',
        outcome: partner_id === null ? 'no_referrer' : blocked ? 'self_referral' : 'referred',
        source: decision.source,
        partner_id,
        blocked,
        flags: decision.flags,
        clause: blocked ? 'S1' : decision.clause,
        policy_version,
        asked_by: signup.asked_by,
        facts: {
          signed_up_at: signup.signed_up_at,
          click: decision.click,
          form_account_id: form?.form_account_id ?? null,
          considered,
        },
      },
      signup.now,
    );
  return { decision, blocked, row, holds };
}
