import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const exceptions = sqliteTable('exceptions', {
  exception_id: text().primaryKey(),
  account_id: text().notNull(),
  decision_id: text().notNull(),
  clause: text().notNull(),
  proposed_by: text().notNull(),
  agreed_by: text().notNull(),
  at: integer().notNull(),
});
