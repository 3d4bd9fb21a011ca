import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { CLICK_CLASSES } from './click.ts';

export const clicks = sqliteTable(
  'clicks',
  {
    day: text().notNull(),
    visitor_id: text().notNull(),
    click_id: text().notNull(),
    clicked_at: integer().notNull(),
    code: text().notNull(),
    partner_id: text(),
    class: text({ enum: CLICK_CLASSES }).notNull(),
    sub_id: text(),
    utm_source: text(),
    utm_medium: text(),
    utm_campaign: text(),
  },
  (t) => [primaryKey({ columns: [t.day, t.visitor_id, t.click_id] })],
);

export const clickDays = sqliteTable(
  'click_days',
  {
    code: text().notNull(),
    day: text().notNull(),
    sub_id: text().notNull(),
    utm_campaign: text().notNull(),
    persons: integer().notNull(),
    bots: integer().notNull(),
    others: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.code, t.day, t.sub_id, t.utm_campaign] })],
);

export const countedDays = sqliteTable('counted_days', {
  day: text().primaryKey(),
  counted_at: integer().notNull(),
});
