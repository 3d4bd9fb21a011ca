import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const webhookEndpoints = sqliteTable('webhook_endpoints', {
  endpoint_id: text().primaryKey(),
  url: text().notNull(),
  types: text().notNull(),
  status: text({ enum: ['enabled', 'disabled'] }).notNull(),
  disabled_reason: text({ enum: ['failing', 'gone', 'operator'] }),
  disabled_at: integer(),
  failing_since: integer(),
  created_by: text().notNull(),
  created_at: integer().notNull(),
});

export const webhookSecrets = sqliteTable(
  'webhook_secrets',
  {
    endpoint_id: text().notNull(),
    n: integer().notNull(),
    kid: text().notNull(),
    sealed: text().notNull(),
    made_at: integer().notNull(),
    valid_until: integer(),
  },
  (t) => [primaryKey({ columns: [t.endpoint_id, t.n] })],
);

export const webhookFeed = sqliteTable('webhook_feed', {
  seq: integer().primaryKey(),
  source: text({ enum: ['decision', 'claim', 'batch', 'send'] }).notNull(),
  ref: text().notNull(),
  line_seq: integer().notNull(),
});

export const webhookCursor = sqliteTable('webhook_cursor', {
  id: integer().primaryKey(),
  n: integer().notNull(),
  line_seq: integer().notNull(),
  transfer_seq: integer().notNull(),
});

export const webhookEvents = sqliteTable('webhook_events', {
  seq: integer().primaryKey(),
  event_id: text().notNull().unique(),
  type: text().notNull(),
  subject: text().notNull(),
  occurred_at: integer().notNull(),
  noted_at: integer().notNull(),
  payload: text().notNull(),
});

export const DELIVERY_STATUSES = ['queued', 'delivered', 'failed'] as const;

export const webhookDeliveries = sqliteTable('webhook_deliveries', {
  delivery_id: text().primaryKey(),
  endpoint_id: text().notNull(),
  event_id: text().notNull(),
  event_seq: integer().notNull(),
  status: text({ enum: DELIVERY_STATUSES }).notNull(),
  tries: integer().notNull(),
  round: integer().notNull(),
  next_try_at: integer().notNull(),
  tried_at: integer(),
  last_status: integer(),
  last_reason: text(),
  queued_at: integer().notNull(),
  ended_at: integer(),
});
