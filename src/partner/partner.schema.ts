import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const partners = sqliteTable('partners', {
  partner_id: text().primaryKey(),
  recorded_at: integer().notNull(),
});

/** What the gates of a freeze ask of a partner: a copy that triggers keep of its facts. */
export const payees = sqliteTable('payees', {
  partner_id: text().primaryKey(),
  paypal: text(),
  facts: text().notNull(),
});

export const partnerFacts = sqliteTable(
  'partner_facts',
  {
    partner_id: text().notNull(),
    n: integer().notNull(),
    field: text({ enum: ['status', 'rate_bps', 'country', 'contact', 'paypal', 'residency', 'withheld'] }).notNull(),
    value: text(),
    at: integer().notNull(),
    by: text().notNull(),
    reason: text(),
  },
  (t) => [primaryKey({ columns: [t.partner_id, t.n] })],
);

export const links = sqliteTable('links', {
  code: text().primaryKey(),
  shown_code: text().notNull(),
  partner_id: text().notNull(),
  destination: text().notNull(),
  label: text(),
  recorded_at: integer().notNull(),
});

export const linkStates = sqliteTable(
  'link_states',
  {
    code: text().notNull(),
    at: integer().notNull(),
    retired: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.code, t.at] })],
);

export const tokens = sqliteTable('tokens', {
  jti: text().primaryKey(),
  partner_id: text().notNull(),
  scope: text().notNull(),
  issued_at: integer().notNull(),
  expires_at: integer().notNull(),
  issued_by: text().notNull(),
  revoked_at: integer(),
});

export const planRates = sqliteTable(
  'plan_rates',
  {
    plan: text().notNull(),
    from_at: integer().notNull(),
    rate_bps: integer().notNull(),
    by: text().notNull(),
    recorded_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.plan, t.from_at] })],
);
