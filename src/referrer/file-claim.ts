import { findMove } from '../account/family.repo.ts';
import type { AccountState } from '../account/state.rules.ts';
import { writeAccount, type Change, type Door, type Refusal, type Written } from '../account/write.ts';
import { dayOf, startOfDay } from '../calendar/zone.rules.ts';
import { holdIdOf } from '../hold/hold-id.ts';
import { openHolds } from '../hold/hold.repo.ts';
import { openedHold } from '../hold/hold.rules.ts';
import { posting } from '../ledger/post.repo.ts';
import { askClient } from '../mail/ask-client.ts';
import { tellLapse } from '../mail/letters.ts';
import { keepDocument } from '../people/people.repo.ts';
import { policyAt, type PolicyVersion } from '../policy/policy.rules.ts';
import { expectUnchanged, subjectOf, type Database, type Statement } from '../program/commit.repo.ts';
import {
  factsOfFiling,
  readForClaim,
  readLogFor,
  ruleOn,
  type ClaimContext,
  type ClaimInput,
  type ClaimReads,
} from './claim-reads.ts';
import { isOpenForPartner, type ClaimRecord } from './claim-view.rules.ts';
import {
  accountByAddress,
  countByAddress,
  insertClaim,
  insertOutcomes,
  lastByAddress,
  nothing,
  subjectOfClaim,
  type ClaimRow,
} from './claim.repo.ts';
import { rulingOf, windowEnd, type Ruling } from './claim.rules.ts';
import { outcomeOf, governingPolicy, settle, type Grounds } from './settle.ts';

/** R3: how many claims by address a partner may file in a day of the program. */
export const BY_ADDRESS_A_DAY = 20;

/** The statements of a write by address, the books' own included, are padded to this number: it tells nothing of the client. */
const EVEN_LENGTH = 24;

type Filed = Written<ClaimRecord> | Refusal<'not_found' | 'rate_limited' | 'conflict' | 'busy'>;

/**
 * Files a claim or an audit (R1–R5). By account: decided at once as far as it can be, the client is asked where it needs them. By address:
 * one and the same answer and the same work whether the address is a stranger's, a free client's, another's client's or the partner's own;
 * it is about the account that has the address now, and never about one that comes later. What the partner has open is not filed twice,
 * and what would be decided as it was the last time is answered with that decision.
 */
export async function fileClaim(context: ClaimContext, input: ClaimInput): Promise<Filed> {
  return 'email' in input.named
    ? fileByAddress(context, input, input.named.email)
    : fileByAccount(context, input, input.named.account_id);
}

/** An account that a trusted record opened, that is its own, and whose opening has come. */
function isOpened({ account }: AccountState, now: number): boolean {
  return account !== null && account.opened_by !== 'form' && account.joined_to === null && account.signed_up_at <= now;
}

/** Ends a write with what is on file already: no refusal, but nothing to write either. */
class OnFile {
  claim: ClaimRecord | null = null;
  found(claim: ClaimRecord): Refusal<'on_file'> {
    this.claim = claim;
    return { ok: false, reason: 'on_file' };
  }
}

async function answered(
  written: Promise<Written<ClaimRecord> | Refusal<'on_file' | 'not_found' | 'rate_limited' | 'conflict' | 'busy'>>,
  on_file: OnFile,
): Promise<Filed> {
  const done = await written;
  if (done.ok) return done;
  const { reason } = done;
  if (reason !== 'on_file') return { ok: false, reason };
  return on_file.claim ? { ok: true, first_time: false, answer: on_file.claim } : { ok: false, reason: 'busy' };
}

