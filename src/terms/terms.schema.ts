import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const termsVersions = sqliteTable('terms_versions', {
  version: integer().primaryKey(),
  body: text().notNull(),
  published_at: integer().notNull(),
  published_by: text().notNull(),
});

export const termsAcceptances = sqliteTable(
  'terms_acceptances',
  {
    partner_id: text().notNull(),
    version: integer().notNull(),
    accepted_at: integer().notNull(),
    accepted_by: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.partner_id, t.version] })],
);
