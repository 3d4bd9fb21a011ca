import { and, asc, eq, getTableColumns, gt, lte, sql } from 'drizzle-orm';

import { payouts } from '../payout/payout.schema.ts';
import { commit, expectThat, insertRows, type Database } from '../program/commit.repo.ts';
import { bookLine } from './balance.repo.ts';
import type { BookLine } from './balance.rules.ts';
import { NO_CLOSE, type CloseBalances, type CloseCut, type PaidLine } from './close.rules.ts';
import { closeBalances, closes, lines, transfers } from './ledger.schema.ts';

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

/** The next transfers in the booking order, up to a cut. One query. */
export async function transfersAfter(db: Database, after: number, through: number, limit: number) {
  return db
    .select()
    .from(transfers)
    .where(and(gt(transfers.seq, after), lte(transfers.seq, through)))
    .orderBy(asc(transfers.seq))
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

/** The latest balances of partners from closes before a pay day; those without any are left out. One query. */
export async function formerBalances(
  db: Database,
  partner_ids: readonly string[],
  pay_date: string,
): Promise<FormerBalances[]> {
  const rows = await db
    .select({ partner_id: closeBalances.partner_id, balances: closeBalances.balances, ...cutColumns })
    .from(sql`json_each(${JSON.stringify(partner_ids)}) AS ids`)
    .crossJoin(closeBalances)
    .innerJoin(closes, eq(closes.pay_date, closeBalances.pay_date))
    .where(
      sql`${closeBalances.partner_id} = ids.value AND ${closeBalances.pay_date} = (
        SELECT max(latest.pay_date) FROM close_balances AS latest WHERE latest.partner_id = ids.value AND latest.pay_date < ${pay_date})`,
    );
  return rows.map(({ partner_id, balances, ...cut }) => ({
    partner_id,
    cut,
    balances: JSON.parse(balances) as CloseBalances,
  }));
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

/**
 * What payouts left open of the partners' lines payable before an instant, up to a cut and counting at an instant. One query. Partners
 * with nothing left are not in the map.
 */
export async function sumsLeftOpen(
  db: Database,
  partner_ids: readonly string[],
  payable_before: number,
  cut: CloseCut,
): Promise<Map<string, number>> {
  const rows = await db.all<{ partner_id: string; amount: number }>(sql`
    SELECT l.partner_id, sum(l.amount) AS amount
    FROM json_each(${JSON.stringify(partner_ids)}) AS ids CROSS JOIN lines AS l INDEXED BY lines_open
    WHERE l.partner_id = ids.value AND l.payout_id IS NULL AND l.payable_at < ${payable_before} AND l.seq <= ${cut.line_seq} AND l.at <= ${cut.at}
    GROUP BY l.partner_id`);
  return new Map(rows.map(({ partner_id, amount }) => [partner_id, amount]));
}

/** A payment as it stands in one partner's books. */
export interface TouchedPayment {
  partner_id: string;
  account_id: string;
  payment_id: string;
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

/** Keeps partners' balances of a close that is being taken; those kept before by a run that did not finish are the same. One query. */
export async function keepBalances(
  db: Database,
  pay_date: string,
  rows: readonly { partner_id: string; balances: CloseBalances }[],
): Promise<void> {
  const values = rows.map(({ partner_id, balances }) => ({
    partner_id,
    pay_date,
    balances: JSON.stringify(balances),
  }));
  await commit(db, [], [insertRows(db, closeBalances, values, 'ignore')]);
}

/** Ends a close: from here on it counts. A conflict where another run has ended it. Two queries. */
export async function keepClose(db: Database, row: CloseRow): Promise<'committed' | 'conflict'> {
  const missing = sql`NOT EXISTS (SELECT 1 FROM closes WHERE pay_date = ${row.pay_date})`;
  return commit(db, [], [expectThat(db, missing), db.insert(closes).values(row)]);
}

/** A partner's latest close and balances; the beginning of time where there is none. One query. */
export async function latestBalances(
  db: Database,
  partner_id: string,
): Promise<{ cut: CloseCut; balances: CloseBalances } | { cut: CloseCut; balances: null }> {
  // Only what has ended counts: balances of a close that is being taken have no row in closes yet.
  const [row] = await db
    .select({ balances: closeBalances.balances, ...cutColumns })
    .from(closeBalances)
    .innerJoin(closes, eq(closes.pay_date, closeBalances.pay_date))
    .where(eq(closeBalances.partner_id, partner_id))
    .orderBy(sql`${closeBalances.pay_date} DESC`)
    .limit(1);
  if (!row) return { cut: NO_CLOSE, balances: null };
  const { balances, ...cut } = row;
  return { cut, balances: JSON.parse(balances) as CloseBalances };
}
