import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const archiveParts = sqliteTable(
  'archive_parts',
  {
    from_day: text().notNull(),
    key: text().notNull(),
    to_day: text().notNull(),
    from_visitor: text().notNull(),
    to_visitor: text().notNull(),
    clicks: integer().notNull(),
    moved: integer().notNull(),
    bytes: integer().notNull(),
    blocks: text().notNull(),
    archived_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.from_day, t.key] })],
);
