import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const holds = sqliteTable('holds', {
  hold_id: text().primaryKey(),
  kind: text({
    enum: [
      'self_referral',
      'form_join',
      'audit_finding',
      'residency',
      'address_in_use',
      'country_change',
      'came_back',
      'dispute',
    ],
  }).notNull(),
  partner_id: text(),
  account_id: text(),
  payment_id: text(),
  payout_id: text(),
  person_id: text(),
  clause: text().notNull(),
  facts: text().notNull(),
  opened_at: integer().notNull(),
  decision: text({ enum: ['release', 'deny'] }),
  decided_at: integer(),
  decided_by: text(),
  reason: text(),
});
