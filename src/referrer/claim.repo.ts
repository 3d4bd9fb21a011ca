import { eq, sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import { membersOf } from '../account/family.repo.ts';
import { holds } from '../hold/hold.schema.ts';
import { documents, people } from '../people/people.schema.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { ClaimRecord } from './claim-view.rules.ts';
import { claimOutcomes, claims, confirmations } from './claim.schema.ts';

export type ClaimRow = typeof claims.$inferSelect;
export type OutcomeRow = typeof claimOutcomes.$inferSelect;

/** The statement that keeps what a partner filed. */
export function insertClaim(db: Database, row: ClaimRow): Statement {
  return insertRows(db, claims, [row]);
}

/** The statement that says what became of claims. */
export function insertOutcomes(db: Database, rows: readonly OutcomeRow[]): Statement {
  return insertRows(db, claimOutcomes, rows);
}

/** A statement of a write that writes nothing: it makes two batches equally long. */
export function nothing(db: Database): Statement {
  return expectThat(db, sql`1 = 1`);
}

function records(where: SQL): SQL {
  return sql`SELECT c.claim_id, c.partner_id, c.kind, c.named_by, c.account_id, c.match_hash, c.filed_at, c.expires_at, c.policy_version,
      o.n, o.outcome, o.clause, o.reason, o.at, o."by", o.decision_id, o.earns_from,
      q.confirmation_id IS NOT NULL AS asked, q.answer, q.answered_at, q.answered_by
    FROM ${claims} AS c
    JOIN ${claimOutcomes} AS o ON o.claim_id = c.claim_id AND o.n = (SELECT max(l.n) FROM ${claimOutcomes} AS l WHERE l.claim_id = c.claim_id)
    LEFT JOIN ${confirmations} AS q ON q.subject_id = c.claim_id AND q.purpose = 'claim'
    WHERE ${where}`;
}

async function readRecords(db: Database, query: SQL): Promise<ClaimRecord[]> {
  const rows = await db.all<Omit<ClaimRecord, 'asked'> & { asked: number }>(query);
  return rows.map((row) => ({ ...row, asked: row.asked === 1 }));
}

/** One claim as it stands. */
export async function findClaim(db: Database, claim_id: string): Promise<ClaimRecord | null> {
  const [row] = await readRecords(db, records(sql`c.claim_id = ${claim_id}`));
  return row ?? null;
}

/** All claims about an account as they stand, oldest first. */
export async function claimsOfAccount(db: Database, account_id: string): Promise<ClaimRecord[]> {
  return readRecords(db, sql`${records(sql`c.account_id = ${account_id}`)} ORDER BY c.filed_at, c.claim_id`);
}

/** The last claim of a kind that a partner filed by an address. */
export async function lastByAddress(
  db: Database,
  partner_id: string,
  kind: ClaimRow['kind'],
  match_hash: string,
): Promise<ClaimRecord | null> {
  const own = sql`c.match_hash = ${match_hash} AND c.partner_id = ${partner_id} AND c.kind = ${kind}`;
  const [row] = await readRecords(db, sql`${records(own)} ORDER BY c.filed_at DESC, c.claim_id DESC LIMIT 1`);
  return row ?? null;
}

/** How many claims by address a partner has filed since an instant (R3). */
export async function countByAddress(db: Database, partner_id: string, from_at: number): Promise<number> {
  const [row] = await db.all<{ filed: number }>(
    sql`SELECT count(*) AS filed FROM ${claims} WHERE partner_id = ${partner_id} AND filed_at >= ${from_at} AND named_by = 'account_email'`,
  );
  return row?.filed ?? 0;
}

/** Partners to whom the client of an account, or of one that is part of it now, has said *no*, of a claim or of a form joined by address (R3). */
export async function partnersRefused(db: Database, account_id: string): Promise<string[]> {
  const rows = await db.all<{ partner_id: string }>(
    sql`SELECT DISTINCT partner_id FROM ${confirmations} WHERE account_id IN ${membersOf(account_id)} AND answer = 'no'`,
  );
  return rows.map((row) => row.partner_id);
}

/** When an account was opened, and under which version; null where there is none. */
export async function openingOf(
  db: Database,
  account_id: string,
): Promise<{ signed_up_at: number; policy_version: number } | null> {
  const [row] = await db
    .select({ signed_up_at: accounts.signed_up_at, policy_version: accounts.policy_version })
    .from(accounts)
    .where(eq(accounts.account_id, account_id));
  return row ?? null;
}

/** The condition under which somebody is tracked as an account's referrer by more than a form of the same address. */
function isTracked(account: SQL): SQL {
  return sql`EXISTS (SELECT 1 FROM ${decisions} AS d WHERE d.account_id = ${account} AND d.sets_referrer = 1 AND d.partner_id IS NOT NULL
      AND d.n = (SELECT max(l.n) FROM ${decisions} AS l WHERE l.account_id = ${account} AND l.sets_referrer = 1))
    AND NOT EXISTS (SELECT 1 FROM ${holds} AS h WHERE h.account_id = ${account} AND h.kind = 'form_join' AND h.decision IS NULL)`;
}

/**
 * The account that an address stands for: of those opened by a trusted record whose admin has it now, the latest opened that nobody is
 * tracked for, else the latest opened. A form's own account is none. Null: no account has it.
 */
export async function accountByAddress(db: Database, match_hash: string, now: number): Promise<string | null> {
  const [row] = await db.all<{ account_id: string }>(sql`SELECT a.account_id FROM ${people} AS p
    JOIN ${accountPeople} AS ap ON ap.person_id = p.person_id AND ap.role = 'admin' AND ap.until_at IS NULL
    JOIN ${accounts} AS a ON a.account_id = ap.account_id
    WHERE p.match_hash = ${match_hash} AND a.opened_by <> 'form' AND a.joined_to IS NULL AND a.signed_up_at <= ${now}
    ORDER BY ${isTracked(sql`a.account_id`)}, a.signed_up_at DESC, a.account_id LIMIT 1`);
  return row?.account_id ?? null;
}

/** What a list of claims asks for; absent: all. */
export interface ClaimQuery {
  partner_id?: string | undefined;
  account_id?: string | undefined;
  kind?: ClaimRow['kind'] | undefined;
  /** Only those that wait for the client, or for an operator, at this instant. */
  open_at?: number | undefined;
  before: { filed_at: number; claim_id: string } | null;
  limit: number;
}

/** Claims, the latest filed first, each with its note. One row more than `limit` tells that there are more. */
export async function listClaims(
  db: Database,
  query: ClaimQuery,
): Promise<(ClaimRecord & { note: string | null; evidence: string | null })[]> {
  const { before } = query;
  const where = [
    query.partner_id === undefined ? null : sql`c.partner_id = ${query.partner_id}`,
    query.account_id === undefined ? null : sql`c.account_id = ${query.account_id}`,
    query.kind === undefined ? null : sql`c.kind = ${query.kind}`,
    query.open_at === undefined
      ? null
      : sql`((o.outcome = 'needs_client_confirmation' AND q.answer IS NULL AND c.expires_at >= ${query.open_at}) OR o.reason = 'audit_waits')`,
    before === null ? null : sql`(c.filed_at, c.claim_id) < (${before.filed_at}, ${before.claim_id})`,
  ].filter((condition) => condition !== null);
  const condition = where.length === 0 ? sql`1 = 1` : sql.join(where, sql` AND `);
  const rows = await readRecords(
    db,
    sql`${records(condition)} ORDER BY c.filed_at DESC, c.claim_id DESC LIMIT ${query.limit + 1}`,
  );
  const texts = await textsOf(db, rows);
  const textOf = (claim_id: string, kind: string) =>
    texts.find((text) => text.subject === subjectOfClaim(claim_id) && text.kind === kind)?.body ?? null;
  return rows.map((row) => ({
    ...row,
    note: textOf(row.claim_id, 'note'),
    evidence: textOf(row.claim_id, 'evidence'),
  }));
}

/** Under what subject a claim's note and evidence are kept among the documents. */
export function subjectOfClaim(claim_id: string): string {
  return `claim:${claim_id}`;
}

async function textsOf(db: Database, rows: readonly { claim_id: string }[]) {
  const subjects = JSON.stringify(rows.map((row) => subjectOfClaim(row.claim_id)));
  return db
    .select({ subject: documents.subject, kind: documents.kind, body: documents.body })
    .from(documents)
    .where(sql`${documents.subject} IN (SELECT value FROM json_each(${subjects}))`);
}
