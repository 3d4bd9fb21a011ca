import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const promotionCodes = sqliteTable('promotion_codes', {
  code: text().primaryKey(),
  shown_code: text().notNull(),
  partner_id: text().notNull(),
  by: text().notNull(),
  recorded_at: integer().notNull(),
});
