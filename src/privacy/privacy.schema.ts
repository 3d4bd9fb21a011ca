import { sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const senderSalts = sqliteTable('sender_salts', {
  day: text().primaryKey(),
  salt: text().notNull(),
});

export const sweeps = sqliteTable('sweeps', {
  rule: text().primaryKey(),
  after: text().notNull(),
});
