import { and, asc, eq, getTableColumns, gt, lte, sql, type SQL } from 'drizzle-orm';

import { payouts } from '../payout/payout.schema.ts';
import { commit, expectThat, insertRows, type Database } from '../program/commit.repo.ts';
import { bookLine, type SinceBounds } from './balance.repo.ts';
import type { BookLine } from './balance.rules.ts';
import { NO_CLOSE, type CloseBalances, type CloseCut, type PaidLine, type TouchedPayment } from './close.rules.ts';
import { closeBalances, closeRuns, closes, lines } from './ledger.schema.ts';
import { portions } from './post.repo.ts';

/** A close as it is kept. */
export type CloseRow = typeof closes.$inferSelect;

/** The latest close before a pay day. One query. */
export async function formerClose(db: Database, pay_date: string): Promise<CloseRow | null> {
  const [row] = await db
    .select()
    .from(closes)
    .where(sql`${closes.pay_date} < ${pay_date}`)
    .orderBy(sql`${closes.pay_date} DESC`)
    .limit(1);
  return row ?? null;
}

/** A line as the chain hashes it: without the mark of its payout, which comes later. */
const { payout_id: _mark, ...chainedLine } = getTableColumns(lines);

/** The next lines in the booking order, up to a cut. One query. */
export async function linesAfter(db: Database, after: number, through: number, limit: number) {
  return db
    .select(chainedLine)
    .from(lines)
    .where(and(gt(lines.seq, after), lte(lines.seq, through)))
    .orderBy(asc(lines.seq))
    .limit(limit);
}

/** A partner's latest balances with the close that they are of. */
export interface FormerBalances {
  partner_id: string;
  cut: CloseCut;
  balances: CloseBalances;
}

const cutColumns = {
  pay_date: closes.pay_date,
  line_seq: closes.line_seq,
  transfer_seq: closes.transfer_seq,
  at: closes.at,
};

/** The latest balances of partners from closes before a pay day; those without any are left out. Two queries. */
export async function formerBalances(
  db: Database,
  partner_ids: readonly string[],
  pay_date: string,
): Promise<FormerBalances[]> {
  // One row a partner, whatever came before it.
  const latest = sql`SELECT json_array(c.pay_date, json(c.balances)) FROM close_balances AS c
    WHERE c.partner_id = ids.value AND c.pay_date < ${pay_date} ORDER BY c.pay_date DESC LIMIT 1`;
  const rows = await db.all<{ partner_id: string; latest: string | null }>(
    sql`SELECT ids.value AS partner_id, (${latest}) AS latest FROM json_each(${JSON.stringify(partner_ids)}) AS ids`,
  );
  const found = rows.flatMap(({ partner_id, latest: text }) => {
    if (text === null) return [];
    const [of, balances] = JSON.parse(text) as [string, CloseBalances];
    return [{ partner_id, of, balances }];
  });
  const days = JSON.stringify([...new Set(found.map(({ of }) => of))]);
  const cuts = await db
    .select(cutColumns)
    .from(closes)
    .where(sql`${closes.pay_date} IN (SELECT value FROM json_each(${days}))`);
  const cutOf = new Map(cuts.map((cut) => [cut.pay_date, cut]));
  return found.flatMap(({ partner_id, of, balances }) => {
    const cut = cutOf.get(of);
    return cut ? [{ partner_id, cut, balances }] : [];
  });
}

/** Lines by their place in the booking order, with their partners. One query. */
export async function linesBySeq(
  db: Database,
  seqs: readonly number[],
): Promise<(BookLine & { partner_id: string })[]> {
  return db
    .select({ ...bookLine, partner_id: lines.partner_id })
    .from(sql`json_each(${JSON.stringify(seqs)}) AS seqs`)
    .crossJoin(lines)
    .where(sql`${lines.seq} = seqs.value`);
}

/** All lines of payments in their partners' books, with the pay days of their payouts. One query. */
export async function linesOfPayments(
  db: Database,
  touched: readonly TouchedPayment[],
): Promise<(PaidLine & { partner_id: string })[]> {
  return db
    .select({ ...bookLine, partner_id: lines.partner_id, paid_on: payouts.pay_date })
    .from(sql`json_each(${JSON.stringify(touched)}) AS it`)
    .crossJoin(lines)
    .leftJoin(payouts, eq(payouts.payout_id, lines.payout_id))
    .where(
      sql`${lines.account_id} = it.value ->> '$.account_id' AND ${lines.payment_id} = it.value ->> '$.payment_id'
        AND ${lines.partner_id} = it.value ->> '$.partner_id'`,
    );
}

/** How far a close that is being taken has come: the chain's hash, and the partner that balances are kept up to. One query. */
export async function closeProgress(db: Database, pay_date: string): Promise<{ hash: string; through: string } | null> {
  const [row] = await db.select().from(closeRuns).where(eq(closeRuns.pay_date, pay_date));
  return row ?? null;
}

type BalancesRow = typeof closeBalances.$inferInsert;

