import { and, asc, gt, lte, sql, type SQL } from 'drizzle-orm';

import { closes, LAST_TRANSFER, lines } from '../ledger/ledger.schema.ts';
import { partners } from '../partner/partner.schema.ts';
import { batches } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { JournalLine, JournalTransfer, OpeningBalances } from './journal.rules.ts';
import type { BooksMark, OpeningCut } from './window.rules.ts';

/**
 * What PayPal kept for a transfer `t`: with the payment, the fees of the items that were paid, as PayPal last said; 0 where it said none
 * and on the export rail.
 */
const fee = (t: SQL) => sql<number>`iif(${t}.kind = 'paid', coalesce((SELECT sum(i.fee) FROM send_items AS i
    WHERE i.payout_id = ${t}.payout_id AND i.outcome IN ('paid', 'came_back')), 0), 0)`;

/** How far the books reach, in one snapshot. Rows are append-only, so a journal of these is the same whenever its pages are read. */
export async function readBooksMark(db: Database): Promise<BooksMark> {
  const [closeRows, line, transfer] = await db.batch([
    db
      .select({
        pay_date: closes.pay_date,
        line_seq: closes.line_seq,
        transfer_seq: closes.transfer_seq,
        at: closes.at,
        hash: closes.hash,
      })
      .from(closes)
      .orderBy(asc(closes.pay_date)),
    db.select({ seq: sql<number>`coalesce(max(${lines.seq}), 0)` }).from(lines),
    db.select({ seq: LAST_TRANSFER }).from(sql`(SELECT 1)`),
  ]);
  return { closes: closeRows, line_seq: line[0]?.seq ?? 0, transfer_seq: transfer[0]?.seq ?? 0 };
}

/** The next lines in the booking order, up to a cut. One query. */
export async function journalLines(
  db: Database,
  after: number,
  through: number,
  limit: number,
): Promise<JournalLine[]> {
  return db
    .select({
      seq: lines.seq,
      partner_id: lines.partner_id,
      account_id: lines.account_id,
      payment_id: lines.payment_id,
      kind: lines.kind,
      cause_id: lines.cause_id,
      at: lines.at,
      amount: lines.amount,
    })
    .from(lines)
    .where(and(gt(lines.seq, after), lte(lines.seq, through)))
    .orderBy(asc(lines.seq))
    .limit(limit);
}

/** The next transfers in the booking order, up to a cut, with the pay days of their payouts. One query. */
export async function journalTransfers(
  db: Database,
  after: number,
  through: number,
  limit: number,
): Promise<JournalTransfer[]> {
  // Freezes are found by their chunks, whose `transfer_seq` rises: of each that reaches into the stretch, the partners that it dealt with.
  return db.all<JournalTransfer>(sql`
    SELECT * FROM (SELECT t.seq AS seq, t.debit AS debit, t.credit AS credit, t.kind AS kind, t.partner_id AS partner_id,
        t.payout_id AS payout_id, p.pay_date AS pay_date, t.at AS at, t.amount AS amount, ${fee(sql`t`)} AS fee
      FROM moves AS t CROSS JOIN payouts AS p
      WHERE t.seq > ${after} AND t.seq <= ${through} AND p.payout_id = t.payout_id ORDER BY t.seq LIMIT ${limit})
    UNION ALL SELECT * FROM (SELECT p.freeze_seq, 'partner', 'clearing', 'freeze', p.partner_id, p.payout_id, p.pay_date, b.frozen_at, p.amount, 0
      FROM batch_chunks AS c INDEXED BY batch_chunks_transfers CROSS JOIN batches AS b CROSS JOIN payouts AS p
      WHERE c.transfer_seq > ${after} AND b.pay_date = c.pay_date
        AND coalesce((SELECT max(f.transfer_seq) FROM batch_chunks AS f WHERE f.transfer_seq < c.transfer_seq), 0) < ${through} AND p.pay_date = c.pay_date AND p.partner_id <= c.through
        AND p.partner_id > coalesce((SELECT f.through FROM batch_chunks AS f WHERE f.pay_date = c.pay_date AND f.n = c.n - 1), '')
        AND p.freeze_seq > ${after} AND p.freeze_seq <= ${through} ORDER BY c.transfer_seq, p.partner_id LIMIT ${limit})
    ORDER BY seq LIMIT ${limit}`);
}

/** A field of the partner's former close, 0 before the first. */
const former = (
  field: 'in_flight' | 'came_back',
) => sql`coalesce((SELECT f.balances ->> ${`$.${field}`} FROM close_balances AS f
    WHERE f.partner_id = c.partner_id AND f.pay_date < c.pay_date ORDER BY f.pay_date DESC LIMIT 1), 0)`;

/** What a close keeps of one partner: what is open in all, and how far money between the accounts has moved since their former close. */
export interface ClosedPartner {
  partner_id: string;
  open: number;
  in_flight_change: number;
  came_back_change: number;
}

