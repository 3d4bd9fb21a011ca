import { asc, desc, eq, sql } from 'drizzle-orm';

import type { PayDay } from '../explain/gates.rules.ts';
import { closes, transfers } from '../ledger/ledger.schema.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';
import { partnerRecords, recordQueries } from '../partner/record.repo.ts';
import {
  commit,
  expectThat,
  expectUnchanged,
  guardQuery,
  guardsFrom,
  insertRows,
  subjectOf,
  type Database,
  type Guard,
} from '../program/commit.repo.ts';
import { heldKind, inWindow, isHeld } from './claim.repo.ts';
import { packGates, type PartnerDue, type Skip } from './freeze.rules.ts';
import type { ChunkTotals, IdentifiedPay } from './manifest.rules.ts';
import { batchChunks, batches, payouts, payoutSkips, type BatchRow, type RailName } from './payout.schema.ts';

/** How far a batch has come. */
export interface BatchState {
  batch: BatchRow | null;
  guard: Guard;
  /** Number of the next chunk, and the partner that the former ones have dealt with up to. */
  next_chunk: number;
  through: string;
  closed: boolean;
}

/** Reads how far a batch has come, in one snapshot. Four queries. */
export async function readBatchState(db: Database, pay_date: string): Promise<BatchState> {
  const subjects = [subjectOf('batch', pay_date)];
  const [batch, guards, chunk, close] = await db.batch([
    db.select().from(batches).where(eq(batches.pay_date, pay_date)),
    guardQuery(db, subjects),
    db
      .select({ n: batchChunks.n, through: batchChunks.through })
      .from(batchChunks)
      .where(eq(batchChunks.pay_date, pay_date))
      .orderBy(desc(batchChunks.n))
      .limit(1),
    db.select({ pay_date: closes.pay_date }).from(closes).where(eq(closes.pay_date, pay_date)),
  ]);
  const [guard] = guardsFrom(subjects, guards);
  if (!guard) throw new Error('a batch has one subject');
  return {
    batch: batch[0] ?? null,
    guard,
    next_chunk: (chunk[0]?.n ?? 0) + 1,
    through: chunk[0]?.through ?? '',
    closed: close.length > 0,
  };
}

/** What a run brings to the batches that it begins; `now` is the cron's scheduled time. */
export interface FreezeRun {
  now: number;
  rail: RailName;
  approval: 'none' | 'manual';
}

/**
 * Begins a batch: its week, the instant of the freeze, and the cut behind which lines wait for the next. A conflict where it exists,
 * where a later one does, or where the one before has not been closed: weeks are frozen one after the other. Three queries.
 */
export async function beginBatch(db: Database, day: PayDay, run: FreezeRun): Promise<'committed' | 'conflict'> {
  const { pay_date, week, policy } = day;
  const row = {
    pay_date,
    week_start_on: week.start_on,
    week_end_on: week.end_on,
    week_ends_at: week.ends_at,
    frozen_at: run.now,
    cut_seq: sql<number>`(SELECT coalesce(max(seq), 0) FROM lines)`,
    rail: run.rail,
    approval: run.approval,
    policy_version: policy.version,
    currency: policy.currency,
    status: 'freezing' as const,
    approval_reasons: '[]',
    recorded_at: run.now,
  };
  const alone = sql`NOT EXISTS (SELECT 1 FROM batches AS b WHERE b.pay_date >= ${pay_date}
    OR NOT EXISTS (SELECT 1 FROM closes AS c WHERE c.pay_date = b.pay_date))`;
  return commit(
    db,
    [{ subject: subjectOf('batch', pay_date), n: 0 }],
    [expectThat(db, alone), db.insert(batches).values(row)],
  );
}

interface DueRow {
  partner_id: string;
  line_count: number;
  due: number;
  form_join: number;
  self_referral: number;
  dispute: number;
}

const heldSum = (kind: string) => sql`coalesce(sum(amount) FILTER (WHERE held = ${kind}), 0)`;

/** Sums of what the next partners have due, held sums apart, in the partners' order, `limit` partners at most. One query. */
export async function readDues(db: Database, batch: BatchRow, through: string, limit: number): Promise<PartnerDue[]> {
  // CROSS JOIN keeps partners outside: each is one seek into their open lines, in the order that chunks go by.
  const rows = await db.all<DueRow>(sql`
    SELECT partner_id, count(*) FILTER (WHERE held IS NULL) AS line_count, coalesce(sum(amount) FILTER (WHERE held IS NULL), 0) AS due,
      ${heldSum('form_join')} AS form_join, ${heldSum('self_referral')} AS self_referral, ${heldSum('dispute')} AS dispute
    FROM (
      SELECT p.partner_id, l.amount, ${heldKind(batch.frozen_at)} AS held
      FROM partners AS p CROSS JOIN lines AS l INDEXED BY lines_open ON l.partner_id = p.partner_id AND ${inWindow(batch)}
      WHERE p.partner_id > ${through}
    )
    GROUP BY partner_id ORDER BY partner_id LIMIT ${limit}`);
  return rows.map(({ partner_id, due, line_count, form_join, self_referral, dispute }) => {
    return { partner_id, due, line_count, held: { form_join, self_referral, dispute } };
  });
}

