import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const partnerVisitors = sqliteTable(
  'partner_visitors',
  {
    partner_id: text().notNull(),
    visitor_id: text().notNull(),
    via: text({ enum: ['token', 'own_account'] }).notNull(),
    seen_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.partner_id, table.visitor_id] })],
);