/**
 * What a close keeps of partners, in their order; those whose rows it does not change are left out. Lines that it covers but does not
 * count yet are added to what is open, so that it is the sum of every row up to the close. One query.
 */
export async function closedPartners(
  db: Database,
  pay_date: string,
  partner_ids: readonly string[],
): Promise<ClosedPartner[]> {
  return db.all<ClosedPartner>(sql`
    SELECT c.partner_id AS partner_id,
      (c.balances ->> '$.matured')
        + coalesce((SELECT sum(w.value) FROM json_each(c.balances, '$.weeks') AS w), 0)
        + coalesce((SELECT sum(l.amount) FROM json_each(c.balances, '$.later') AS s CROSS JOIN lines AS l WHERE l.seq = s.value), 0) AS open,
      (c.balances ->> '$.in_flight') - ${former('in_flight')} AS in_flight_change,
      (c.balances ->> '$.came_back') - ${former('came_back')} AS came_back_change
    FROM json_each(${JSON.stringify(partner_ids)}) AS ids CROSS JOIN close_balances AS c
    WHERE c.partner_id = ids.value AND c.pay_date = ${pay_date}
    ORDER BY c.partner_id`);
}

/** The next partners' ids in order. One query. */
export async function partnerIds(db: Database, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ partner_id: partners.partner_id })
    .from(partners)
    .where(gt(partners.partner_id, after))
    .orderBy(asc(partners.partner_id))
    .limit(limit);
  return rows.map(({ partner_id }) => partner_id);
}

/** Every pay day that has a batch, in order. One query. */
export async function payDates(db: Database): Promise<string[]> {
  const rows = await db.select({ pay_date: batches.pay_date }).from(batches).orderBy(asc(batches.pay_date));
  return rows.map(({ pay_date }) => pay_date);
}

/** The rows of a table before an opening: those up to the cut, and of the next ones those with an earlier fact. */
function beforeOpening(table: 'l' | 't', cut: OpeningCut) {
  const of = sql.raw(table);
  const [through, next] = table === 'l' ? [cut.line_seq, cut.next_line_seq] : [cut.transfer_seq, cut.next_transfer_seq];
  return sql`(${of}.seq <= ${through} OR (${of}.seq <= ${next} AND ${of}.at < ${cut.before}))`;
}

/** What the next partners were owed before an opening, in their order; 0 included. One query. */
export async function openPartners(
  db: Database,
  cut: OpeningCut,
  after: string,
  limit: number,
): Promise<OpeningBalances['partners'][number][]> {
  return db.all<{ partner_id: string; open: number }>(sql`
    SELECT p.partner_id AS partner_id,
      coalesce((SELECT sum(l.amount) FROM lines AS l
        WHERE l.partner_id = p.partner_id AND l.kind <> 'returned' AND ${beforeOpening('l', cut)}), 0)
      + coalesce((SELECT sum(CASE WHEN t.credit = 'partner' THEN t.amount WHEN t.debit = 'partner' THEN -t.amount ELSE 0 END)
        FROM moves AS t WHERE t.partner_id = p.partner_id AND ${beforeOpening('t', cut)}), 0)
      - coalesce((SELECT sum(f.amount) FROM batches AS b CROSS JOIN payouts AS f
        WHERE f.pay_date = b.pay_date AND f.partner_id = p.partner_id
          AND (f.freeze_seq <= ${cut.transfer_seq} OR (f.freeze_seq <= ${cut.next_transfer_seq} AND b.frozen_at < ${cut.before}))), 0) AS open
    FROM partners AS p WHERE p.partner_id > ${after} ORDER BY p.partner_id LIMIT ${limit}`);
}

/** The pay day that splits the clearing account; no other account is split. */
const day = (account: 'debit' | 'credit') =>
  sql`CASE WHEN t.${sql.raw(account)} = 'clearing' THEN p.pay_date ELSE '' END`;

/** What transfers and fees had made of each account before an opening; clearing by pay day. Debits are positive. One query. */
export async function openAccounts(db: Database, cut: OpeningCut): Promise<OpeningBalances['accounts'][number][]> {
  const from = sql`FROM transfers AS t CROSS JOIN payouts AS p WHERE p.payout_id = t.payout_id AND ${beforeOpening('t', cut)}`;
  return db.all<OpeningBalances['accounts'][number]>(sql`
    SELECT account, pay_date, sum(amount) AS amount FROM (
      SELECT t.debit AS account, ${day('debit')} AS pay_date, t.amount AS amount ${from}
      UNION ALL SELECT t.credit, ${day('credit')}, -t.amount ${from}
      UNION ALL SELECT 'paid', '', -${fee(sql`t`)} ${from}
    ) GROUP BY account, pay_date HAVING sum(amount) <> 0 ORDER BY account, pay_date`);
}
