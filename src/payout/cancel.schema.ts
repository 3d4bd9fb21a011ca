import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Why a payout that stands UNCLAIMED is called back. */
export const CANCEL_CAUSES = ['asked', 'address'] as const;

export const payoutCancellations = sqliteTable('payout_cancellations', {
  payout_id: text().primaryKey(),
  cause: text({ enum: CANCEL_CAUSES }).notNull(),
  asked_at: integer().notNull(),
  asked_by: text().notNull(),
  tried_at: integer(),
});
export type CancellationRow = typeof payoutCancellations.$inferSelect;
