import { eq, sql } from 'drizzle-orm';

import { LAST_TRANSFER, lines, moves } from '../ledger/ledger.schema.ts';
import { portions } from '../ledger/post.repo.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { moveMoney, type PayoutTransfer } from './outcome.repo.ts';
import { batchChunks, batches, payouts, payoutSkips, type BatchRow, type PayoutRow } from './payout.schema.ts';
import type { Claimed, ManifestItem, OpenLine } from './replay.rules.ts';
import type { WitnessBatch, WitnessChunk } from './witness.rules.ts';

/** The open lines of partners, and the books' last line: what a replayed chunk rests on. */
export async function readOpenLines(
  db: Database,
  partner_ids: readonly string[],
): Promise<{ open: OpenLine[]; last_seq: number }> {
  const ids = JSON.stringify(partner_ids);
  const open =
    await db.all<OpenLine>(sql`SELECT l.seq, l.partner_id, l.account_id, l.payment_id, l.kind, l.cause_id, l.at, l.payable_at, l.amount
    FROM json_each(${ids}) AS p CROSS JOIN lines AS l INDEXED BY lines_open
    WHERE l.partner_id = p.value AND l.payout_id IS NULL ORDER BY l.seq`);
  const [row] = await db.all<{ seq: number }>(sql`SELECT coalesce(max(seq), 0) AS seq FROM lines`);
  return { open, last_seq: row?.seq ?? 0 };
}

/** The statement that begins a replayed batch. Its cut lies behind the lines that the replay will book. */
export function beginReplay(
  db: Database,
  row: Pick<
    BatchRow,
    | 'pay_date'
    | 'week_start_on'
    | 'week_end_on'
    | 'week_ends_at'
    | 'frozen_at'
    | 'rail'
    | 'policy_version'
    | 'currency'
    | 'approval'
  >,
  claimed: number,
  now: number,
): Statement {
  return db.insert(batches).values({
    ...row,
    cut_seq: sql<number>`(SELECT coalesce(max(seq), 0) FROM lines) + ${claimed}`,
    status: 'freezing',
    approval_reasons: '[]',
    recorded_at: now,
  });
}

/** Whether every batch before a pay day is closed: batches are replayed one after the other, as they were frozen. */
export async function isNext(db: Database, pay_date: string): Promise<boolean> {
  const [row] = await db.all<{
    open: number;
  }>(sql`SELECT EXISTS (SELECT 1 FROM batches AS b WHERE b.pay_date > ${pay_date}
    OR (b.pay_date < ${pay_date} AND NOT EXISTS (SELECT 1 FROM closes AS c WHERE c.pay_date = b.pay_date))) AS open`);
  return row?.open === 0;
}

/** The statements that write a chunk as it was frozen: its lines claimed, its payouts and their money, its skips. */
export function writeReplayedChunk(
  db: Database,
  { pay_date, frozen_at }: Pick<BatchRow, 'pay_date' | 'frozen_at'>,
  chunk: WitnessChunk,
  items: readonly ManifestItem[],
  { marks, missing }: Claimed,
  last_seq: number,
  now: number,
): Statement[] {
  const persons = new Map(chunk.receivers);
  const rows = missing.map((line) => ({ ...line, recorded_at: now })) as (typeof lines.$inferInsert)[];
  // A chunk of one partner has as many lines as that partner.
  const inserts = portions(rows).map((part) => insertRows(db, lines, part));
  const marked = portions(marks).map((part) =>
    db.run(sql`UPDATE lines SET payout_id = m.value ->> 1 FROM json_each(${JSON.stringify(part)}) AS m
      WHERE lines.seq = m.value ->> 0`),
  );
  const amounts = items.map((item) => item.amount);
  return [
    expectThat(db, sql`(SELECT coalesce(max(seq), 0) FROM lines) = ${last_seq}`),
    ...inserts,
    ...marked,
    insertRows(
      db,
      payouts,
      items.map(({ payout_id, partner_id, amount, line_count }) => {
        const frozen = { status: 'frozen' as const, status_at: frozen_at };
        return {
          pay_date,
          payout_id,
          partner_id,
          amount,
          line_count,
          person_id: persons.get(payout_id) ?? '',
          ...frozen,
        };
      }),
    ),
    moveMoney(
      db,
      items.map(({ payout_id, partner_id, amount }) => ({
        kind: 'freeze',
        payout_id,
        partner_id,
        amount,
        at: frozen_at,
      })),
      frozen_at,
    ),
    insertRows(
      db,
      payoutSkips,
      chunk.skips.map(([partner_id, amount, gates]) => ({ pay_date, partner_id, amount, gates })),
    ),
    db.insert(batchChunks).values({
      pay_date,
      n: chunk.n,
      through: chunk.through,
      manifest: chunk.manifest,
      sha256: chunk.sha256,
      payout_count: items.length,
      payout_amount: sumAmounts(amounts),
      largest_payout: Math.max(0, ...amounts),
      skipped_count: chunk.skipped_count,
      transfer_seq: LAST_TRANSFER,
    }),
  ];
}

