import { and, asc, eq, gt, isNotNull, lte, sql, type SQL } from 'drizzle-orm';

import { batches, payouts } from '../payout/payout.schema.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import type { BookTransfer } from './balance.rules.ts';
import { moves } from './ledger.schema.ts';

/** A transfer as it is kept and chained. */
export type TransferRow = typeof moves.$inferSelect;

/** The statement that books transfers, each with the next place in the booking order. */
export function insertTransfers(db: Database, rows: readonly Omit<TransferRow, 'seq'>[]): Statement {
  return db.run(sql`INSERT INTO transfers (debit, credit, amount, kind, ref, partner_id, payout_id, at, recorded_at)
    SELECT value ->> '$.debit', value ->> '$.credit', value ->> '$.amount', value ->> '$.kind', value ->> '$.ref', value ->> '$.partner_id',
      value ->> '$.payout_id', value ->> '$.at', value ->> '$.recorded_at' FROM json_each(${JSON.stringify(rows)})`);
}

/** A payout as the transfer that froze it. */
interface Freeze {
  seq: number | null;
  payout_id: string;
  partner_id: string;
  amount: number;
}

/** The transfer that froze a payout: its row in the books' view `transfers`. */
export function freezeOf({ seq, payout_id, partner_id, amount }: Freeze, frozen_at: number): TransferRow {
  if (seq === null) throw new Error('the transfer of this payout is a row of its own');
  return {
    seq,
    debit: 'partner',
    credit: 'clearing',
    amount,
    kind: 'freeze',
    ref: `${payout_id}:freeze`,
    partner_id,
    payout_id,
    at: frozen_at,
    recorded_at: frozen_at,
  };
}

const freeze = {
  seq: payouts.freeze_seq,
  payout_id: payouts.payout_id,
  partner_id: payouts.partner_id,
  amount: payouts.amount,
};

/** The next transfers in the booking order that are rows of their own, up to a cut. One query. */
export async function movesAfter(db: Database, after: number, through: number, limit: number): Promise<TransferRow[]> {
  return db
    .select()
    .from(moves)
    .where(and(gt(moves.seq, after), lte(moves.seq, through)))
    .orderBy(asc(moves.seq))
    .limit(limit);
}

/** The next transfers that froze a batch's payouts, from after a partner on; the partners' order is the booking order. One query. */
export async function freezesAfter(
  db: Database,
  batch: { pay_date: string; frozen_at: number },
  after: string,
  limit: number,
): Promise<TransferRow[]> {
  const rows = await db
    .select(freeze)
    .from(payouts)
    .where(and(eq(payouts.pay_date, batch.pay_date), gt(payouts.partner_id, after), isNotNull(payouts.freeze_seq)))
    .orderBy(asc(payouts.partner_id))
    .limit(limit);
  return rows.map((row) => freezeOf(row, batch.frozen_at));
}

/** The statement that reads the transfers that froze a partner's payouts of the batches after a pay day: one seek a batch. */
export function freezesOfPartner(db: Database, partner_id: string, after: string | SQL) {
  return db
    .select({ kind: sql<BookTransfer['kind']>`'freeze'`, amount: payouts.amount, at: batches.frozen_at })
    .from(batches)
    .crossJoin(payouts)
    .where(
      sql`${batches.pay_date} > ${after} AND ${payouts.pay_date} = ${batches.pay_date} AND ${payouts.partner_id} = ${partner_id}
        AND ${payouts.freeze_seq} IS NOT NULL`,
    );
}
