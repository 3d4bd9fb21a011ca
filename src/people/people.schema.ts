import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const people = sqliteTable('people', {
  person_id: text().primaryKey(),
  email: text(),
  name: text(),
  company: text(),
  address_hash: text(),
  match_hash: text(),
  erased_at: integer(),
});

export const documents = sqliteTable('documents', {
  document_id: text().primaryKey(),
  subject: text().notNull(),
  kind: text().notNull(),
  body: text(),
  recorded_at: integer().notNull(),
});
