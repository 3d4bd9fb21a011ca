import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Changes of a partner's address that wait for the links of two mails. */
export const emailChanges = sqliteTable('email_changes', {
  change_id: text().primaryKey(),
  partner_id: text().notNull(),
  person_id: text().notNull(),
  asked_at: integer().notNull(),
  expires_at: integer().notNull(),
  former_confirmed_at: integer(),
  new_confirmed_at: integer(),
  ended_at: integer(),
  outcome: text({ enum: ['done', 'called_off'] }),
});
