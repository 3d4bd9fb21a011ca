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
  },
  (t) => [primaryKey({ columns: [t.day, t.visitor_id, t.click_id] })],
);
