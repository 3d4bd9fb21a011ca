import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const lines = sqliteTable('lines', {
  seq: integer().primaryKey(),
  partner_id: text().notNull(),
  account_id: text(),
  payment_id: text(),
  kind: text({
    enum: [
      'commission',
      'refund',
      'refund_reversal',
      'forfeit',
      'reactivation',
      'referrer',
      'self_referral',
      'adjustment',
      'returned',
    ],
  }).notNull(),
  cause_id: text().notNull(),
  at: integer().notNull(),
  payable_at: integer().notNull(),
  amount: integer().notNull(),
  rate_bps: integer(),
  recorded_at: integer().notNull(),
  payout_id: text(),
});

export const transfers = sqliteTable('transfers', {
  seq: integer().primaryKey(),
  debit: text().notNull(),
  credit: text().notNull(),
  amount: integer().notNull(),
  kind: text({ enum: ['freeze', 'paid', 'returned', 'came_back', 'reinstated', 'written_off'] }).notNull(),
  ref: text().notNull(),
  partner_id: text().notNull(),
  payout_id: text().notNull(),
  at: integer().notNull(),
  recorded_at: integer().notNull(),
});

export const adjustments = sqliteTable('adjustments', {
  adjustment_id: text().primaryKey(),
  partner_id: text().notNull(),
  amount: integer().notNull(),
  reason: text().notNull(),
  by: text().notNull(),
  at: integer().notNull(),
});

export const closes = sqliteTable('closes', {
  pay_date: text().primaryKey(),
  line_seq: integer().notNull(),
  transfer_seq: integer().notNull(),
  at: integer().notNull(),
  hash: text().notNull(),
  recorded_at: integer().notNull(),
});

export const closeBalances = sqliteTable(
  'close_balances',
  {
    partner_id: text().notNull(),
    pay_date: text().notNull(),
    balances: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.partner_id, t.pay_date] })],
);
