import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { KINDS } from './import.rules.ts';

export const imports = sqliteTable('imports', {
  import_id: text().primaryKey(),
  kind: text({ enum: KINDS }).notNull(),
  format: text().notNull(),
  by: text().notNull(),
  started_at: integer().notNull(),
  rows_done: integer().notNull(),
  created: integer().notNull(),
  parked: integer().notNull(),
  unchanged: integer().notNull(),
  refused: integer().notNull(),
  ended: integer().notNull(),
});
