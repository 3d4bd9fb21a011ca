import { canonicalJson } from '../program/canonical.rules.ts';
import type { Pay } from './freeze.rules.ts';
import type { BatchRow } from './payout.schema.ts';

/** A payout with the id made for it. */
export type IdentifiedPay = Pay & { payout_id: string };

/** A chunk's part of the manifest: its payouts in the partners' order. Ids and keyed hashes only, no addresses. */
export function chunkManifest(pay_date: string, n: number, pays: readonly IdentifiedPay[]): string {
  const items = pays.map(({ payout_id, partner_id, amount, line_count, person_id, address_hash }) => ({
    payout_id,
    partner_id,
    amount,
    line_count,
    receiver: address_hash ?? person_id,
  }));
  return canonicalJson({ pay_date, n, items });
}

/** What a batch's chunks come to. */
export interface ChunkTotals {
  sha256: string;
  payout_count: number;
  payout_amount: number;
  largest_payout: number;
  skipped_count: number;
}

/** Sums over a batch's chunks. */
export function batchTotals(chunks: readonly ChunkTotals[]) {
  const totals = { payout_count: 0, payout_amount: 0, largest_payout: 0, skipped_count: 0 };
  for (const chunk of chunks) {
    totals.payout_count += chunk.payout_count;
    totals.payout_amount += chunk.payout_amount;
    totals.largest_payout = Math.max(totals.largest_payout, chunk.largest_payout);
    totals.skipped_count += chunk.skipped_count;
  }
  return totals;
}

type ManifestBatch = Pick<
  BatchRow,
  'pay_date' | 'week_start_on' | 'week_end_on' | 'frozen_at' | 'policy_version' | 'rail' | 'currency'
>;

/** The manifest of a whole batch, canonical JSON: equal batches give equal bytes, and its SHA-256 is what is approved and sent with. */
export function batchManifest(program_id: string, batch: ManifestBatch, chunks: readonly ChunkTotals[]): string {
  const { payout_count, payout_amount, skipped_count } = batchTotals(chunks);
  return canonicalJson({
    program_id,
    pay_date: batch.pay_date,
    week: { start: batch.week_start_on, end: batch.week_end_on },
    frozen_at: batch.frozen_at,
    policy_version: batch.policy_version,
    rail: batch.rail,
    currency: batch.currency,
    totals: { payouts: payout_count, amount: payout_amount, skipped: skipped_count },
    chunks: chunks.map((chunk) => chunk.sha256),
  });
}
