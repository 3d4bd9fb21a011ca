import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const SEND_STATUSES = ['sending', 'accepted', 'refused', 'settled', 'needs_attention'] as const;
export const ITEM_OUTCOMES = ['waiting', 'unclaimed', 'paid', 'ended', 'came_back', 'unknown'] as const;

export const sends = sqliteTable('sends', {
  sender_batch_id: text().primaryKey(),
  pay_date: text().notNull(),
  chunk: integer().notNull(),
  attempt: integer().notNull(),
  through: text().notNull(),
  body_version: integer().notNull(),
  body_sha256: text().notNull(),
  status: text({ enum: SEND_STATUSES }).notNull(),
  provider_batch_id: text().unique(),
  first_sent_at: integer().notNull(),
  tried_at: integer(),
  tries: integer().notNull(),
  reason: text(),
  attention: text(),
  checked_at: integer(),
  settled_at: integer(),
});
export type SendRow = typeof sends.$inferSelect;

export const sendItems = sqliteTable(
  'send_items',
  {
    sender_batch_id: text().notNull(),
    payout_id: text().notNull(),
    part: integer().notNull(),
    amount: integer().notNull(),
    provider_item_id: text(),
    provider_status: text(),
    outcome: text({ enum: ITEM_OUTCOMES }).notNull(),
    reason: text(),
    fee: integer(),
    checked_at: integer(),
  },
  (t) => [primaryKey({ columns: [t.sender_batch_id, t.payout_id, t.part] })],
);
export type SendItemRow = typeof sendItems.$inferSelect;