/** The statement that ends a replayed freeze. */
export function finishReplay(
  db: Database,
  pay_date: string,
  { approval_reasons, approved_by, approved_at }: WitnessBatch,
  finished: Pick<
    BatchRow,
    'status' | 'manifest_sha256' | 'payout_count' | 'payout_amount' | 'skipped_count' | 'settled_at'
  >,
): Statement {
  return db
    .update(batches)
    .set({
      ...finished,
      approval_reasons,
      approved_by,
      approved_at,
      line_seq: sql`(SELECT coalesce(max(seq), 0) FROM lines)`,
      transfer_seq: LAST_TRANSFER,
    })
    .where(eq(batches.pay_date, pay_date));
}

/** Payouts by their ids, with the kinds of transfers that each has had since its freeze. */
export async function formerPayouts(
  db: Database,
  payout_ids: readonly string[],
): Promise<{ payout: PayoutRow; kinds: string[] }[]> {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(payout_ids)}))`;
  const rows = await db
    .select()
    .from(payouts)
    .where(sql`${payouts.payout_id} IN ${ids}`);
  const owners = sql`(SELECT value FROM json_each(${JSON.stringify(rows.map((row) => row.partner_id))}))`;
  const moved = await db
    .select({ payout_id: moves.payout_id, kind: moves.kind })
    .from(moves)
    .where(sql`${moves.partner_id} IN ${owners} AND ${moves.payout_id} IN ${ids}`);
  return rows.map((payout) => ({
    payout,
    kinds: moved.filter((move) => move.payout_id === payout.payout_id).map((move) => move.kind),
  }));
}

/** The statements by which former payouts had come back: their lines are among those that the replayed batch had claimed. */
export function bringBack(db: Database, transfersBack: readonly PayoutTransfer[], now: number): Statement[] {
  if (transfersBack.length === 0) return [];
  const ids = JSON.stringify([...new Set(transfersBack.map((it) => it.payout_id))]);
  return [
    moveMoney(db, transfersBack, now),
    db.run(sql`UPDATE payouts SET status = 'returned', status_at = max(status_at, ${now}), fault = NULL
      WHERE payout_id IN (SELECT value FROM json_each(${ids}))`),
    db.run(sql`UPDATE holds SET decision = 'release', decided_at = max(opened_at, ${now}), decided_by = 'replay', reason = 'paid anew by a later batch'
      WHERE kind = 'came_back' AND decision IS NULL AND payout_id IN (SELECT value FROM json_each(${ids}))`),
  ];
}

/** Payouts of a batch that are unsent though a sending went past them: they had been withheld, or could not be sent. */
export async function passedOver(
  db: Database,
  pay_date: string,
  from: string,
  through: string,
  sent: readonly string[],
): Promise<PayoutRow[]> {
  return db
    .select()
    .from(payouts)
    .where(
      sql`${payouts.pay_date} = ${pay_date} AND ${payouts.partner_id} > ${from} AND ${payouts.partner_id} <= ${through}
        AND ${payouts.status} = 'frozen' AND ${payouts.payout_id} NOT IN (SELECT value FROM json_each(${JSON.stringify(sent)}))`,
    );
}

/** Sets right when a sending was first sent, where the witness knows of an earlier one with the same bytes. */
export function firstSent(db: Database, sender_batch_id: string, first_sent_at: number): Statement {
  return db.run(sql`UPDATE sends SET first_sent_at = ${first_sent_at}, attention = NULL,
    status = iif(status = 'needs_attention' AND attention = 'books_behind', 'sending', status)
    WHERE sender_batch_id = ${sender_batch_id}`);
}
