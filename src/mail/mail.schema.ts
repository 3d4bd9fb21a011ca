import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const mailOutbox = sqliteTable('mail_outbox', {
  mail_id: text().primaryKey(),
  kind: text().notNull(),
  subject: text().notNull(),
  account_id: text(),
  person_id: text().notNull(),
  facts: text().notNull(),
  send_after_at: integer().notNull(),
  drop_after_at: integer(),
  status: text({ enum: ['queued', 'sent', 'dropped', 'failed'] }).notNull(),
  tries: integer().notNull(),
  reason: text(),
  queued_at: integer().notNull(),
  sent_at: integer(),
});

/** Which mails that may be refused a partner wants. */
export const mailChoices = sqliteTable(
  'mail_choices',
  { partner_id: text().notNull(), kind: text().notNull(), wanted: integer().notNull(), at: integer().notNull() },
  (t) => [primaryKey({ columns: [t.partner_id, t.kind] })],
);
