import type { z } from '@hono/zod-openapi';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import type { AccountRow, AccountState, DecisionRow } from '../account/state.rules.ts';
import { readAccountStates, STATES_QUERIES } from '../account/states.repo.ts';
import { futureWarning } from '../billing/answers.rules.ts';
import { toInstant } from '../http/schema.ts';
import { postings } from '../ledger/post.repo.ts';
import { documents, people } from '../people/people.schema.ts';
import { policyAt, policyOf } from '../policy/policy.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import { subjectOf, type Statement } from '../program/commit.repo.ts';
import { signReceipt } from '../referrer/receipt.ts';
import { CLEAR } from '../referrer/self-referral.ts';
import { decide } from '../signup/decide.ts';
import { recordSignup, referrerOut, type SignupInput } from '../signup/record.ts';
import { accountIdentity, peopleRows } from '../signup/rows.ts';
import { insertAll, knownContents } from './import.repo.ts';
import { sortReplays, type RowVerdict } from './import.rules.ts';
import { SignupRow } from './import.schemas.ts';
import {
  applyKeyed,
  type GroupDecision,
  type GroupOutcome,
  type ImportContext,
  type ImportRow,
  type Operation,
  type RowResult,
} from './operation.ts';
import { isAlone, lookAtSignups, type LookedAt } from './signup-evidence.ts';

type Row = ImportRow<SignupInput>;

/** Queries that one signup costs at most when it goes through its own door. */
const SINGLE_QUERIES = 60;

/**
 * Signups (L1–L4, S1–S3). What nothing but the row itself says anything about is decided in bulk; a row with a token, a form, a list, or
 * a sign of self-referral goes through the very operation of single signups.
 */
export const importSignups: Operation<SignupInput> = {
  kind: 'signups',
  scope: 'signup',
  most: 4000,
  queries: STATES_QUERIES + 65,
  reads: STATES_QUERIES + 20,
  schema: SignupRow,
  read: (body: z.infer<typeof SignupRow>) => ({
    id: body.account_id,
    subject: body.account_id,
    input: {
      account_id: body.account_id,
      email: body.email,
      name: body.name ?? null,
      company: body.company ?? null,
      signed_up_at: body.signed_up_at === undefined ? NOT_SAID : toInstant(body.signed_up_at),
      tokens: body.referral_token ? [body.referral_token] : [],
      signup_ref: body.signup_ref ?? null,
      how_heard: body.how_heard ?? null,
      codes: body.promotion_code === undefined ? [] : [{ code: body.promotion_code, used_at: NOT_SAID }],
      users: body.users ?? [],
      told_partner: body.partner_id ?? null,
      opened_by: 'import' as const,
    },
  }),
  alone: isAlone,
  apply: applySignups,
};

/** A row without its instant signs up when it is told. */
const NOT_SAID = -1;

async function applySignups(context: ImportContext, rows: readonly Row[], write: boolean): Promise<GroupOutcome> {
  const dated = rows.map((row): Row => {
    const { signed_up_at } = row.input;
    const at = signed_up_at === NOT_SAID ? context.door.now : signed_up_at;
    const codes = row.input.codes.map(({ code }) => ({ code, used_at: at }));
    return { ...row, input: { ...row.input, signed_up_at: at, codes } };
  });
  const known = await knownContents(
    context.door.books,
    'signup',
    dated.map((row) => row.key),
  );
  const { fresh } = sortReplays(dated, known);
  const looked = await lookAtSignups(context, fresh);
  const single = new Set(looked.single.map((row) => row.key));
  const bulk = await applyKeyed(
    context,
    'signup',
    dated.filter((row) => !single.has(row.key)),
    write,
    (rest) => decideSignups(context, rest, looked),
  );
  const verdicts = [...bulk.verdicts];
  const undone: number[] = [];
  for (const row of dated.filter(({ key }) => single.has(key))) {
    if (write && !context.budget.affords(SINGLE_QUERIES)) undone.push(row.row);
    else verdicts.push(await tellOne(context, row, looked, write));
  }
  return { verdicts, undone, due: 0 };
}

async function tellOne(context: ImportContext, row: Row, looked: LookedAt, write: boolean): Promise<RowVerdict> {
  const { id, input } = row;
  if (looked.unknown.has(row.key)) return { row: row.row, id, verdict: 'refused', code: 'unknown_partner' };
  if (!write) return { row: row.row, id, verdict: 'created' };
  const written = await recordSignup(context, input, row.content);
  if (!written.ok) return { row: row.row, id, verdict: 'refused', code: written.reason };
  return { row: row.row, id, verdict: written.first_time ? 'created' : 'unchanged' };
}

