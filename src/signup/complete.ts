import {
  insertAccount,
  insertAccountClicks,
  insertAccountPeople,
  insertDecision,
  peopleOfAccount,
  trustAccount,
} from '../account/account.repo.ts';
import { continueSignup } from '../account/family.repo.ts';
import { readAccountState } from '../account/state.repo.ts';
import type { AccountRow, AccountState, DecisionRow } from '../account/state.rules.ts';
import { writeAccount, type Door, type Refusal } from '../account/write.ts';
import { decideHoldRow, holdsOfAccount, openHolds } from '../hold/hold.repo.ts';
import type { PersonRow } from '../people/people.repo.ts';
import { policyAt, policyOf } from '../policy/policy.rules.ts';
import { canonicalJson } from '../program/canonical.rules.ts';
import { subjectOf, type Statement } from '../program/commit.repo.ts';
import type { AccountIdentity } from '../referrer/self-referral.rules.ts';
import { heardOf, isCompletable, sameDecision } from './complete.rules.ts';
import { decide, type DecidedSignup } from './decide.ts';
import { gatherEvidence, type Gathered } from './gather.ts';
import { joinStatements, type SignupContext } from './record.ts';
import { decideSignup } from './signup.rules.ts';
import { tellSignup } from './tell.ts';

/** A signup as it becomes known bit by bit: what is known of it so far. */
export interface SignupSoFar {
  account_id: string;
  signed_up_at: number;
  tokens: readonly string[];
  signup_ref: string | null;
  codes: readonly { code: string; used_at: number }[];
  /** The holder, kept in `people` already; null: no address is known. */
  person: PersonRow | null;
}

type Completed = { ok: true; changed: boolean } | Refusal<'busy' | 'conflict'>;

/** How often what was read may have changed before the write is left to the next time. */
const READINGS = 3;

/**
 * Opens an account, or completes the signup of one, by all that is known so far (L1–L3, S1, S3): where that changes the outcome, a further
 * decision of kind `signup`, dated at the signup; never against what a claim, an audit or an operator decided since. An account that the
 * server recorded keeps its instant and its people. Saying the same again changes nothing.
 */
export async function completeSignup(context: SignupContext, so_far: SignupSoFar): Promise<Completed> {
  for (let i = 0; i < READINGS; i++) {
    const before = await readAccountState(context.door.books, { account_id: so_far.account_id });
    if (before.account_id !== so_far.account_id)
      return completeSignup(context, { ...so_far, account_id: before.account_id });
    const done = await completeOnce(context, so_far, before);
    if (done !== 'again') return done;
  }
  return { ok: false, reason: 'busy' };
}

async function completeOnce(
  context: SignupContext,
  so_far: SignupSoFar,
  before: AccountState,
): Promise<Completed | 'again'> {
  const { door, hasher } = context;
  const { account_id } = so_far;
  const known = before.account?.opened_by === 'form' ? null : before.account;
  const { person, ...told } = so_far;
  const evidence_key = await hasher.text(
    'signup_so_far',
    canonicalJson({ ...told, tokens: [...told.tokens], codes: [...told.codes], person: person?.match_hash ?? null }),
  );
  const ours = known === null || known.opened_by === 'stripe';
  const brings = so_far.tokens.length + so_far.codes.length > 0 || so_far.signup_ref !== null;
  const same = heardOf(before.decisions, evidence_key);
  const signed_up_at = ours ? so_far.signed_up_at : known.signed_up_at;
  const heard = same && so_far.codes.length === 0 && signed_up_at === known?.signed_up_at;
  if (known && (heard || (!ours && !brings))) return { ok: true, changed: false };
  const members = await peopleOfAccount(door.books, account_id);
  const [holder = null, ...users] = members;
  const people: AccountIdentity = {
    holder: (ours ? person : holder) ?? { email: null, name: null, match_hash: null },
    users: ours ? [] : users,
  };
  const facts = { ...so_far, signed_up_at, email: people.holder.email, how_heard: null };
  const gathered = await gatherEvidence(context, facts);
  const { partner_id } = decideSignup(gathered.evidence);
  const request = {
    account_id,
    partner_ids: partner_id === null ? [] : [partner_id],
    subjects: gathered.joined.map((form) => subjectOf('form', form.account_id)),
  };
  const written = await writeAccount<null, 'again' | 'unchanged'>(door, null, request, async (state) => {
    if (!unmoved(before, state)) return { ok: false, reason: 'again' };
    const account: AccountRow = {
      account_id,
      opened_by: ours ? 'stripe' : known.opened_by,
      signed_up_at,
      policy_version: ours ? policyAt(state.policy, signed_up_at).version : known.policy_version,
      joined_to: null,
      recorded_at: state.account?.recorded_at ?? door.now,
    };
    const policy = policyOf(state.policy, account.policy_version);
    const signup = { account_id, signed_up_at, people, policy, asked_by: door.by, now: door.now };
    const decided = await decide(door.books, hasher, signup, gathered.evidence, gathered.considered);
    const row = withKey(await decided.row(state, account.policy_version), evidence_key);
    const decides = isCompletable(state.decisions) && !sameDecision(state.decisions, row);
    const opening = openingStatements(door, state.account, account);
    const kept = keptStatements(
      door,
      account,
      gathered,
      (await peopleOfAccount(door.books, account_id)).length === 0 ? person : null,
    );
    if (known && !decides && opening.length === 0 && kept.length === 0) return { ok: false, reason: 'unchanged' };
    const told_to = { account_id, person_id: person?.person_id ?? holder?.person_id ?? '', policy };
    const deciding = decides ? await decisionStatements(context, told_to, gathered, decided, row) : [];
    return {
      ok: true,
      after: { ...state, account, decisions: decides ? [...state.decisions, row] : state.decisions },
      statements: [...opening, ...kept, ...deciding],
      answer: () => null,
    };
  });
  if (written.ok) return { ok: true, changed: true };
  if (written.reason === 'again') return 'again';
  if (written.reason === 'unchanged') return { ok: true, changed: false };
  return { ok: false, reason: written.reason };
}