async function fileByAccount(context: ClaimContext, input: ClaimInput, named_id: string): Promise<Filed> {
  const { door } = context;
  const on_file = new OnFile();
  // What became part of another account is that other one.
  const account_id = (await findMove(door.books, named_id))?.into_account_id ?? named_id;
  const log = await readLogFor(context, input.kind, account_id);
  const request = { account_id, partner_ids: [input.partner_id, log?.found ?? input.partner_id] };
  return answered(
    writeAccount<ClaimRecord, 'on_file' | 'not_found' | 'busy'>(door, null, request, async (state) => {
      if (!isOpened(state, door.now)) return { ok: false, reason: 'not_found' };
      if (state.account_id !== account_id) return { ok: false, reason: 'busy' };
      const read = await readForClaim(context, input, state, log);
      const ruling = ruleOn(door, input, read);
      const own = read.claims.filter(
        (claim) =>
          claim.named_by === 'account_id' && claim.partner_id === input.partner_id && claim.kind === input.kind,
      );
      const open = own.find((claim) => isOpenForPartner(claim, door.now));
      if (open) return on_file.found(open);
      const last = own.at(-1);
      const final = ruling.outcome !== 'needs_client_confirmation' && ruling.outcome !== 'received';
      if (last && final && last.reason === ruling.reason) return on_file.found(last);
      const claim = claimRow(door, input, state, { account_id, match_hash: null, policy: governingPolicy(state) });
      return write(context, input, read, claim, ruling);
    }),
    on_file,
  );
}

async function fileByAddress(context: ClaimContext, input: ClaimInput, email: string): Promise<Filed> {
  const { door, hasher } = context;
  const { books, now } = door;
  const { partner_id, kind } = input;
  const match_hash = await hasher.match(email);
  const found = await accountByAddress(books, match_hash, now);
  const on_file = new OnFile();
  // No account can have this id, so what is read and guarded under it is what there is of a stranger: nothing.
  const account_id = found ?? `~${match_hash}`;
  const log = await readLogFor(context, kind, account_id);
  const partner_ids = [partner_id, log?.found ?? partner_id];
  const request = { account_id, partner_ids, subjects: [subjectOf('claim', partner_id)] };
  return answered(
    writeAccount<ClaimRecord, 'on_file' | 'rate_limited'>(door, null, request, async (state) => {
      const policy = policyAt(state.policy, now);
      const today = startOfDay(dayOf(now, policy.timezone), policy.timezone);
      const [last, filed] = [
        await lastByAddress(books, partner_id, kind, match_hash),
        await countByAddress(books, partner_id, today),
      ];
      const read = await readForClaim(context, input, state, log);
      if (last && isOpenForPartner(last, now)) return on_file.found(last);
      if (last?.reason === 'partner_not_active' && !read.partner_active) return on_file.found(last);
      if (filed >= BY_ADDRESS_A_DAY) return { ok: false, reason: 'rate_limited' };
      const claim = claimRow(door, input, state, { account_id: found, match_hash, policy });
      const ruling = ruleByAddress(door, input, read);
      const change = await write(context, input, read, claim, ruling);
      return { ...change, statements: evened(books, change, now) };
    }),
    on_file,
  );
}

/** By address a claim is decided once the client has answered; an audit at its filing, where there is an account. */
function ruleByAddress(door: Door, input: ClaimInput, read: ClaimReads): Ruling {
  if (!read.partner_active) return rulingOf('partner_not_active');
  if (input.kind === 'claim') return rulingOf('asked_client');
  return read.state.account ? ruleOn(door, input, read) : rulingOf('audit_received');
}

function claimRow(
  door: Door,
  input: ClaimInput,
  state: AccountState,
  about: Pick<ClaimRow, 'account_id' | 'match_hash'> & { policy: PolicyVersion },
): ClaimRow {
  const { account_id, match_hash, policy } = about;
  return {
    claim_id: `clm_${crypto.randomUUID().replaceAll('-', '')}`,
    partner_id: input.partner_id,
    kind: input.kind,
    named_by: match_hash === null ? 'account_id' : 'account_email',
    account_id,
    match_hash,
    filed_at: door.now,
    // By address under the version in force now, whatever the account's own: when a claim lapses tells nothing of the client.
    expires_at: windowEnd(door.now, { ...policy, timezone: state.policy[0].timezone }),
    policy_version: policy.version,
    recorded_at: door.now,
  };
}

