import { insertAccount, insertDecision, insertForm } from '../account/account.repo.ts';
import type { AccountRow } from '../account/state.rules.ts';
import { writeAccount, type Refusal } from '../account/write.ts';
import { formatInstant } from '../clock.ts';
import type { Hasher } from '../people/hash.ts';
import { policyAt, policyOf } from '../policy/policy.rules.ts';
import { saltOf } from '../privacy/salt.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import { formClusterStatements } from '../signals/signal.repo.ts';
import { networkOf } from '../signals/signal.rules.ts';
import { decide } from './decide.ts';
import { clickOf, decideClick, hashSignupRef, readTokens, type GatherContext } from './gather.ts';
import { partnersNamed } from './how-heard.ts';
import { accountIdentity, evidenceStatements, peopleRows } from './rows.ts';
import { decideSignup } from './signup.rules.ts';

/** What a browser form says. Anyone can send it: nothing in it is a key. */
export interface FormInput {
  email: string;
  name: string | null;
  company: string | null;
  how_heard: string | null;
  tokens: readonly string[];
  /** An account id the form names: kept as a hint, never believed. */
  hinted_account_id: string | null;
  /** The network address that it came from, where the door knows it: kept as a keyed hash only. */
  sender_address?: string | undefined;
}

/** What the form's sender gets: ids of ours that say nothing of what was known before. */
export interface FormAnswer {
  account_id: string;
  signup_ref: string;
}

const randomId = (): string => crypto.randomUUID().replaceAll('-', '');

/** What stands for a form's network address: keyed by the program and salted by the day, whose salt is destroyed when it is over. */
async function senderHash(
  books: Database,
  hasher: Hasher,
  address: string | undefined,
  now: number,
): Promise<string | null> {
  const network = networkOf(address);
  if (network === null) return null;
  return hasher.text(`sender:${await saltOf(books, formatInstant(now).slice(0, 10))}`, network);
}

/**
 * Records a form under an account id of ours. Its referrer is what its own token and answer say; it joins a real account only when a
 * trusted record brings its `signup_ref` or the same token, and touches nothing that is known.
 */
export async function recordForm(
  context: GatherContext,
  input: FormInput,
): Promise<{ ok: true; answer: FormAnswer } | Refusal<'conflict' | 'busy'>> {
  const { door, hasher } = context;
  const { books, now } = door;
  const answer: FormAnswer = { account_id: `form_${randomId()}`, signup_ref: `sr_${randomId()}` };
  const { account_id } = answer;
  const { valid, invalid } = await readTokens(context, input.tokens);
  const clicks = valid.map((token) => ({ ...clickOf(token), via: 'form' as const }));
  const { winner, considered } = await decideClick(context, { signed_up_at: now }, clicks);
  const how_heard_partners = await partnersNamed(books, hasher, input.how_heard, now);
  const holder_match = await hasher.match(input.email);
  const evidence = {
    click: winner,
    promotion: null,
    how_heard_partners,
    // B1 reads the trusted record's address: whoever sends a form can name any.
    expected_partner: null,
    form: null,
    invalid_token: invalid,
    invalid_signup_ref: false,
  };
  const { partner_id } = decideSignup(evidence);
  const { people, parts } = await peopleRows(hasher, account_id, input, [], now);
  const form = {
    account_id,
    signup_ref_hash: await hashSignupRef(hasher, answer.signup_ref),
    click_id: winner?.click_id ?? clicks[0]?.click_id ?? null,
    match_hash: holder_match,
    hinted_account_id: input.hinted_account_id,
    submitted_at: now,
    sender_hash: await senderHash(books, hasher, input.sender_address, now),
  };
  const partner_ids = partner_id === null ? [] : [partner_id];
  const written = await writeAccount<FormAnswer, 'conflict'>(door, null, { account_id, partner_ids }, async (state) => {
    if (state.account) return { ok: false, reason: 'conflict' };
    const account: AccountRow = {
      account_id,
      opened_by: 'form',
      signed_up_at: now,
      policy_version: policyAt(state.policy, now).version,
      joined_to: null,
      recorded_at: now,
    };
    const policy = policyOf(state.policy, account.policy_version);
    const signup = { account_id, signed_up_at: now, people: accountIdentity(people), policy, asked_by: 'form', now };
    // Within the guard of the partner's version: an address that changes meanwhile is seen by one of the two (S3).
    const decided = await decide(books, hasher, signup, evidence, considered);
    const row = await decided.row(state, account.policy_version);
    const statements = [
      insertAccount(books, account),
      insertForm(books, form),
      ...evidenceStatements(books, account_id, { people, parts, clicks, how_heard: input.how_heard, now }),
      insertDecision(books, row),
      ...(partner_id === null ? [] : formClusterStatements(books, { ...form, partner_id })),
    ];
    return { ok: true, after: { ...state, account, decisions: [row] }, statements, answer: () => answer };
  });
  return written.ok ? { ok: true, answer } : written;
}