/** Partners' balances at a close as they are kept, in portions of one parameter each. */
export function keptBalances(
  pay_date: string,
  rows: readonly { partner_id: string; balances: CloseBalances }[],
): BalancesRow[][] {
  return portions(
    rows.map(({ partner_id, balances }) => ({ partner_id, pay_date, balances: JSON.stringify(balances) })),
  );
}

/**
 * Keeps partners' balances of a close that is being taken, and how far it has come; those kept before by a run that did not finish are the
 * same. A query for each portion, and one.
 */
export async function keepBalances(
  db: Database,
  run: typeof closeRuns.$inferSelect,
  parts: readonly (readonly BalancesRow[])[],
): Promise<void> {
  const { hash, through } = run;
  await commit(
    db,
    [],
    [
      ...parts.map((part) => insertRows(db, closeBalances, part, 'ignore')),
      db.insert(closeRuns).values(run).onConflictDoUpdate({ target: closeRuns.pay_date, set: { hash, through } }),
    ],
  );
}

/** Ends a close: from here on it counts. A conflict where another run has ended it. Three queries. */
export async function keepClose(db: Database, row: CloseRow): Promise<'committed' | 'conflict'> {
  const missing = sql`NOT EXISTS (SELECT 1 FROM closes WHERE pay_date = ${row.pay_date})`;
  return commit(
    db,
    [],
    [
      expectThat(db, missing),
      db.insert(closes).values(row),
      db.delete(closeRuns).where(eq(closeRuns.pay_date, row.pay_date)),
    ],
  );
}

/** The statement that reads a partner's latest close and balances; give its rows to `balancesOf`. */
export function latestBalancesQuery(db: Database, partner_id: string) {
  // Only what has ended counts: balances of a close that is being taken have no row in closes yet.
  return db
    .select({ balances: closeBalances.balances, ...cutColumns })
    .from(closeBalances)
    .innerJoin(closes, eq(closes.pay_date, closeBalances.pay_date))
    .where(eq(closeBalances.partner_id, partner_id))
    .orderBy(sql`${closeBalances.pay_date} DESC`)
    .limit(1);
}

/** A partner's latest close and balances out of the row read; the beginning of time where there is none. */
export function balancesOf(
  rows: readonly (CloseCut & { balances: string })[],
): { cut: CloseCut; balances: CloseBalances } | { cut: CloseCut; balances: null } {
  const [row] = rows;
  if (!row) return { cut: NO_CLOSE, balances: null };
  const { balances, ...cut } = row;
  return { cut, balances: JSON.parse(balances) as CloseBalances };
}

/** A partner's latest close and balances; the beginning of time where there is none. One query. */
export async function latestBalances(db: Database, partner_id: string) {
  return balancesOf(await latestBalancesQuery(db, partner_id));
}

/**
 * Where a partner's latest close stands, asked within the statements that read what came since: one round trip reads both. `pay_date` is
 * that of the latest close of all, which every freeze since is after.
 */
export function latestCut(partner_id: string): SinceBounds {
  const own = (column: SQL) =>
    sql`(SELECT ${column} FROM close_balances AS b JOIN closes AS c ON c.pay_date = b.pay_date
      WHERE b.partner_id = ${partner_id} ORDER BY b.pay_date DESC LIMIT 1)`;
  return {
    partner_id,
    line_seq: sql`coalesce(${own(sql`c.line_seq`)}, 0)`,
    transfer_seq: sql`coalesce(${own(sql`c.transfer_seq`)}, 0)`,
    at: sql`coalesce(${own(sql`c.at`)}, 0)`,
    later: sql`coalesce(${own(sql`b.balances ->> '$.later'`)}, '[]')`,
    frozen_after: sql`coalesce((SELECT max(c.pay_date) FROM closes AS c), '')`,
  };
}

/** The statement that reads all lines of the payments that forfeits since a close touch, of those that count at an instant. */
export function touchedQuery(db: Database, partner_id: string, as_of: number) {
  // From the first line that the close left for later on, if any; a payment whose forfeits the close covers adds nothing. Forfeits are few
  // and have an index of their own: no other line is looked at again.
  const after = sql`coalesce((SELECT min(c.line_seq, coalesce((SELECT min(value) - 1 FROM json_each(b.balances, '$.later')), c.line_seq))
    FROM close_balances AS b JOIN closes AS c ON c.pay_date = b.pay_date WHERE b.partner_id = ${partner_id} ORDER BY b.pay_date DESC LIMIT 1), 0)`;
  const touched = sql`(SELECT DISTINCT f.account_id, f.payment_id FROM ${lines} AS f INDEXED BY lines_forfeits WHERE f.partner_id = ${partner_id}
    AND f.kind IN ('forfeit', 'reactivation') AND f.seq > ${after} AND f.at <= ${as_of} AND f.account_id IS NOT NULL AND f.payment_id IS NOT NULL)`;
  return db
    .select({ ...bookLine, paid_on: payouts.pay_date })
    .from(sql`${touched} AS it`)
    .crossJoin(lines)
    .leftJoin(payouts, eq(payouts.payout_id, lines.payout_id))
    .where(
      sql`${lines.account_id} = it.account_id AND ${lines.payment_id} = it.payment_id AND ${lines.partner_id} = ${partner_id}`,
    );
}
