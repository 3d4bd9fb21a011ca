import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const payments = sqliteTable('payments', {
  payment_id: text().primaryKey(),
  account_id: text().notNull(),
  amount: integer().notNull(),
  tax_amount: integer().notNull(),
  currency: text().notNull(),
  plan: text(),
  paid_at: integer().notNull(),
  converted_amount: integer(),
  parked_reason: text(),
  voided_reason: text(),
  recorded_at: integer().notNull(),
  paid_elsewhere_at: integer(),
});

export const refunds = sqliteTable('refunds', {
  refund_id: text().primaryKey(),
  payment_id: text().notNull(),
  amount: integer().notNull(),
  refunded_at: integer().notNull(),
  parked_reason: text(),
  voided_reason: text(),
  recorded_at: integer().notNull(),
});

export const refundReversals = sqliteTable('refund_reversals', {
  refund_id: text().primaryKey(),
  reversed_at: integer().notNull(),
  parked_reason: text(),
  voided_reason: text(),
  recorded_at: integer().notNull(),
});

export const cancellations = sqliteTable(
  'cancellations',
  {
    account_id: text().notNull(),
    cancelled_at: integer().notNull(),
    parked_reason: text(),
    voided_reason: text(),
    recorded_at: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.account_id, t.cancelled_at] })],
);
