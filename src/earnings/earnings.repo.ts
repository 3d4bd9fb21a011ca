import { sql, type SQL } from 'drizzle-orm';

import { decisions } from '../account/account.schema.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { heldKind, isHeld } from '../payout/claim.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import type { OpenFirsts, OpenSum } from './earnings.rules.ts';

/**
 * When the first of a partner's open lines becomes payable that counts at an instant and is not held: of those payable from `from` on, and
 * of those payable after the instant too. Each is one seek, however many lines there are. One query.
 */
export async function readOpenFirsts(
  db: Database,
  partner_id: string,
  from: number,
  as_of: number,
): Promise<OpenFirsts> {
  const open = sql`FROM ${lines} AS l INDEXED BY lines_open WHERE l.partner_id = ${partner_id} AND l.payout_id IS NULL AND l.at <= ${as_of}`;
  const first = (
    since: number,
  ): SQL => sql`(SELECT l.payable_at ${open} AND l.payable_at >= ${since} AND NOT ${isHeld(as_of)}
    ORDER BY l.payable_at LIMIT 1)`;
  const [row] = await db.all<{ first: number | null; unvested: number | null; any: number }>(
    sql`SELECT ${first(from)} AS first, ${first(Math.max(from, as_of + 1))} AS unvested, EXISTS (SELECT 1 ${open}) AS any`,
  );
  return { first: row?.first ?? null, unvested: row?.unvested ?? null, any: row?.any === 1 };
}

/** What is open of a partner's lines at the present, summed by the instant it becomes payable and by what holds it. Reads each of them. */
export async function readOpenSums(db: Database, partner_id: string, at: number): Promise<OpenSum[]> {
  return db.all<OpenSum>(sql`SELECT payable_at, held, sum(amount) AS amount FROM (
      SELECT l.payable_at, l.amount, ${heldKind(at)} AS held FROM ${lines} AS l INDEXED BY lines_open
      WHERE l.partner_id = ${partner_id} AND l.payout_id IS NULL AND l.at <= ${at})
    GROUP BY payable_at, held ORDER BY payable_at`);
}

/** The statement that tells whether an account is, or was, tracked to a partner: one row, `referred` 1 or 0. */
export function hasReferredQuery(db: Database, partner_id: string) {
  return db
    .select({
      referred: sql<number>`EXISTS (SELECT 1 FROM ${decisions} AS d WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1)`,
    })
    .from(sql`(SELECT 1) AS one`);
}

/** Whether an account is, or was, tracked to a partner. */
export async function hasReferred(db: Database, partner_id: string): Promise<boolean> {
  const [row] = await hasReferredQuery(db, partner_id);
  return row?.referred === 1;
}

/** Written out, not bound: a bound number is a REAL, which would not divide by whole quarters. */
const QUARTER = sql.raw('900000');
const QUARTER_MS = 900_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * The statement that reads what `readOpenFirsts` does before the week of the next pay day is known, so that one round trip reads both: of a
 * partner's open lines that count and are not held, the first of each quarter of an hour about the end of that week, the first after it, and
 * the first after `as_of`. The week ends seven days after that of the latest batch, an hour or two more or less where clocks change, and some
 * day about now before the first batch. Give its rows to `openFirstsOf`. Each row is one seek, however many lines there are.
 */
export function openEdgesQuery(db: Database, partner_id: string, as_of: number) {
  const open = sql`FROM ${lines} AS l INDEXED BY lines_open WHERE l.partner_id = ${partner_id} AND l.payout_id IS NULL AND l.at <= ${as_of}`;
  const first = (
    since: SQL,
  ): SQL => sql`(SELECT l.payable_at ${open} AND l.payable_at >= ${since} AND NOT ${isHeld(as_of)}
    ORDER BY l.payable_at LIMIT 1)`;
  const ended = sql`(SELECT b.week_ends_at FROM batches AS b WHERE b.frozen_at <= ${as_of} ORDER BY b.pay_date DESC LIMIT 1)`;
  const from_at = sql`coalesce(${ended} + ${7 * DAY_MS - 2 * HOUR_MS}, ${as_of - (as_of % QUARTER_MS) - 8 * DAY_MS})`;
  const to_at = sql`coalesce(${ended} + ${7 * DAY_MS + 2 * HOUR_MS}, ${as_of + 15 * DAY_MS})`;
  const next = sql`(firsts.payable_at / ${QUARTER} + 1) * ${QUARTER}`;
  return db
    .select({
      from_at: sql<number>`edge.from_at`,
      to_at: sql<number>`edge.to_at`,
      firsts: sql<string>`(WITH RECURSIVE firsts (payable_at) AS (SELECT ${first(sql`edge.from_at`)}
        UNION ALL SELECT ${first(next)} FROM firsts WHERE firsts.payable_at < edge.to_at)
        SELECT json_group_array(firsts.payable_at) FROM firsts WHERE firsts.payable_at IS NOT NULL)`,
      unvested: sql<number | null>`${first(sql`${as_of + 1}`)}`,
      any: sql<number>`EXISTS (SELECT 1 ${open})`,
    })
    .from(sql`(SELECT ${from_at} AS from_at, ${to_at} AS to_at) AS edge`);
}

/** A row of `openEdgesQuery`. */
export interface OpenEdges {
  from_at: number;
  to_at: number;
  firsts: string;
  unvested: number | null;
  any: number;
}

/** What `readOpenFirsts` says of the lines payable from `from` on; null where that is not about where the edges were looked for. */
export function openFirstsOf(edges: OpenEdges, from: number, as_of: number): OpenFirsts | null {
  if (from < edges.from_at || from > edges.to_at) return null;
  const firsts: number[] = JSON.parse(edges.firsts);
  const first = firsts.find((payable_at) => payable_at >= from) ?? null;
  return { first, unvested: as_of >= from ? edges.unvested : first, any: edges.any === 1 };
}
