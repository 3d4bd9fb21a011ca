import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const payoutWords = sqliteTable('payout_words', {
  word_id: text().primaryKey(),
  pay_date: text().notNull(),
  content: text().notNull(),
  witnessed: integer().notNull(),
});
export type PayoutWordRow = typeof payoutWords.$inferSelect;
