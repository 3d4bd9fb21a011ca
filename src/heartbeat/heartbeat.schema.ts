import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const heartbeats = sqliteTable('heartbeats', {
  cron: text().primaryKey(),
  came_at: integer().notNull(),
  well_at: integer(),
});
