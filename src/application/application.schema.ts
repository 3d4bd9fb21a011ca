import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const applications = sqliteTable('applications', {
  partner_id: text().primaryKey(),
  address_hash: text().notNull(),
  applied_at: integer().notNull(),
  decided_at: integer(),
  decided_by: text(),
  decision: text({ enum: ['approved', 'declined'] }),
});
