import { endAccountPeople, insertAccount, insertDecision, joinForm, trustAccount } from '../account/account.repo.ts';
import { continueSignup } from '../account/family.repo.ts';
import type { AccountRow } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal, type Written } from '../account/write.ts';
import { futureWarning } from '../billing/answers.rules.ts';
import { formatInstant } from '../clock.ts';
import { openHolds } from '../hold/hold.repo.ts';
import type { Hasher } from '../people/hash.ts';
import { policyAt, policyOf } from '../policy/policy.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import { expectThat, subjectOf, type Statement } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { signReceipt, type ReceiptContext } from '../referrer/receipt.ts';
import { isCompletable } from './complete.rules.ts';
import { decide } from './decide.ts';
import { formNotJoined } from './evidence.repo.ts';
import { gatherEvidence, type Gathered, type GatherContext } from './gather.ts';
import { accountIdentity, evidenceStatements, peopleRows, type PersonInput } from './rows.ts';
import { decideSignup, type Flag, type Source } from './signup.rules.ts';
import { tellSignup } from './tell.ts';

/** A signup as the company's own server (or Stripe, or an import) tells it: trusted in what it says of its account. */
export interface SignupInput {
  account_id: string;
  email: string;
  name: string | null;
  company: string | null;
  signed_up_at: number;
  tokens: readonly string[];
  signup_ref: string | null;
  how_heard: string | null;
  /** Promotion codes used, each with its moment. */
  codes: readonly { code: string; used_at: number }[];
  users: readonly PersonInput[];
  /** Whom a former program tracked, as an import tells. */
  told_partner?: string | null;
  /** By which door the account is opened; the company's own server where it is not said. */
  opened_by?: 'server' | 'import';
}

/** The answer to a signup (api.md). */
export interface SignupAnswer {
  account_id: string;
  referrer: { partner_id: string; source: Source; code?: string; click_id?: string; clicked_at?: string } | null;
  flags: Flag[];
  receipt: string;
  warnings?: 'in_future'[];
}

/** What recording a signup needs beside the door. */
export interface SignupContext extends GatherContext {
  door: Door;
  hasher: Hasher;
  receipts: ReceiptContext;
}

type Recorded = Written<SignupAnswer> | Refusal<'conflict' | 'busy'>;

/**
 * Records a trusted signup: opens the account, decides its referrer (L1–L4, S1, S3), takes in the form that belongs to it, and applies
 * what was parked for it. A token that does not verify attributes nothing and loses nothing.
 */
export async function recordSignup(context: SignupContext, input: SignupInput, content: Json): Promise<Recorded> {
  const { door, hasher } = context;
  const { account_id } = input;
  const keyed = await keyedWrite(hasher, 'signup', account_id, content, subjectOf('account', account_id));
  const gathered = await gatherEvidence(context, input);
  const { partner_id } = decideSignup(gathered.evidence);
  const { people, parts } = await peopleRows(hasher, account_id, input, input.users, input.signed_up_at);
  const request = {
    account_id,
    partner_ids: partner_id === null ? [] : [partner_id],
    subjects: gathered.joined.map((form) => subjectOf('form', form.account_id)),
  };
  return writeAccount<SignupAnswer, 'conflict'>(door, keyed, request, async (state) => {
    // An account opened by another door (its form's own id and Stripe's events excepted) was told with other content.
    const before = state.account;
    const completes = before?.opened_by === 'stripe';
    if (before && !completes && !gathered.joined.some((form) => form.account_id === account_id))
      return { ok: false, reason: 'conflict' };
    const told: AccountRow = {
      account_id,
      opened_by: input.opened_by ?? 'server',
      signed_up_at: input.signed_up_at,
      policy_version: policyAt(state.policy, input.signed_up_at).version,
      joined_to: null,
      recorded_at: before?.recorded_at ?? door.now,
    };
    const account = before && !completes ? before : told;
    const signup = {
      account_id,
      signed_up_at: input.signed_up_at,
      people: accountIdentity(people),
      policy: policyOf(state.policy, account.policy_version),
      asked_by: door.by,
      now: door.now,
    };
    // Within the guard of the partner's version: an address that changes meanwhile is seen by one of the two (S3).
    const decided = await decide(door.books, hasher, signup, gathered.evidence, gathered.considered);
    const decision = await decided.row(state, account.policy_version);
    // What a claim, an audit or an operator decided since stands.
    const row = isCompletable(state.decisions) ? decision : { ...decision, sets_referrer: 0, partner_id: null };
    const receipt = await signReceipt(context.receipts, row, account);
    const about = { account_id, person_id: people[0]?.person_id ?? '', policy: signup.policy };
    const kept = { people, parts, clicks: gathered.clicks, how_heard: input.how_heard, now: door.now };
    const statements = [
      ...(state.account
        ? [
            trustAccount(door.books, account_id, input.opened_by ?? 'server'),
            endAccountPeople(door.books, account_id, input.signed_up_at),
          ]
        : [insertAccount(door.books, account)]),
      ...(completes ? [continueSignup(door.books, account_id, account)] : []),
      ...joinStatements(door, gathered, account_id),
      ...evidenceStatements(door.books, account_id, kept),
      insertDecision(door.books, row),
      ...(decided.holds.length > 0 ? [openHolds(door.books, decided.holds)] : []),
      ...(await tellSignup(door, hasher, { ...about, decision_id: row.decision_id }, decided)),
      ...decided.noticed(gathered.clicks.map((click) => click.visitor_id)),
    ];
    const answer: SignupAnswer = {
      account_id,
      ...referrerOut(decided.decision),
      receipt,
      ...futureWarning(input.signed_up_at, door.now),
    };
    return {
      ok: true,
      after: { ...state, account, decisions: [...state.decisions, row] },
      statements,
      answer: () => answer,
    };
  });
}

/** The statements by which an account takes in the forms that are not its own; a conflict where another has meanwhile. */
export function joinStatements(door: Door, gathered: Gathered, account_id: string): Statement[] {
  return gathered.joined.flatMap((form) =>
    form.account_id === account_id
      ? []
      : [expectThat(door.books, formNotJoined(form.account_id)), joinForm(door.books, form.account_id, account_id)],
  );
}

/** The referrer and flags of an answer. */
export function referrerOut(decision: {
  partner_id: string | null;
  source: Source | null;
  click: { code: string; click_id: string; clicked_at: number } | null;
  flags: Flag[];
}): Pick<SignupAnswer, 'referrer' | 'flags'> {
  const { partner_id, source, click, flags } = decision;
  if (partner_id === null || source === null) return { referrer: null, flags };
  const via = click ? { code: click.code, click_id: click.click_id, clicked_at: formatInstant(click.clicked_at) } : {};
  return { referrer: { partner_id, source, ...via }, flags };
}