/** Whether what the evidence was gathered for still stands. */
function unmoved(before: AccountState, state: AccountState): boolean {
  return (
    state.decisions.length === before.decisions.length &&
    state.account?.opened_by === before.account?.opened_by &&
    state.account?.signed_up_at === before.account?.signed_up_at
  );
}

function withKey(row: DecisionRow, evidence_key: string): DecisionRow {
  const facts: Record<string, unknown> = JSON.parse(row.facts);
  return { ...row, facts: JSON.stringify({ ...facts, evidence_key }) };
}

/** The statements that open the account, or date it anew. */
function openingStatements({ books }: Door, former: AccountRow | null, account: AccountRow): Statement[] {
  if (!former) return [insertAccount(books, account)];
  const statements: Statement[] = [];
  if (former.opened_by === 'form') statements.push(trustAccount(books, account.account_id, 'stripe'));
  if (former.signed_up_at !== account.signed_up_at || former.policy_version !== account.policy_version)
    statements.push(continueSignup(books, account.account_id, account));
  return statements;
}

/** The statements that keep who holds the account, the forms it takes in, and its clicks. */
function keptStatements(
  door: Door,
  { account_id, signed_up_at }: AccountRow,
  gathered: Gathered,
  person: PersonRow | null,
): Statement[] {
  const part = { account_id, role: 'admin' as const, from_at: signed_up_at, until_at: null };
  const clicks = gathered.clicks.filter((click) => !gathered.known_clicks.includes(click.click_id));
  return [
    ...joinStatements(door, gathered, account_id),
    ...(person ? [insertAccountPeople(door.books, [{ ...part, person_id: person.person_id }])] : []),
    ...(clicks.length > 0
      ? [
          insertAccountClicks(
            door.books,
            clicks.map((click) => ({ ...click, account_id })),
          ),
        ]
      : []),
  ];
}

/** The statements of a further decision: itself, its holds and letters; holds about a former referrer end with it. */
async function decisionStatements(
  { door, hasher }: SignupContext,
  about: Omit<Parameters<typeof tellSignup>[2], 'decision_id'>,
  gathered: Gathered,
  decided: DecidedSignup,
  row: DecisionRow,
): Promise<Statement[]> {
  const { books } = door;
  const former = (await holdsOfAccount(books, row.account_id)).filter(
    (hold) =>
      hold.decision === null &&
      (hold.kind === 'form_join' || hold.kind === 'self_referral') &&
      !decided.holds.some((one) => one.hold_id === hold.hold_id) &&
      (hold.kind === 'form_join' || hold.partner_id !== row.partner_id),
  );
  // Without an address there is nobody to ask.
  const asked =
    about.person_id === '' ? { ...decided, holds: decided.holds.filter((hold) => hold.kind !== 'form_join') } : decided;
  return [
    insertDecision(books, row),
    ...former.map((hold) =>
      decideHoldRow(
        books,
        hold.hold_id,
        hold.partner_id === row.partner_id ? 'release' : 'deny',
        door,
        'the signup became better known (L1, L3)',
      ),
    ),
    ...(decided.holds.length > 0 ? [openHolds(books, decided.holds)] : []),
    ...(await tellSignup(door, hasher, { ...about, decision_id: row.decision_id }, asked)),
    ...decided.noticed(gathered.clicks.map((click) => click.visitor_id)),
  ];
}
