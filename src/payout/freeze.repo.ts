import { asc, desc, eq, sql } from 'drizzle-orm';

import type { PayDay } from '../explain/gates.rules.ts';
import { closes, LAST_TRANSFER } from '../ledger/ledger.schema.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';
import { formerHashes, partnerRecords, payeeFacts, rangeQueries, type Payee } from '../partner/record.repo.ts';
import { people } from '../people/people.schema.ts';
import {
  commit,
  expectThat,
  guardQuery,
  guardsFrom,
  insertRows,
  subjectOf,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import { heldKind, inWindow, isHeld, type ClaimWindow } from './claim.repo.ts';
import { packGates, type PartnerDue, type Skip } from './freeze.rules.ts';
import { expectGrounds, type Grounds } from './grounds.repo.ts';
import type { ChunkTotals, IdentifiedPay } from './manifest.rules.ts';
import { batchChunks, batches, payoutSkips, type BatchRow, type RailName } from './payout.schema.ts';

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

interface DueRow extends Payee {
  partner_id: string;
  line_count: number;
  due: number;
  form_join: number;
  self_referral: number;
  dispute: number;
}

const heldSum = (kind: string) => sql`coalesce(sum(amount) FILTER (WHERE held = ${kind}), 0)`;

/** What a partner has due by a batch's cut, and the facts that bear on whether it is paid. */
export interface ChunkDue extends PartnerDue {
  facts: PartnerRecord['facts'];
}

/**
 * Sums of what the next partners have due, held sums apart, in the partners' order, `limit` partners at most; each with what is known of the
 * partner. One query.
 */
export async function readDues(db: Database, batch: ClaimWindow, through: string, limit: number): Promise<ChunkDue[]> {
  // CROSS JOIN keeps partners outside: each is one seek into their open lines, in the order that chunks go by. The hash is asked for once a partner.
  const rows = await db.all<DueRow>(sql`
    SELECT partner_id, paypal, facts, (SELECT h.address_hash FROM ${people} AS h WHERE h.person_id = paypal) AS address_hash,
      ${formerHashes(sql`facts`)} AS hashes,
      count(*) FILTER (WHERE held IS NULL) AS line_count, coalesce(sum(amount) FILTER (WHERE held IS NULL), 0) AS due,
      ${heldSum('form_join')} AS form_join, ${heldSum('self_referral')} AS self_referral, ${heldSum('dispute')} AS dispute
    FROM (
      SELECT p.partner_id, p.paypal, p.facts, l.amount, ${heldKind(batch.frozen_at)} AS held
      FROM payees AS p CROSS JOIN lines AS l INDEXED BY lines_open ON l.partner_id = p.partner_id AND ${inWindow(batch)}
      WHERE p.partner_id > ${through}
    )
    GROUP BY partner_id ORDER BY partner_id LIMIT ${limit}`);
  return rows.map((row) => {
    const { partner_id, due, line_count, form_join, self_referral, dispute } = row;
    return { partner_id, due, line_count, held: { form_join, self_referral, dispute }, facts: payeeFacts(row) };
  });
}

/**
 * What is known of the partners whom a chunk may pay, in the partners' order. Holds and payouts that came back are few: those of all partners
 * in between are read. Two queries.
 */
export async function readChunkPartners(db: Database, dues: readonly ChunkDue[]): Promise<Map<string, PartnerRecord>> {
  const [first, last] = [dues.at(0), dues.at(-1)];
  if (!first || !last) return new Map();
  const [held, came_back] = await db.batch(rangeQueries(db, first.partner_id, last.partner_id));
  const facts = dues.flatMap(({ partner_id, facts: own }) => own.map((fact) => ({ ...fact, partner_id })));
  const ids = dues.map(({ partner_id }) => partner_id);
  return partnerRecords(ids, facts, held, came_back);
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
 * The statements that claim a chunk's lines: mark them, and check that they are as many as were decided. Lines never change, and none of the
 * window can be booked any more, so with the chunk's grounds unmoved these are the decided ones.
 */
function claim(db: Database, batch: BatchRow, pays: FrozenChunk['pays']): Statement[] {
  const ids = JSON.stringify(pays.map(({ partner_id, payout_id }) => [partner_id, payout_id]));
  const mark =
    db.run(sql`UPDATE lines AS l INDEXED BY lines_open SET payout_id = p.value ->> 1 FROM json_each(${ids}) AS p
    WHERE l.partner_id = p.value ->> 0 AND ${inWindow(batch)} AND NOT ${isHeld(batch.frozen_at)}`);
  const count = pays.reduce((sum, { line_count }) => sum + line_count, 0);
  return [mark, expectThat(db, sql`changes() = ${count}`)];
}

/**
 * The statements that write one chunk, seven or eight, for one commit: claim the lines, freeze the payouts with their money's way to the clearing account,
 * keep the skips. A conflict where a hold or a partner has changed, or where what would be claimed is not what was decided.
 */
export function chunkStatements(db: Database, batch: BatchRow, grounds: Grounds, chunk: FrozenChunk): Statement[] {
  const { pay_date, frozen_at } = batch;
  const { pays, skips, n, through, manifest, sha256 } = chunk;
  const rows = pays.map((pay) => [pay.partner_id, pay.payout_id, pay.amount, pay.line_count, pay.person_id]);
  return [
    ...expectGrounds(db, batch, grounds, chunk),
    ...claim(db, batch, pays),
    // Their freezes are the next transfers, in the partners' order.
    db.run(sql`INSERT INTO payouts (pay_date, partner_id, payout_id, amount, line_count, person_id, status, status_at, freeze_seq)
        SELECT ${pay_date}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'frozen', ${frozen_at}, ${LAST_TRANSFER} + 1 + key
        FROM json_each(${JSON.stringify(rows)})`),
    insertRows(
      db,
      payoutSkips,
      skips.map(({ partner_id, amount, gates }) => ({ pay_date, partner_id, amount, gates: packGates(gates) })),
    ),
    db.insert(batchChunks).values({
      pay_date,
      n,
      through,
      manifest,
      sha256,
      ...totalsOf(chunk),
      transfer_seq: sql`${LAST_TRANSFER} + ${pays.length}`,
    }),
  ];
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

/** The statement that reads what a batch's chunks came to, in order: their sums, not their manifests, which are as long as the batch is large. */
export function chunkTotalsQuery(db: Database, pay_date: string) {
  const { n, sha256, payout_count, payout_amount, largest_payout, skipped_count } = batchChunks;
  return db
    .select({ n, sha256, payout_count, payout_amount, largest_payout, skipped_count })
    .from(batchChunks)
    .where(eq(batchChunks.pay_date, pay_date))
    .orderBy(asc(n));
}

/** What a batch's chunks came to, in order, and what the latest batches before it paid. Two queries. */
export async function readChunkTotals(
  db: Database,
  pay_date: string,
  former: number,
): Promise<{ chunks: ChunkTotals[]; former: number[] }> {
  const [chunks, before] = await db.batch([
    chunkTotalsQuery(db, pay_date),
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
      transfer_seq: LAST_TRANSFER,
    })
    .where(eq(batches.pay_date, pay_date));
  return commit(db, [guard], [update]);
}
