import type { accountClicks } from '../account/account.schema.ts';
import type { Door } from '../account/write.ts';
import type { ClicksDatabase } from '../archive/open.ts';
import { recordedClicks } from '../archive/recorded.ts';
import { lastClick, type CandidateClick, type ConsideredClick } from '../attribution/last-click.rules.ts';
import { readLinkHistory } from '../attribution/standing.repo.ts';
import { cookieKeys, verifyToken, type CookieName, type ReferralToken } from '../attribution/token.ts';
import { addCalendarDays } from '../calendar/zone.rules.ts';
import { expectedBy } from '../expected/expected-by.ts';
import type { Hasher } from '../people/hash.ts';
import { documentOf } from '../people/people.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyAt } from '../policy/policy.rules.ts';
import { codeEvidence } from '../promotion/used-code.ts';
import {
  clicksOfAccounts,
  firstDecision,
  formByRef,
  formOfAccount,
  formsByClick,
  formsJoinedTo,
  joinedTo,
  keptCodes,
  lastFormByAddress,
  type FormRow,
} from './evidence.repo.ts';
import { partnersNamed } from './how-heard.ts';
import { namedPartner, type FormEvidence, type SignupEvidence, type Source } from './signup.rules.ts';

/** What gathering the evidence of a signup needs. */
export interface GatherContext {
  door: Door;
  hasher: Hasher;
  clicks: ClicksDatabase;
  cookie_keys: string;
  cookie_name: CookieName;
}

/** What a signup brings that bears on its referrer. */
export interface SignupFacts {
  account_id: string;
  /** Null where Stripe knows none. */
  email: string | null;
  signed_up_at: number;
  tokens: readonly string[];
  signup_ref: string | null;
  how_heard: string | null;
  /** Promotion codes used, each with its moment. */
  codes: readonly { code: string; used_at: number }[];
  /** Whom a former program tracked, as an import tells. */
  told_partner?: string | null;
}

/** The evidence of a signup, the clicks it considered, and the forms that a trusted record takes in. */
export interface Gathered {
  evidence: SignupEvidence;
  considered: readonly ConsideredClick[];
  clicks: Omit<typeof accountClicks.$inferInsert, 'account_id'>[];
  joined: FormRow[];
  /** Clicks that the account came with before. */
  known_clicks: readonly string[];
}

/** Verifies tokens; `invalid` where one of them does not. */
export async function readTokens(
  context: Pick<GatherContext, 'cookie_keys' | 'cookie_name'>,
  tokens: readonly string[],
): Promise<{ valid: ReferralToken[]; invalid: boolean }> {
  const keys = await cookieKeys(context.cookie_keys);
  if (!keys.ok) return { valid: [], invalid: tokens.length > 0 };
  const verified = await Promise.all(
    [...new Set(tokens)].map((token) => verifyToken(token, keys.keys, context.cookie_name)),
  );
  return {
    valid: verified.flatMap((result) => (result.ok ? [result.token] : [])),
    invalid: verified.some((result) => !result.ok),
  };
}

const HOURS_24_MS = 24 * 3600 * 1000;

/** The end of an instant's whole second: servers send no finer (policy, preamble). */
export function endOfSecond(at: number): number {
  return Math.floor(at / 1000) * 1000 + 999;
}

/**
 * Gathers the evidence of a trusted record: its own token and answer, the forms it brings by `signup_ref` or by the same token; where all of
 * that names nobody, the accepted lists that its address is on (B1); and where those do not either, the last form of the same address within
 * 24 hours before it.
 */
export async function gatherEvidence(context: GatherContext, signup: SignupFacts): Promise<Gathered> {
  const { books } = context.door;
  const { valid, invalid } = await readTokens(context, signup.tokens);
  const { joined, mine, invalid_signup_ref } = await formsToJoin(context, signup, valid);
  const own = valid.map((token) => ({ ...clickOf(token), via: 'record' as const }));
  const theirs = (
    await clicksOfAccounts(
      books,
      joined.map((form) => form.account_id),
    )
  ).map(({ account_id: _, ...click }) => ({ ...click, via: 'form' as const }));
  // What an account came with before counts on when its record is completed.
  const kept = (await clicksOfAccounts(books, [signup.account_id])).map(({ account_id: _, ...click }) => click);
  const clicks = [...new Map([...theirs, ...kept, ...own].map((click) => [click.click_id, click] as const)).values()];
  const { winner, considered } = await decideClick(context, signup, clicks);
  const heard = [...new Set([signup.account_id, ...joined.map((form) => form.account_id), ...mine])];
  const answers = [
    signup.how_heard,
    ...(await Promise.all(heard.map((account_id) => documentOf(books, `account:${account_id}`, 'how_heard')))),
  ];
  const named = await Promise.all(
    answers.map((answer) => partnersNamed(books, context.hasher, answer, signup.signed_up_at)),
  );
  const how_heard_partners = [...new Set(named.flat())];
  const expired =
    valid.length > 0 && considered.some((click) => click.verdict === 'expired' || click.verdict === 'unknown_code');
  const policy = policyAt(await readPolicy(books), signup.signed_up_at);
  const promotion = await codeEvidence(
    books,
    [...signup.codes, ...(await keptCodes(books, signup.account_id))],
    signup.signed_up_at,
    policy,
  );
  const told_partner = signup.told_partner ?? null;
  const decided =
    winner !== null || told_partner !== null || promotion !== null || namedPartner(how_heard_partners) !== null;
  const expected_partner =
    decided || signup.email === null
      ? null
      : await expectedBy(books, await context.hasher.match(signup.email), signup.signed_up_at);
  const nobody = !decided && expected_partner === null && joined.length === 0;
  return {
    evidence: {
      click: winner && {
        partner_id: winner.partner_id,
        code: winner.code,
        click_id: winner.click_id,
        clicked_at: winner.clicked_at,
      },
      told_partner,
      promotion,
      how_heard_partners,
      expected_partner,
      form: nobody && signup.email !== null ? await formEvidence(context, signup, signup.email) : null,
      invalid_token: invalid || expired,
      invalid_signup_ref,
    },
    considered,
    clicks,
    joined,
    known_clicks: kept.map((click) => click.click_id),
  };
}

