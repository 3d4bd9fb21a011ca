import { asc, sql } from 'drizzle-orm';

import type { Database } from '../program/commit.repo.ts';
import { batchChunks, batches, payouts, payoutSkips } from './payout.schema.ts';
import { sends } from './send.schema.ts';
import { payoutWords } from './witness-word.schema.ts';
import { sendName, type Known, type WitnessChunk, type WitnessLine } from './witness.rules.ts';

/** Partners whose lines are read at once. */
const PAGE = 200;

/** What the books know of batches, sendings and people's words. Three queries. */
export async function readKnown(db: Database): Promise<Known> {
  const [days, sent, said] = await db.batch([
    db.select({ pay_date: batches.pay_date, sha256: batches.manifest_sha256 }).from(batches),
    db.select({ pay_date: sends.pay_date, chunk: sends.chunk, attempt: sends.attempt }).from(sends),
    db.select({ word_id: payoutWords.word_id }).from(payoutWords),
  ]);
  return {
    batches: new Map(days.map((row) => [row.pay_date, row.sha256])),
    sends: new Set(sent.map((row) => sendName(row.pay_date, row.chunk, row.attempt))),
    words: new Set(said.map((row) => row.word_id)),
  };
}

/** A chunk with all that a replay would need of it: who is paid, of which lines, and who was skipped. */
export async function readWitnessChunk(db: Database, pay_date: string, n: number): Promise<WitnessChunk | null> {
  const chunkIs = sql`${batchChunks.pay_date} = ${pay_date} AND ${batchChunks.n}`;
  const former = sql`coalesce((SELECT through FROM batch_chunks WHERE pay_date = ${pay_date} AND n = ${n - 1}), '')`;
  const [chunk] = await db
    .select()
    .from(batchChunks)
    .where(sql`${chunkIs} = ${n}`);
  if (!chunk) return null;
  const within = sql`partner_id > ${former} AND partner_id <= ${chunk.through}`;
  const receivers = await db
    .select({ payout_id: payouts.payout_id, person_id: payouts.person_id, partner_id: payouts.partner_id })
    .from(payouts)
    .where(sql`${payouts.pay_date} = ${pay_date} AND ${within}`)
    .orderBy(asc(payouts.partner_id));
  const skips = await db
    .select()
    .from(payoutSkips)
    .where(sql`${payoutSkips.pay_date} = ${pay_date} AND ${within}`)
    .orderBy(asc(payoutSkips.partner_id));
  const lines: WitnessLine[] = [];
  for (let i = 0; i < receivers.length; i += PAGE) {
    lines.push(...(await claimedLines(db, receivers.slice(i, i + PAGE))));
  }
  return {
    n,
    through: chunk.through,
    manifest: chunk.manifest,
    sha256: chunk.sha256,
    skipped_count: chunk.skipped_count,
    receivers: receivers.map(({ payout_id, person_id }) => [payout_id, person_id]),
    skips: skips.map(({ partner_id, amount, gates }) => [partner_id, amount, gates]),
    lines,
  };
}

/** The lines that payouts have claimed, in booking order. Walks the partners' lines: marks have no index of their own. */
async function claimedLines(
  db: Database,
  of: readonly { payout_id: string; partner_id: string }[],
): Promise<WitnessLine[]> {
  const ids = JSON.stringify(of.map(({ partner_id, payout_id }) => [partner_id, payout_id]));
  return db.all<WitnessLine>(sql`SELECT l.payout_id, l.partner_id, l.account_id, l.payment_id, l.kind, l.cause_id, l.at, l.payable_at, l.amount, l.rate_bps
    FROM json_each(${ids}) AS p CROSS JOIN lines AS l INDEXED BY lines_partner
    WHERE l.partner_id = p.value ->> 0 AND l.payout_id = p.value ->> 1 ORDER BY l.seq`);
}