/** The write of a claim that has been ruled on. */
async function write(
  context: ClaimContext,
  input: ClaimInput,
  read: ClaimReads,
  claim: ClaimRow,
  ruling: Ruling,
): Promise<Change<ClaimRecord>> {
  const { door, hasher } = context;
  const { books, now } = door;
  const by_address = claim.named_by === 'account_email';
  const open = ruling.outcome === 'needs_client_confirmation' || ruling.outcome === 'received';
  const statements = [insertClaim(books, claim), ...noteStatements(books, claim, input.note, now)];
  const asks = ruling.reason !== 'partner_not_active' && (open ? claim.kind === 'claim' || by_address : by_address);
  if (asks) statements.push(...(await questionStatements(context, read, claim)));
  if (asks && claim.kind === 'claim') statements.push(tellLapse(books, claim, now));
  const filed = { claim_id: claim.claim_id, partner_id: claim.partner_id, kind: claim.kind, n: 0 };
  // A stranger has no account to decide about, and a claim that waits for the client has not been decided.
  if (open || read.state.account === null) {
    const outcome = outcomeOf(door, filed, ruling, null);
    statements.push(insertOutcomes(books, [outcome]));
    if (ruling.reason === 'audit_waits') statements.push(...(await findingStatements(door, read, claim)));
    return { ok: true, after: read.state, statements, answer: () => recordOf(claim, outcome, asks) };
  }
  const grounds: Grounds = {
    told: !by_address || ruling.reason === 'partner_not_active',
    facts: factsOfFiling(door, read, claim),
  };
  if (ruling.outcome === 'corrected' && read.log?.found != null) {
    grounds.referrer = read.log.found;
    if (read.verdict) grounds.verdict = read.verdict;
  }
  const settled = await settle(door, hasher, read, filed, ruling, grounds);
  statements.push(...settled.statements);
  return { ok: true, after: settled.after, statements, answer: () => recordOf(claim, settled.outcome, asks) };
}

function noteStatements(books: Database, claim: ClaimRow, note: string | null, now: number): Statement[] {
  if (note === null) return [];
  const document_id = `doc_${crypto.randomUUID().replaceAll('-', '')}`;
  const subject = subjectOfClaim(claim.claim_id);
  return [keepDocument(books, { document_id, subject, kind: 'note', body: note, recorded_at: now })];
}

/** The question to the client (R3). Who has said *no* to this partner, or has no address, is not written to; a stranger is not asked. */
async function questionStatements(context: ClaimContext, read: ClaimReads, claim: ClaimRow): Promise<Statement[]> {
  const { door, hasher } = context;
  const question = await askClient(door.books, hasher, {
    purpose: 'claim',
    subject_id: claim.claim_id,
    account_id: read.state.account_id,
    partner_id: claim.partner_id,
    person_id: read.person_id ?? '',
    now: door.now,
    expires_at: claim.expires_at,
    last_asked_at: read.last_asked_at,
  });
  if (read.state.account === null) return [];
  // The first statement keeps the question, by which support may still record an answer; the others write to the client.
  return read.said_no || read.person_id === null ? question.slice(0, 1) : question;
}

/** R4, `audit_correction = operator`: a finding waits as a hold, which holds no lines. */
async function findingStatements(door: Door, { state, log }: ClaimReads, claim: ClaimRow): Promise<Statement[]> {
  const { account_id } = state;
  const partner_id = log?.found ?? null;
  const facts = {
    claim_id: claim.claim_id,
    asked_by: `partner:${claim.partner_id}`,
    considered: log?.considered ?? [],
  };
  const hold_id = await holdIdOf(['audit_finding', claim.claim_id]);
  return [openHolds(door.books, [openedHold('audit_finding', hold_id, { account_id, partner_id }, facts, door.now)])];
}

function recordOf(
  claim: ClaimRow,
  outcome: Pick<ClaimRecord, 'n' | 'at' | 'by' | 'decision_id' | 'earns_from'> & {
    outcome: string;
    clause: string;
    reason: string;
  },
  asked: boolean,
): ClaimRecord {
  const { recorded_at: _, ...filed } = claim;
  const ruled = outcome as Pick<
    ClaimRecord,
    'n' | 'at' | 'by' | 'decision_id' | 'earns_from' | 'outcome' | 'clause' | 'reason'
  >;
  return { ...filed, ...ruled, asked, answer: null, answered_at: null, answered_by: null };
}

/** The statements of a change by address, with as many that write nothing as make every such write equally long. */
function evened(books: Database, change: Change<ClaimRecord>, now: number): Statement[] {
  const { after } = change;
  // The books' own statements rest on the partner's facts only where there is an account.
  const rests = after.account === null ? [expectUnchanged(books, after.partner_guards)] : [];
  const own = [...change.statements, ...rests];
  const missing = EVEN_LENGTH - own.length - posting(books, after, now).statements.length;
  return [...own, ...Array.from({ length: Math.max(0, missing) }, () => nothing(books))];
}
