import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { FORMAT_NAMES } from './formats/formats.rules.ts';
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

export const importChecks = sqliteTable('import_checks', {
  check_id: text().primaryKey(),
  kind: text({ enum: KINDS }).notNull(),
  format: text({ enum: FORMAT_NAMES }).notNull(),
  country: text(),
  file_sha256: text().notNull(),
  by: text().notNull(),
  at: integer().notNull(),
  rows: integer().notNull(),
  created: integer().notNull(),
  parked: integer().notNull(),
  unchanged: integer().notNull(),
  refused: integer().notNull(),
  due_total: integer(),
});

export const importVerdicts = sqliteTable(
  'import_verdicts',
  {
    run_id: text().notNull(),
    verdict: text({ enum: ['parked', 'refused'] }).notNull(),
    row: integer().notNull(),
    id: text(),
    code: text(),
    fields: text(),
  },
  (t) => [primaryKey({ columns: [t.run_id, t.verdict, t.row] })],
);