async function decideSignups(context: ImportContext, fresh: readonly Row[], looked: LookedAt): Promise<GroupDecision> {
  if (fresh.length === 0) return { guards: [], statements: [], results: [], due: 0 };
  const { door } = context;
  const referrer = (row: Row) => looked.referrers.get(row.key) ?? null;
  const { states, guards } = await readAccountStates(door.books, {
    account_ids: fresh.map((row) => row.id),
    partner_ids: fresh.flatMap((row) => referrer(row) ?? []),
  });
  const decided = await Promise.all(
    fresh.map(async (row): Promise<Opened | null> => {
      const state = states.get(row.id);
      if (looked.unknown.has(row.key) || !state || state.account || state.account_id !== row.id) return null;
      return openAccount(context, row, state, { how_heard: looked.named.get(row.key) ?? [] });
    }),
  );
  const opened = decided.filter((one) => one !== null);
  const { statements } = postings(
    door.books,
    opened.map((one) => one.after),
    door.now,
  );
  const results = fresh.map((row, i): RowResult => {
    const one = decided[i];
    if (one) return { verdict: 'created', answer: one.answer, subject: subjectOf('account', row.id) };
    return { verdict: 'refused', code: looked.unknown.has(row.key) ? 'unknown_partner' : 'conflict' };
  });
  const subjects = new Set(opened.map((one) => subjectOf('account', one.after.account_id)));
  const written = opened.length === 0 ? [] : [...rowStatements(context, opened), ...statements];
  return { guards: guards.filter((guard) => subjects.has(guard.subject)), statements: written, results, due: 0 };
}

/** An account about to be opened, with all its rows. */
interface Opened {
  after: AccountState;
  account: AccountRow;
  decision: DecisionRow;
  persons: Awaited<ReturnType<typeof peopleRows>>;
  how_heard: string | null;
  answer: Json;
}

/** Decides one signup on what its row says alone; nothing speaks for a self-referral. */
async function openAccount(
  { door, hasher, receipts }: ImportContext,
  { input }: Row,
  state: AccountState,
  named: { how_heard: readonly string[] },
): Promise<Opened> {
  const { account_id, signed_up_at } = input;
  const account: AccountRow = {
    account_id,
    opened_by: 'import',
    signed_up_at,
    policy_version: policyAt(state.policy, signed_up_at).version,
    joined_to: null,
    recorded_at: door.now,
  };
  const persons = await peopleRows(hasher, account_id, input, input.users, signed_up_at);
  const signup = {
    account_id,
    signed_up_at,
    people: accountIdentity(persons.people),
    policy: policyOf(state.policy, account.policy_version),
    asked_by: door.by,
    now: door.now,
  };
  const evidence = {
    click: null,
    promotion: null,
    told_partner: input.told_partner ?? null,
    how_heard_partners: named.how_heard,
    expected_partner: null,
    form: null,
    invalid_token: false,
    invalid_signup_ref: false,
  };
  const decided = await decide(door.books, hasher, signup, evidence, [], CLEAR);
  const decision = await decided.row(state, account.policy_version);
  const answer = {
    account_id,
    ...referrerOut(decided.decision),
    receipt: await signReceipt(receipts, decision, account),
    ...futureWarning(signed_up_at, door.now),
  } as unknown as Json;
  const after = { ...state, account, decisions: [...state.decisions, decision] };
  return { after, account, decision, persons, how_heard: input.how_heard, answer };
}

function rowStatements({ door }: ImportContext, opened: readonly Opened[]): Statement[] {
  const { books, now } = door;
  const answers = opened.flatMap(({ account, how_heard }) =>
    how_heard === null
      ? []
      : [
          {
            document_id: `doc_${crypto.randomUUID().replaceAll('-', '')}`,
            subject: subjectOf('account', account.account_id),
            kind: 'how_heard',
            body: how_heard,
            recorded_at: now,
          },
        ],
  );
  return [
    ...insertAll(
      books,
      accounts,
      opened.map((one) => one.account),
    ),
    ...insertAll(
      books,
      people,
      opened.flatMap((one) => one.persons.people),
    ),
    ...insertAll(
      books,
      accountPeople,
      opened.flatMap((one) => one.persons.parts),
    ),
    ...insertAll(books, documents, answers),
    ...insertAll(
      books,
      decisions,
      opened.map((one) => one.decision),
    ),
  ];
}
