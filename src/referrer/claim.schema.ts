import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const claims = sqliteTable('claims', {
  claim_id: text().primaryKey(),
  partner_id: text().notNull(),
  kind: text({ enum: ['claim', 'audit'] }).notNull(),
  named_by: text({ enum: ['account_id', 'account_email'] }).notNull(),
  account_id: text(),
  match_hash: text(),
  filed_at: integer().notNull(),
  expires_at: integer().notNull(),
  policy_version: integer().notNull(),
  recorded_at: integer().notNull(),
});

export const claimOutcomes = sqliteTable(
  'claim_outcomes',
  {
    claim_id: text().notNull(),
    n: integer().notNull(),
    outcome: text({
      enum: [
        'needs_client_confirmation',
        'received',
        'granted',
        'refused',
        'already_referrer',
        'corrected',
        'unchanged',
      ],
    }).notNull(),
    clause: text().notNull(),
    reason: text().notNull(),
    at: integer().notNull(),
    by: text().notNull(),
    decision_id: text(),
    earns_from: integer(),
  },
  (table) => [primaryKey({ columns: [table.claim_id, table.n] })],
);

export const confirmations = sqliteTable('confirmations', {
  confirmation_id: text().primaryKey(),
  purpose: text({ enum: ['claim', 'form_join'] }).notNull(),
  subject_id: text().notNull(),
  account_id: text().notNull(),
  partner_id: text().notNull(),
  person_id: text().notNull(),
  asked_at: integer().notNull(),
  expires_at: integer().notNull(),
  answer: text({ enum: ['yes', 'no'] }),
  answered_at: integer(),
  answered_by: text(),
});
