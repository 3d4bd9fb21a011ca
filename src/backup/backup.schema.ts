import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const backups = sqliteTable('backups', {
  day: text().primaryKey(),
  status: text({ enum: ['running', 'done', 'dropped'] }).notNull(),
  step: integer().notNull(),
  progress: text().notNull(),
  manifest_sha256: text(),
  rows: integer(),
  bytes: integer(),
  began_at: integer().notNull(),
  ended_at: integer(),
});
