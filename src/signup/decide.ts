import { nextDecision } from '../account/decision.ts';
import type { AccountState, DecisionRow } from '../account/state.rules.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import type { Hasher } from '../people/hash.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import type { AccountIdentity } from '../referrer/self-referral.rules.ts';
import { selfReferralOf, type SelfReferralVerdict } from '../referrer/self-referral.ts';
import { signupSignals } from '../signals/at-signup.ts';
import { decideSignup, type SignupDecision, type SignupEvidence } from './signup.rules.ts';

/** A signup about to be decided: its account, who holds and uses it, its instant, and the version of the policy that governs it. */
export interface DecidingSignup {
  account_id: string;
  signed_up_at: number;
  people: AccountIdentity;
  policy: PolicyVersion;
  asked_by: string;
  now: number;
}

/** A signup's decision as it is kept: the row, the holds it opens, and what the answer says. */
export interface DecidedSignup {
  decision: SignupDecision;
  blocked: boolean;
  row: (state: Pick<AccountState, 'account_id' | 'decisions'>, policy_version: number) => Promise<DecisionRow>;
  holds: HoldRow[];
  /** For operators to read: statements of a trusted record's batch, after the account's own. A form alone is worth none. */
  noticed: (visitor_ids: readonly string[]) => Statement[];
}

/** Decides a signup on its evidence (L1, L3, B1, S1–S3) as of its instant; reads the referrer's own name and addresses, unless `read` says what they come to. */
export async function decide(
  db: Database,
  hasher: Hasher,
  signup: DecidingSignup,
  evidence: SignupEvidence,
  considered: readonly unknown[],
  read?: SelfReferralVerdict,
): Promise<DecidedSignup> {
  const { account_id, signed_up_at, policy, now } = signup;
  const decision = decideSignup(evidence);
  const { partner_id, form } = decision;
  const own =
    partner_id === null
      ? null
      : (read ??
        (await selfReferralOf(
          db,
          hasher,
          { account_id, partner_id, policy, read: 'at_signup', at: signed_up_at },
          signup.people,
        )));
  const blocked = own?.grade === 'block';
  if (blocked) decision.flags.push('self_referral');
  else if (own?.hold) decision.flags.push('self_referral_held');
  const joining = form && partner_id !== null && !blocked ? await formJoinHold(signup, partner_id, form) : null;
  const holds = [own?.hold && !blocked ? own.hold : null, joining].filter((hold) => hold !== null);
  const row: DecidedSignup['row'] = (state, policy_version) =>
    nextDecision(
      hasher,
      state,
      {
        at: signed_up_at,
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
          signed_up_at,
          click: decision.click,
          ...(decision.promotion ? { promotion_code: decision.promotion } : {}),
          form_account_id: form?.form_account_id ?? null,
          list_id: decision.list_id,
          considered,
          self_referral: own?.signals ?? [],
        },
      },
      now,
    );
  const noticed: DecidedSignup['noticed'] = (visitor_ids) =>
    partner_id === null
      ? []
      : signupSignals(db, {
          account_id,
          partner_id,
          signed_up_at,
          now,
          holder_match: signup.people.holder.match_hash,
          blocked,
          click: decision.click,
          visitor_ids,
          form: form && joining ? { form_account_id: form.form_account_id, hold_id: joining.hold_id } : null,
          listed: own?.listed ?? [],
        });
  return { decision, blocked, row, holds, noticed };
}

/** R3: the hold of an account whose referrer is known by a form of the same address alone. */
async function formJoinHold(
  { account_id, signed_up_at }: DecidingSignup,
  partner_id: string,
  form: { form_account_id: string; source: string },
): Promise<HoldRow> {
  const hold_id = await holdIdOf(['form_join', account_id]);
  const facts = { form_account_id: form.form_account_id, source: form.source };
  return openedHold('form_join', hold_id, { partner_id, account_id }, facts, signed_up_at);
}
