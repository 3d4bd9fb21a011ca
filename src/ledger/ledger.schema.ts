import { sql } from 'drizzle-orm';
import { integer, primaryKey, sqliteTable, sqliteView, text } from 'drizzle-orm/sqlite-core';

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

const transfer = () => ({
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

/** Transfers but those that freeze payouts, which are the payouts' own rows. */
export const moves = sqliteTable('moves', transfer());
/** Every transfer: `moves` and the payouts' freezes. It has no index of its own: what is read by one asks for either. */
export const transfers = sqliteView('transfers', transfer()).existing();

/** Where `seq` of transfers stands: the last one's, whichever it is. */
export const LAST_TRANSFER = sql<number>`max(coalesce((SELECT max(m.seq) FROM moves AS m), 0),
  coalesce((SELECT max(c.transfer_seq) FROM batch_chunks AS c), 0))`;

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

/** How far closes that are being taken have come. */
export const closeRuns = sqliteTable('close_runs', {
  pay_date: text().primaryKey(),
  hash: text().notNull(),
  through: text().notNull(),
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
