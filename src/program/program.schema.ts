import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { VIAS } from './audit.rules.ts';

export const program = sqliteTable('program', {
  id: integer().primaryKey(),
  program_id: text().notNull(),
  hash_key: text().notNull(),
});

export const policyVersions = sqliteTable('policy_versions', {
  version: integer().primaryKey(),
  effective_from: integer().notNull(),
  fields: text().notNull(),
  saved_by: text().notNull(),
  recorded_at: integer().notNull(),
});

export const versions = sqliteTable(
  'versions',
  {
    subject: text().notNull(),
    n: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.subject, t.n] })],
);

export const expectations = sqliteTable('expectations', {
  ok: integer().notNull(),
});

export const replays = sqliteTable(
  'replays',
  {
    scope: text().notNull(),
    key: text().notNull(),
    content_hash: text().notNull(),
    status: integer().notNull(),
    answer: text().notNull(),
    subject: text().notNull(),
    recorded_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.key] })],
);

export const proposals = sqliteTable('proposals', {
  proposal_id: text().primaryKey(),
  operation: text().notNull(),
  subject: text().notNull(),
  content_hash: text().notNull(),
  proposed_by: text().notNull(),
  proposed_at: integer().notNull(),
  done_by: text(),
  done_at: integer(),
});

export const auditLog = sqliteTable('audit_log', {
  seq: integer().primaryKey(),
  at: integer().notNull(),
  actor: text().notNull(),
  action: text().notNull(),
  subject: text().notNull(),
  details: text().notNull(),
  before: text(),
  after: text(),
  via: text({ enum: VIAS }),
});
