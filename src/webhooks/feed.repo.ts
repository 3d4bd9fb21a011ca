import { inArray, sql } from 'drizzle-orm';

import { decisions } from '../account/account.schema.ts';
import { lines, moves } from '../ledger/ledger.schema.ts';
import { batches, payouts } from '../payout/payout.schema.ts';
import { sends } from '../payout/send.schema.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import { claimOutcomes, claims } from '../referrer/claim.schema.ts';
import type { CommissionLine } from './commission.rules.ts';
import type { AttentionRow, AttributionRow, ClaimDecidedRow, FrozenRow, MovedRow } from './event.rules.ts';
import { webhookCursor, webhookDeliveries, webhookEndpoints, webhookEvents, webhookFeed } from './webhook.schema.ts';

export type Cursor = typeof webhookCursor.$inferSelect;
export type FeedRow = typeof webhookFeed.$inferSelect;

/** A line of the books in booking order; null ids: a partner's own. */
export type BookedLine = Omit<CommissionLine, 'account_id' | 'payment_id'> & {
  account_id: string | null;
  payment_id: string | null;
};

/** What has come to be since the cursor, `limit` rows of each kind at most, in one snapshot. */
export interface Fresh {
  cursor: Cursor;
  endpoints: number;
  feed: FeedRow[];
  lines: BookedLine[];
  moved: MovedRow[];
  last_line_seq: number;
  last_transfer_seq: number;
}

/** Reads what is to become events. A payout's money that came back and was written off in one go waits for nobody. */
export async function readFresh(db: Database, limit: number): Promise<Fresh> {
  const at = sql`(SELECT c.line_seq FROM ${webhookCursor} AS c)`;
  const moved_at = sql`(SELECT c.transfer_seq FROM ${webhookCursor} AS c)`;
  const [state, feed, booked, moved] = await db.batch([
    db
      .select({
        id: webhookCursor.id,
        n: webhookCursor.n,
        line_seq: webhookCursor.line_seq,
        transfer_seq: webhookCursor.transfer_seq,
        endpoints: sql<number>`(SELECT count(*) FROM ${webhookEndpoints})`,
        last_line_seq: sql<number>`coalesce((SELECT max(l.seq) FROM ${lines} AS l), 0)`,
        last_transfer_seq: sql<number>`coalesce((SELECT max(t.seq) FROM ${moves} AS t), 0)`,
      })
      .from(webhookCursor),
    db.select().from(webhookFeed).orderBy(webhookFeed.seq).limit(limit),
    db
      .select({
        seq: lines.seq,
        partner_id: lines.partner_id,
        account_id: lines.account_id,
        payment_id: lines.payment_id,
        kind: lines.kind,
        cause_id: lines.cause_id,
        payable_at: lines.payable_at,
        amount: lines.amount,
        rate_bps: lines.rate_bps,
        recorded_at: lines.recorded_at,
      })
      .from(lines)
      .where(sql`${lines.seq} > ${at}`)
      .orderBy(lines.seq)
      .limit(limit),
    db
      .select({
        seq: moves.seq,
        kind: moves.kind,
        ref: moves.ref,
        payout_id: moves.payout_id,
        partner_id: moves.partner_id,
        pay_date: payouts.pay_date,
        amount: moves.amount,
        currency: batches.currency,
        at: moves.at,
      })
      .from(moves)
      .innerJoin(payouts, sql`${payouts.payout_id} = ${moves.payout_id}`)
      .innerJoin(batches, sql`${batches.pay_date} = ${payouts.pay_date}`)
      .where(
        sql`${moves.seq} > ${moved_at} AND ${moves.kind} IN ('paid', 'came_back')
          AND NOT EXISTS (SELECT 1 FROM moves AS w WHERE ${moves.kind} = 'came_back' AND w.recorded_at = ${moves.recorded_at}
            AND w.ref = substr(${moves.ref}, 1, length(${moves.ref}) - length('came_back')) || 'written_off')`,
      )
      .orderBy(moves.seq)
      .limit(limit),
  ]);
  const [row] = state;
  if (!row) throw new Error('the books hold no cursor: migrations have not run');
  const { endpoints, last_line_seq, last_transfer_seq, ...cursor } = row;
  return { cursor, endpoints, feed, lines: booked, moved, last_line_seq, last_transfer_seq };
}

