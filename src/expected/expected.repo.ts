import { and, asc, count, desc, eq, gt, gte, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import { people } from '../people/people.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { expectedClients, expectedLists } from './expected.schema.ts';
import type { ExpectedBy, Received, RowEvidence, Verdict } from './list.rules.ts';

export type ListRow = typeof expectedLists.$inferSelect;

/** Rows of one parameter: a statement's parameter ends at 2 MB. */
const ROWS_A_STATEMENT = 5000;

/** The statement that keeps a list. */
export function insertList(db: Database, row: ListRow): Statement {
  return insertRows(db, expectedLists, [row]);
}

/** The statements that keep a list's rows. */
export function insertClients(db: Database, rows: readonly (typeof expectedClients.$inferInsert)[]): Statement[] {
  const statements: Statement[] = [];
  for (let i = 0; i < rows.length; i += ROWS_A_STATEMENT)
    statements.push(insertRows(db, expectedClients, rows.slice(i, i + ROWS_A_STATEMENT)));
  return statements;
}

/** How many lists a partner has handed in since an instant. */
export async function listsSince(db: Database, partner_id: string, since_at: number): Promise<number> {
  const [row] = await db
    .select({ lists: count() })
    .from(expectedLists)
    .where(and(eq(expectedLists.partner_id, partner_id), gte(expectedLists.received_at, since_at)));
  return row?.lists ?? 0;
}

/** One list, without its rows. */
export async function findList(db: Database, list_id: string): Promise<ListRow | null> {
  const [row] = await db.select().from(expectedLists).where(eq(expectedLists.list_id, list_id));
  return row ?? null;
}

/** What the partner was told of each row. */
export async function rowsAsReceived(db: Database, list_id: string): Promise<{ row: number; received: Received }[]> {
  return db
    .select({ row: expectedClients.row, received: expectedClients.received })
    .from(expectedClients)
    .where(eq(expectedClients.list_id, list_id))
    .orderBy(asc(expectedClients.row));
}

/** Lists, the newest first; of one partner, or those that wait or are accepted, where asked for. Reads `limit` rows. */
export async function pageOfLists(
  db: Database,
  query: {
    partner_id: string | null;
    status: 'waiting' | 'accepted' | undefined;
    before: { received_at: number; list_id: string } | null;
    limit: number;
  },
): Promise<ListRow[]> {
  const { partner_id, status, before, limit } = query;
  const conditions: SQL[] = [];
  if (partner_id !== null) conditions.push(eq(expectedLists.partner_id, partner_id));
  if (status === 'waiting') conditions.push(isNull(expectedLists.accepted_at));
  if (status === 'accepted') conditions.push(isNotNull(expectedLists.accepted_at));
  if (before !== null)
    conditions.push(
      sql`(${expectedLists.received_at}, ${expectedLists.list_id}) < (${before.received_at}, ${before.list_id})`,
    );
  return db
    .select()
    .from(expectedLists)
    .where(and(...conditions))
    .orderBy(desc(expectedLists.received_at), desc(expectedLists.list_id))
    .limit(limit);
}

/** Rows of a list with whom they name, from behind a row on. Reads `limit` rows. */
export async function pageOfClients(db: Database, list_id: string, after: number, limit: number) {
  return db
    .select({
      row: expectedClients.row,
      received: expectedClients.received,
      email: people.email,
      name: people.name,
      company: people.company,
    })
    .from(expectedClients)
    .leftJoin(people, eq(people.person_id, expectedClients.person_id))
    .where(and(eq(expectedClients.list_id, list_id), gt(expectedClients.row, after)))
    .orderBy(asc(expectedClients.row))
    .limit(limit);
}

/** The verdicts that were kept when a list was accepted, by row. */
export async function keptVerdicts(db: Database, list_id: string): Promise<Map<number, Verdict>> {
  const rows = await db
    .select({ row: expectedClients.row, verdict: expectedClients.verdict })
    .from(expectedClients)
    .where(and(eq(expectedClients.list_id, list_id), isNotNull(expectedClients.verdict)));
  return new Map(rows.flatMap(({ row, verdict }) => (verdict === null ? [] : [[row, verdict] as const])));
}

/** What is known of a received row's address, and who else has listed it before and waits. */
export type RowFacts = Omit<RowEvidence, 'own'> & { row: number; match_hash: string; earlier_list_id: string | null };

/** What the books know at an instant of all received rows of a list. One query. */
export async function factsOfRows(db: Database, list: ListRow, now: number): Promise<RowFacts[]> {
  const { list_id, partner_id, received_at } = list;
  const owners = sql`FROM ${people} AS p JOIN ${accountPeople} AS ap ON ap.person_id = p.person_id AND ap.role = 'admin'
      JOIN ${accounts} AS a ON a.account_id = ap.account_id AND a.opened_by <> 'form' WHERE p.match_hash = c.match_hash`;
  const referrer = sql`(SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id = a.account_id AND d.sets_referrer = 1 ORDER BY d.n DESC LIMIT 1)`;
  const others = sql`FROM ${expectedClients} AS o JOIN ${expectedLists} AS l ON l.list_id = o.list_id
      WHERE o.match_hash = c.match_hash AND l.partner_id <> ${partner_id}`;
  const rows = await db.all<{
    row: number;
    match_hash: string;
    existing: number;
    tracked_elsewhere: number;
    listed_elsewhere: number;
    earlier_list_id: string | null;
  }>(sql`SELECT c.row, c.match_hash,
      EXISTS (SELECT 1 ${owners}) AS existing,
      EXISTS (SELECT 1 ${owners} AND ${referrer} <> ${partner_id}) AS tracked_elsewhere,
      EXISTS (SELECT 1 ${others} AND o.verdict = 'accepted' AND l.accepted_until >= ${now}) AS listed_elsewhere,
      (SELECT l.list_id ${others} AND l.accepted_at IS NULL AND (l.received_at, l.list_id) < (${received_at}, ${list_id})
        ORDER BY l.received_at, l.list_id LIMIT 1) AS earlier_list_id
    FROM ${expectedClients} AS c WHERE c.list_id = ${list_id} AND c.received = 'received' ORDER BY c.row`);
  return rows.map((row) => ({
    row: row.row,
    match_hash: row.match_hash,
    existing: row.existing === 1,
    tracked_elsewhere: row.tracked_elsewhere === 1,
    listed_elsewhere: row.listed_elsewhere === 1,
    earlier_list_id: row.earlier_list_id,
  }));
}

/** The statements that accept a list: the verdicts of its rows, and from when until when they count. */
export function acceptStatements(
  db: Database,
  list_id: string,
  verdicts: ReadonlyMap<number, Verdict>,
  accepted: { at: number; until: number; by: string; reason: string },
): Statement[] {
  // One a verdict: a set of rows is looked up, where pairs of row and verdict would be read through for each row.
  const rowsOf = Map.groupBy(verdicts, ([, verdict]) => verdict);
  const kept = [...rowsOf].map(([verdict, pairs]) =>
    db
      .update(expectedClients)
      .set({ verdict })
      .where(
        and(
          eq(expectedClients.list_id, list_id),
          sql`${expectedClients.row} IN (SELECT value FROM json_each(${JSON.stringify(pairs.map(([row]) => row))}))`,
        ),
      ),
  );
  return [
    ...kept,
    db
      .update(expectedLists)
      .set({
        accepted_at: accepted.at,
        accepted_until: accepted.until,
        accepted_by: accepted.by,
        reason: accepted.reason,
      })
      .where(eq(expectedLists.list_id, list_id)),
  ];
}

/** Whose accepted rows count for an address (a keyed hash) at an instant, in the order of acceptance. */
export async function acceptedRows(db: Database, match_hash: string, at: number): Promise<ExpectedBy[]> {
  return db
    .select({ partner_id: expectedLists.partner_id, list_id: expectedLists.list_id })
    .from(expectedClients)
    .innerJoin(expectedLists, eq(expectedLists.list_id, expectedClients.list_id))
    .where(
      and(
        eq(expectedClients.match_hash, match_hash),
        eq(expectedClients.verdict, 'accepted'),
        sql`${expectedLists.accepted_at} <= ${at} AND ${expectedLists.accepted_until} >= ${at}`,
      ),
    )
    .orderBy(asc(expectedLists.accepted_at), asc(expectedLists.list_id));
}
