import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const stripeFacts = sqliteTable(
  'stripe_facts',
  {
    object_id: text().notNull(),
    kind: text().notNull(),
    at: integer().notNull(),
    value: text().notNull(),
    recorded_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.object_id, t.kind, t.at, t.value] })],
);

export const stripeLinks = sqliteTable('stripe_links', { a: text().notNull(), b: text().notNull() }, (t) => [
  primaryKey({ columns: [t.a, t.b] }),
]);

export const stripePending = sqliteTable('stripe_pending', {
  object_id: text().primaryKey(),
  wanted: integer().notNull(),
  reason: text(),
  since_at: integer().notNull(),
  next_at: integer(),
  tries: integer().notNull(),
  dismissed_reason: text(),
  dismissed_for: text(),
});

export const stripeModes = sqliteTable('stripe_modes', {
  mode: text({ enum: ['live', 'test'] }).primaryKey(),
  since_at: integer().notNull(),
});

export const stripeIgnored = sqliteTable('stripe_ignored', {
  type: text().primaryKey(),
  count: integer().notNull(),
  last_at: integer().notNull(),
});
