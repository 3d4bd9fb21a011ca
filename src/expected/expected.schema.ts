import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const expectedLists = sqliteTable('expected_lists', {
  list_id: text().primaryKey(),
  partner_id: text().notNull(),
  received_at: integer().notNull(),
  row_count: integer().notNull(),
  malformed_count: integer().notNull(),
  duplicate_count: integer().notNull(),
  accepted_at: integer(),
  accepted_by: text(),
  reason: text(),
  accepted_until: integer(),
});

export const expectedClients = sqliteTable(
  'expected_clients',
  {
    list_id: text().notNull(),
    row: integer().notNull(),
    person_id: text(),
    match_hash: text(),
    received: text({ enum: ['received', 'malformed', 'duplicate'] }).notNull(),
    verdict: text({
      enum: ['accepted', 'existing_account', 'tracked_to_another', 'listed_by_another', 'self_referral'],
    }),
  },
  (table) => [primaryKey({ columns: [table.list_id, table.row] })],
);