const refs = (rows: readonly FeedRow[], source: FeedRow['source']) =>
  JSON.stringify(rows.filter((row) => row.source === source).map(({ seq, ref }) => ({ seq, ref })));
const field = (name: string) => sql.raw(`j.value ->> '$.ref' ->> '$.${name}'`);
const feedSeq = sql<number>`j.value ->> '$.seq'`;

/** A row of the feed with what it stands for. */
export type Read<Row> = Row & { feed_seq: number };

/** What rows of the feed stand for. */
export interface FeedContents {
  attributions: Read<AttributionRow>[];
  claims: Read<ClaimDecidedRow>[];
  frozen: Read<FrozenRow>[];
  sends: Read<AttentionRow>[];
}

/** Reads the rows that the feed names. All of them are append-only, or fixed once named. */
export async function readFeed(db: Database, rows: readonly FeedRow[]): Promise<FeedContents> {
  if (rows.length === 0) return { attributions: [], claims: [], frozen: [], sends: [] };
  const [attributions, decided, frozen, attention] = await Promise.all([
    db.all<
      Read<AttributionRow>
    >(sql`SELECT ${feedSeq} AS feed_seq, d.account_id, d.n, d.decision_id, d.at, d.kind, d.source, d.partner_id,
        d.earns_from, d.blocked, d.flags, d.clause, d.policy_version
      FROM json_each(${refs(rows, 'decision')}) AS j JOIN ${decisions} AS d ON d.account_id = ${field('account_id')} AND d.n = ${field('n')}`),
    db.all<
      Read<ClaimDecidedRow>
    >(sql`SELECT ${feedSeq} AS feed_seq, c.claim_id, o.n, c.partner_id, c.kind, c.account_id, o.outcome, o.clause,
        o.reason, o.at, o.earns_from, o.decision_id
      FROM json_each(${refs(rows, 'claim')}) AS j JOIN ${claimOutcomes} AS o ON o.claim_id = ${field('claim_id')} AND o.n = ${field('n')}
      JOIN ${claims} AS c ON c.claim_id = o.claim_id`),
    db.all<
      Read<FrozenRow>
    >(sql`SELECT ${feedSeq} AS feed_seq, b.pay_date, b.week_start_on, b.week_end_on, b.frozen_at, b.rail, b.approval,
        b.approval_reasons, b.currency, b.manifest_sha256, b.payout_count, b.payout_amount, b.skipped_count
      FROM json_each(${refs(rows, 'batch')}) AS j JOIN ${batches} AS b ON b.pay_date = ${field('pay_date')}`),
    db.all<
      Read<AttentionRow>
    >(sql`SELECT ${feedSeq} AS feed_seq, ${feedSeq} AS seq, s.sender_batch_id, s.pay_date, s.chunk,
        ${field('attention')} AS attention, ${field('at')} AS at
      FROM json_each(${refs(rows, 'send')}) AS j JOIN ${sends} AS s ON s.sender_batch_id = ${field('sender_batch_id')}`),
  ]);
  return { attributions, claims: decided, frozen, sends: attention };
}

/** What commissions came to before the line after `line_seq`, by partner and payment; absent: there was none. */
export async function commissionsBefore(
  db: Database,
  line_seq: number,
  fresh: readonly CommissionLine[],
): Promise<{ partner_id: string; payment_id: string; amount: number }[]> {
  if (fresh.length === 0) return [];
  const accounts = JSON.stringify([...new Set(fresh.map((line) => line.account_id))]);
  const payments = JSON.stringify([...new Set(fresh.map((line) => line.payment_id))]);
  return db.all(sql`SELECT l.partner_id, l.payment_id, sum(l.amount) AS amount FROM ${lines} AS l
    WHERE l.account_id IN (SELECT value FROM json_each(${accounts})) AND l.seq <= ${line_seq}
      AND l.payment_id IN (SELECT value FROM json_each(${payments}))
    GROUP BY l.partner_id, l.payment_id`);
}