/** The click that a verified token carries. */
export function clickOf(token: ReferralToken) {
  return {
    click_id: token.click_id,
    visitor_id: token.visitor_id,
    code: token.code,
    partner_id: token.partner_id,
    clicked_at: token.clicked_at,
  };
}

/** L1 over the clicks that came with a signup; if the last of them turns out not to count, over the recorded clicks of its visitor. */
export async function decideClick(
  context: Pick<GatherContext, 'door' | 'clicks'>,
  signup: { signed_up_at: number },
  clicks: readonly { click_id: string; visitor_id: string; code: string; clicked_at: number }[],
): Promise<ReturnType<typeof lastClick>> {
  if (clicks.length === 0) return { winner: null, considered: [] };
  const policy = policyAt(await readPolicy(context.door.books), signup.signed_up_at);
  const bounds = {
    signed_up_at: signup.signed_up_at,
    oldest_at: addCalendarDays(signup.signed_up_at, -policy.click_lifetime_days, policy.timezone),
  };
  const candidates: CandidateClick[] = clicks.map(({ click_id, visitor_id, code, clicked_at }) => ({
    click_id,
    visitor_id,
    code,
    clicked_at,
    class: 'person',
  }));
  const first = await rule(context, candidates, bounds);
  const [latest] = first.considered;
  if (!latest || latest.verdict === 'won') return first;
  const visitors = [latest.visitor_id];
  const recorded = await recordedClicks(context.clicks, visitors, bounds.oldest_at, endOfSecond(signup.signed_up_at));
  const more = recorded.filter((click) => !candidates.some((candidate) => candidate.click_id === click.click_id));
  return rule(context, [...candidates, ...more], bounds);
}

async function rule(
  context: Pick<GatherContext, 'door'>,
  candidates: readonly CandidateClick[],
  bounds: { signed_up_at: number; oldest_at: number },
) {
  const history = await readLinkHistory(
    context.door.books,
    candidates.map((click) => click.code),
  );
  return lastClick(candidates, (click) => history.at(click.code, click.clicked_at), bounds);
}

async function formsToJoin(
  context: GatherContext,
  signup: SignupFacts,
  tokens: readonly ReferralToken[],
): Promise<{ joined: FormRow[]; mine: string[]; invalid_signup_ref: boolean }> {
  const { books } = context.door;
  const byRef =
    signup.signup_ref === null ? null : await formByRef(books, await hashSignupRef(context.hasher, signup.signup_ref));
  const own = await formOfAccount(books, signup.account_id);
  const byToken = await formsByClick(
    books,
    tokens.map((token) => token.click_id),
    endOfSecond(signup.signed_up_at),
  );
  const found = new Map([byRef, own, ...byToken].flatMap((form) => (form ? [[form.account_id, form] as const] : [])));
  const taken = await joinedTo(books, [...found.keys()]);
  const joined = [...found.values()].filter((form) => !taken.has(form.account_id));
  // Forms that this account has taken in already.
  const mine = await formsJoinedTo(books, signup.account_id);
  const usable = byRef !== null && [...joined.map((form) => form.account_id), ...mine].includes(byRef.account_id);
  return { joined, mine, invalid_signup_ref: signup.signup_ref !== null && !usable };
}

async function formEvidence(context: GatherContext, signup: SignupFacts, email: string): Promise<FormEvidence | null> {
  const { books } = context.door;
  const match_hash = await context.hasher.match(email);
  const until_at = endOfSecond(signup.signed_up_at);
  const form = await lastFormByAddress(books, match_hash, until_at - HOURS_24_MS, until_at);
  const decision = form && (await firstDecision(books, form.account_id));
  if (!form || !decision?.partner_id || !decision.source) return null;
  return { form_account_id: form.account_id, partner_id: decision.partner_id, source: decision.source as Source };
}

/** The hash under which a `signup_ref` is kept: the ref itself is known to the form's sender alone. */
export function hashSignupRef(hasher: Hasher, signup_ref: string): Promise<string> {
  return hasher.text('signup_ref', signup_ref);
}