/** What is known of the partners whom a chunk may pay, with the versions that the decision rests on. Four queries. */
export async function readChunkPartners(
  db: Database,
  partner_ids: readonly string[],
): Promise<{ records: Map<string, PartnerRecord>; guards: Guard[] }> {
  const subjects = partner_ids.map((id) => subjectOf('partner', id));
  const [factQuery, holdQuery, backQuery] = recordQueries(db, partner_ids);
  const [facts, held, came_back, guards] = await db.batch([factQuery, holdQuery, backQuery, guardQuery(db, subjects)]);
  return {
    records: partnerRecords(partner_ids, facts, held, came_back),
    guards: guardsFrom(subjects, guards),
  };
}

/** A decided chunk, ready to be written. */
export interface FrozenChunk {
  n: number;
  through: string;
  manifest: string;
  sha256: string;
  pays: readonly IdentifiedPay[];
  skips: readonly Skip[];
}

/**
 * Writes one chunk atomically: claims the lines, freezes the payouts, moves their money to the clearing account, keeps the skips. A
 * conflict where another run was here, where a partner's facts have changed, or where what would be claimed is not what was decided.
 * Nine queries.
 */
export async function writeChunk(
  db: Database,
  batch: BatchRow,
  guard: Guard,
  partners: readonly Guard[],
  chunk: FrozenChunk,
): Promise<'committed' | 'conflict'> {
  const { pay_date, frozen_at } = batch;
  const { pays, skips, n, through, manifest, sha256 } = chunk;
  const decided = JSON.stringify([...pays, ...skips].map((it) => [it.partner_id, it.line_count, it.amount]));
  const other = sql`SELECT 1 FROM json_each(${decided}) AS d WHERE d.value IS NOT (
    SELECT json_array(l.partner_id, count(*), sum(l.amount)) FROM lines AS l INDEXED BY lines_open
    WHERE l.partner_id = d.value ->> 0 AND ${inWindow(batch)} AND NOT ${isHeld(frozen_at)})`;
  const ids = JSON.stringify(pays.map(({ partner_id, payout_id }) => [partner_id, payout_id]));
  const mark =
    db.run(sql`UPDATE lines AS l INDEXED BY lines_open SET payout_id = p.value ->> 1 FROM json_each(${ids}) AS p
    WHERE l.partner_id = p.value ->> 0 AND ${inWindow(batch)} AND NOT ${isHeld(frozen_at)}`);
  return commit(
    db,
    [guard],
    [
      expectUnchanged(db, partners),
      expectThat(db, sql`NOT EXISTS (${other})`),
      mark,
      insertRows(
        db,
        payouts,
        pays.map((pay) => payoutRow(pay_date, frozen_at, pay)),
      ),
      insertRows(
        db,
        transfers,
        pays.map((pay) => freezeTransfer(frozen_at, pay)),
      ),
      insertRows(
        db,
        payoutSkips,
        skips.map(({ partner_id, amount, gates }) => ({ pay_date, partner_id, amount, gates: packGates(gates) })),
      ),
      db.insert(batchChunks).values({ pay_date, n, through, manifest, sha256, ...totalsOf(chunk) }),
    ],
  );
}

function totalsOf({ pays, skips }: FrozenChunk) {
  const amounts = pays.map((pay) => pay.amount);
  return {
    payout_count: pays.length,
    payout_amount: sumAmounts(amounts),
    largest_payout: Math.max(0, ...amounts),
    skipped_count: skips.length,
  };
}

function payoutRow(pay_date: string, status_at: number, pay: IdentifiedPay): typeof payouts.$inferInsert {
  const { payout_id, partner_id, amount, line_count, person_id } = pay;
  return { pay_date, partner_id, payout_id, amount, line_count, person_id, status: 'frozen', status_at };
}

function freezeTransfer(at: number, { payout_id, partner_id, amount }: IdentifiedPay): typeof transfers.$inferInsert {
  const ref = `${payout_id}:freeze`;
  return {
    debit: 'partner',
    credit: 'clearing',
    amount,
    kind: 'freeze',
    ref,
    partner_id,
    payout_id,
    at,
    recorded_at: at,
  };
}

/** What a batch's chunks came to, in order, and what the latest batches before it paid. Two queries. */
export async function readChunkTotals(
  db: Database,
  pay_date: string,
  former: number,
): Promise<{ chunks: ChunkTotals[]; former: number[] }> {
  const [chunks, before] = await db.batch([
    db.select().from(batchChunks).where(eq(batchChunks.pay_date, pay_date)).orderBy(asc(batchChunks.n)),
    db
      .select({ amount: batches.payout_amount })
      .from(batches)
      .where(sql`${batches.pay_date} < ${pay_date} AND ${batches.payout_count} > 0`)
      .orderBy(desc(batches.pay_date))
      .limit(former),
  ]);
  return { chunks, former: before.flatMap(({ amount }) => (amount === null ? [] : [amount])) };
}

/** What a batch is once its last chunk is frozen. */
export type FinishedBatch = Pick<
  BatchRow,
  'status' | 'approval_reasons' | 'manifest_sha256' | 'payout_count' | 'payout_amount' | 'skipped_count' | 'settled_at'
>;

/** Ends a freeze: manifest, totals, status, and what the batch's close will cover. Two queries. */
export async function finishBatch(
  db: Database,
  guard: Guard,
  pay_date: string,
  finished: FinishedBatch,
): Promise<'committed' | 'conflict'> {
  const update = db
    .update(batches)
    .set({
      ...finished,
      line_seq: sql`(SELECT coalesce(max(seq), 0) FROM lines)`,
      transfer_seq: sql`(SELECT coalesce(max(seq), 0) FROM transfers)`,
    })
    .where(eq(batches.pay_date, pay_date));
  return commit(db, [guard], [update]);
}
