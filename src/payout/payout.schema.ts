import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** How a batch stands. Its freeze ends in `frozen`, `awaiting_approval`, or at once in `settled` where it pays nobody. */
export const BATCH_STATUSES = [
  'freezing',
  'frozen',
  'awaiting_approval',
  'sending',
  'in_flight',
  'settled',
  'needs_attention',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** How a payout stands. */
export const PAYOUT_STATUSES = [
  'frozen',
  'sending',
  'in_flight',
  'paid',
  'unclaimed',
  'returned',
  'failed',
  'held',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

export const RAILS = ['paypal', 'export'] as const;
export type RailName = (typeof RAILS)[number];

export const batches = sqliteTable('batches', {
  pay_date: text().primaryKey(),
  week_start_on: text().notNull(),
  week_end_on: text().notNull(),
  week_ends_at: integer().notNull(),
  frozen_at: integer().notNull(),
  cut_seq: integer().notNull(),
  rail: text({ enum: RAILS }).notNull(),
  approval: text({ enum: ['none', 'manual'] }).notNull(),
  policy_version: integer().notNull(),
  currency: text().notNull(),
  status: text({ enum: BATCH_STATUSES }).notNull(),
  approval_reasons: text().notNull(),
  manifest_sha256: text(),
  payout_count: integer(),
  payout_amount: integer(),
  skipped_count: integer(),
  line_seq: integer(),
  transfer_seq: integer(),
  approved_by: text(),
  approved_at: integer(),
  settled_at: integer(),
  recorded_at: integer().notNull(),
});
export type BatchRow = typeof batches.$inferSelect;

export const batchChunks = sqliteTable(
  'batch_chunks',
  {
    pay_date: text().notNull(),
    n: integer().notNull(),
    through: text().notNull(),
    manifest: text().notNull(),
    sha256: text().notNull(),
    payout_count: integer().notNull(),
    payout_amount: integer().notNull(),
    largest_payout: integer().notNull(),
    skipped_count: integer().notNull(),
    transfer_seq: integer(),
  },
  (t) => [primaryKey({ columns: [t.pay_date, t.n] })],
);

export const payouts = sqliteTable(
  'payouts',
  {
    pay_date: text().notNull(),
    partner_id: text().notNull(),
    payout_id: text().notNull().unique(),
    amount: integer().notNull(),
    line_count: integer().notNull(),
    person_id: text().notNull(),
    status: text({ enum: PAYOUT_STATUSES }).notNull(),
    status_at: integer().notNull(),
    reference: text(),
    reason: text(),
    fault: text({ enum: ['receiver', 'sender'] }),
    freeze_seq: integer(),
  },
  (t) => [primaryKey({ columns: [t.pay_date, t.partner_id] })],
);
export type PayoutRow = typeof payouts.$inferSelect;

export const payoutSkips = sqliteTable(
  'payout_skips',
  {
    pay_date: text().notNull(),
    partner_id: text().notNull(),
    amount: integer().notNull(),
    gates: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.pay_date, t.partner_id] })],
);

/** One row: how often anything has changed that a chunk's decision rests on. */
export const freezeGrounds = sqliteTable('freeze_grounds', {
  id: integer().primaryKey(),
  holds: integer().notNull(),
  partners: integer().notNull(),
});
