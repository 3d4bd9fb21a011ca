import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const accounts = sqliteTable('accounts', {
  account_id: text().primaryKey(),
  opened_by: text({ enum: ['server', 'form', 'stripe', 'import'] }).notNull(),
  signed_up_at: integer().notNull(),
  policy_version: integer().notNull(),
  joined_to: text(),
  recorded_at: integer().notNull(),
});

export const accountPeople = sqliteTable(
  'account_people',
  {
    account_id: text().notNull(),
    person_id: text().notNull(),
    role: text({ enum: ['admin', 'user'] }).notNull(),
    from_at: integer().notNull(),
    until_at: integer(),
  },
  (t) => [primaryKey({ columns: [t.account_id, t.person_id] })],
);

export const accountClicks = sqliteTable(
  'account_clicks',
  {
    account_id: text().notNull(),
    click_id: text().notNull(),
    visitor_id: text().notNull(),
    code: text().notNull(),
    partner_id: text(),
    clicked_at: integer().notNull(),
    via: text({ enum: ['record', 'form'] }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.account_id, t.click_id] })],
);

export const forms = sqliteTable('forms', {
  account_id: text().primaryKey(),
  signup_ref_hash: text().notNull(),
  click_id: text(),
  match_hash: text().notNull(),
  hinted_account_id: text(),
  submitted_at: integer().notNull(),
  sender_hash: text(),
});

export const decisions = sqliteTable(
  'decisions',
  {
    account_id: text().notNull(),
    n: integer().notNull(),
    decision_id: text().notNull(),
    at: integer().notNull(),
    kind: text({ enum: ['signup', 'claim', 'audit', 'operator'] }).notNull(),
    outcome: text().notNull(),
    source: text(),
    partner_id: text(),
    sets_referrer: integer().notNull(),
    earns_from: integer(),
    blocked: integer().notNull(),
    flags: text().notNull(),
    clause: text().notNull(),
    policy_version: integer().notNull(),
    asked_by: text().notNull(),
    facts: text().notNull(),
    recorded_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.account_id, t.n] })],
);

export const accountMoves = sqliteTable('account_moves', {
  account_id: text().primaryKey(),
  into_account_id: text().notNull(),
  kind: text({ enum: ['merged', 'handed_over'] }).notNull(),
  by: text().notNull(),
  reason: text().notNull(),
  at: integer().notNull(),
});
