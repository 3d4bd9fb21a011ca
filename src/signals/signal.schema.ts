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

/** What may be noticed of a partner's accounts and forms. */
export const SIGNAL_KINDS = [
  'quick_signup',
  'forms_by_sender',
  'forms_by_click',
  'accounts_by_address',
  'own_browser',
  'form_join',
  'own_name_on_client_domain',
  'partner_is_user',
  'former_address',
] as const;

export const signals = sqliteTable(
  'signals',
  {
    partner_id: text().notNull(),
    kind: text({ enum: SIGNAL_KINDS }).notNull(),
    subject: text().notNull(),
    account_id: text(),
    at: integer().notNull(),
    facts: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.partner_id, table.kind, table.subject] })],
);
