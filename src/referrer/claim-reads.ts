import { peopleOfAccount } from '../account/account.repo.ts';
import { standsByException } from '../account/decision.ts';
import type { AccountState } from '../account/state.rules.ts';
import type { Door } from '../account/write.ts';
import type { ClicksDatabase } from '../archive/open.ts';
import { holdsOfAccount } from '../hold/hold.repo.ts';
import { lastAskedAt } from '../mail/mail.repo.ts';
import { activeAt } from '../partner/signal.rules.ts';
import type { Hasher } from '../people/hash.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { policyOf } from '../policy/policy.rules.ts';
import { partnerSignals } from '../signup/evidence.repo.ts';
import { readAuditLog, type AuditLog } from './audit-log.ts';
import { auditWindowEnd, decideAudit, firstPurchase } from './audit.rules.ts';
import { claimsOfAccount, openingOf, partnersRefused, type ClaimRow } from './claim.repo.ts';
import { decideClaim, windowEnd, type Ruling } from './claim.rules.ts';
import { readFormerHolds } from './self-referral.repo.ts';
import type { SelfReferralVerdict } from './self-referral.ts';
import { assessReferrer, governingPolicy, trackedOf, type Surroundings } from './settle.ts';

/** What filing a claim needs. */
export interface ClaimContext {
  door: Door;
  hasher: Hasher;
  clicks: ClicksDatabase;
}

/** What a partner files: a claim or an audit, of an account by its id or of a client by its address. */
export interface ClaimInput {
  partner_id: string;
  kind: ClaimRow['kind'];
  named: { account_id: string } | { email: string };
  note: string | null;
}

/** What was read behind the state's guard before a claim is decided. */
export interface ClaimReads extends Surroundings {
  partner_active: boolean;
  /** The account's admin (L4), who is asked. */
  person_id: string | null;
  last_asked_at: number | null;
  /** Whether the client has said *no* to this partner before, which ended the claim for good. */
  said_no: boolean;
  log: AuditLog | null;
  verdict: SelfReferralVerdict | null;
}

/**
 * What an audit goes by, read before the write, which rests on the rates and addresses of the partner found; null for a claim. What it
 * reads of the account is not changed by any door once the account is open.
 */
export async function readLogFor(
  { door, clicks }: ClaimContext,
  kind: ClaimInput['kind'],
  account_id: string,
): Promise<AuditLog | null> {
  if (kind === 'claim') return null;
  const { books, now } = door;
  const [opening, history] = await Promise.all([openingOf(books, account_id), readPolicy(books)]);
  const policy = opening ? policyOf(history, opening.policy_version) : history[0];
  return readAuditLog({ books, clicks }, { account_id, signed_up_at: opening?.signed_up_at ?? now }, policy);
}

/** Everything that a claim or an audit is decided on. The same reads, in number and kind, whatever there is to find. */
export async function readForClaim(
  context: ClaimContext,
  input: ClaimInput,
  state: AccountState,
  log: AuditLog | null,
): Promise<ClaimReads> {
  const { books, now } = context.door;
  const { account_id } = state;
  const [claims, holds, people, signals, last_asked_at, refused] = await Promise.all([
    claimsOfAccount(books, account_id),
    holdsOfAccount(books, account_id),
    peopleOfAccount(books, account_id),
    partnerSignals(books, [input.partner_id]),
    lastAskedAt(books, account_id),
    partnersRefused(books, account_id),
  ]);
  const read = {
    state,
    claims,
    holds,
    partner_active: activeAt(signals, input.partner_id, now),
    person_id: people.find((person) => person.role === 'admin')?.person_id ?? null,
    last_asked_at,
    said_no: refused.includes(input.partner_id),
    log,
    verdict: null,
  };
  if (log === null) return read;
  const referrer = log.found ?? input.partner_id;
  const verdict = await assessReferrer(context.door, context.hasher, state, referrer, 'at_audit');
  // Where nothing speaks for a self-referral, its former holds have not been asked for.
  if (verdict.grade === 'clear') await readFormerHolds(books, referrer, account_id);
  return { ...read, verdict };
}

/** The ruling on a claim or an audit as it is filed (policy R). */
export function ruleOn(door: Door, input: ClaimInput, read: ClaimReads): Ruling {
  const { state, said_no, log, partner_active } = read;
  const { partner_id } = input;
  const tracked = trackedOf(read);
  const policy = governingPolicy(state);
  const times = { filed_at: door.now, signed_up_at: state.account?.signed_up_at ?? door.now };
  if (input.kind === 'claim') {
    return decideClaim({ claimant: partner_id, partner_active, tracked, said_no, ...times, answer: null, policy });
  }
  return decideAudit({
    asker: partner_id,
    partner_active,
    tracked,
    by_exception: standsByException(state.decisions),
    visitors_known: log?.visitors_known ?? false,
    found: log?.found ?? null,
    ...times,
    first_purchase_at: firstPurchase(state.payments, door.now),
    policy,
  });
}

/** What a decision at the filing rested on (R6): instants, ids, and of an audit the clicks it considered. */
export function factsOfFiling(door: Door, read: ClaimReads, claim: ClaimRow): Record<string, unknown> {
  const { state, log } = read;
  const policy = governingPolicy(state);
  const signed_up_at = state.account?.signed_up_at ?? door.now;
  const tracked = trackedOf(read)?.partner_id ?? null;
  const common = { filed_at: claim.filed_at, named_by: claim.named_by, tracked };
  if (claim.kind === 'claim') return { ...common, window_ends_at: windowEnd(signed_up_at, policy) };
  const first_purchase_at = firstPurchase(state.payments, door.now);
  const window_ends_at = auditWindowEnd({ signed_up_at, first_purchase_at, policy });
  return { ...common, first_purchase_at, window_ends_at, found: log?.found ?? null, considered: log?.considered ?? [] };
}