/** An event as it is about to be kept. */
export type NewEvent = Omit<typeof webhookEvents.$inferInsert, 'seq'>;

/**
 * The statements of one pass: the events, their deliveries to every enabled endpoint that wants them, the feed emptied of what they tell,
 * and the cursor moved. All or none; of two passes at once one is in conflict.
 */
export function passStatements(
  db: Database,
  pass: {
    cursor: Cursor;
    events: readonly NewEvent[];
    feed_seqs: readonly number[];
    line_seq: number;
    transfer_seq: number;
    now: number;
  },
): Statement[] {
  const { cursor, events, feed_seqs, line_seq, transfer_seq, now } = pass;
  const next = { n: cursor.n + 1, line_seq, transfer_seq };
  return [
    expectThat(db, sql`(SELECT c.n FROM ${webhookCursor} AS c) = ${cursor.n}`),
    db.run(sql`INSERT INTO webhook_events (event_id, type, subject, occurred_at, noted_at, payload)
      SELECT value ->> '$.event_id', value ->> '$.type', value ->> '$.subject', value ->> '$.occurred_at', value ->> '$.noted_at', value ->> '$.payload'
      FROM json_each(${JSON.stringify(events)}) WHERE true ON CONFLICT DO NOTHING`),
    db.run(sql`INSERT INTO webhook_deliveries (delivery_id, endpoint_id, event_id, event_seq, status, tries, round, next_try_at, queued_at)
      SELECT e.endpoint_id || '-' || v.event_id, e.endpoint_id, v.event_id, v.seq, 'queued', 0, 0, ${now}, ${now}
      FROM json_each(${JSON.stringify(events.map((event) => event.event_id))}) AS j JOIN webhook_events AS v ON v.event_id = j.value
      JOIN webhook_endpoints AS e ON e.status = 'enabled'
      WHERE v.type IN (SELECT t.value FROM json_each(e.types) AS t) ON CONFLICT DO NOTHING`),
    db
      .delete(webhookFeed)
      .where(inArray(webhookFeed.seq, sql`(SELECT value FROM json_each(${JSON.stringify(feed_seqs)}))`)),
    db.update(webhookCursor).set(next),
  ];
}

/** The statements that let a program's first endpoint begin with the present: what came to be before is told to nobody. */
export function beginHere(db: Database): Statement[] {
  const first = sql`NOT EXISTS (SELECT 1 FROM ${webhookEndpoints})`;
  return [
    db
      .update(webhookCursor)
      .set({
        n: sql`n + 1`,
        line_seq: sql`coalesce((SELECT max(l.seq) FROM lines AS l), 0)`,
        transfer_seq: sql`coalesce((SELECT max(t.seq) FROM moves AS t), 0)`,
      })
      .where(first),
    db.delete(webhookFeed).where(first),
  ];
}

/** Removes events before an instant with their deliveries, `limit` at most; says how many. Epoch ms. */
export async function forgetEvents(db: Database, before: number, limit: number): Promise<number> {
  const old = sql`SELECT v.seq FROM webhook_events AS v WHERE v.noted_at < ${before} ORDER BY v.noted_at LIMIT ${limit}`;
  const deliveries = db
    .delete(webhookDeliveries)
    .where(sql`event_id IN (SELECT v.event_id FROM webhook_events AS v WHERE v.seq IN (${old}))`);
  const events = db.delete(webhookEvents).where(sql`seq IN (${old})`);
  const [, gone] = await db.batch([deliveries, events]);
  return gone.meta.changes;
}
