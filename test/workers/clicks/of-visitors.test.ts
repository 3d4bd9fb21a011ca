import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeEach, expect, it } from 'vitest';

import {
  clicksOfVisitors,
  clicksOfVisitorsQuery,
  keepClicks,
  type ClickRow,
} from '../../../src/attribution/click.repo.ts';
import { clickRowOf } from '../../../src/attribution/clicks.consumer.ts';
import { newClickId } from '../../../src/attribution/token.ts';
import { openDatabase, type Database } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';

let clicks: Database;
beforeEach(async () => {
  await freshDatabases();
  clicks = openDatabase(env.CLICKS);
});

const DAY = 86_400_000;
const FROM = Date.parse('2026-02-27T12:00:00Z');
const visitor = (n: number) => `visitor${String(n).padStart(9, '0')}`;

function rowAt(visitor_id: string, clicked_at: number): ClickRow[] {
  const row = clickRowOf({
    v: 1,
    click_id: newClickId(clicked_at),
    visitor_id,
    clicked_at,
    code: 'mira',
    partner_id: null,
    class: 'person',
  });
  return row ? [row] : [];
}

it('R4: the clicks of these visitors between two instants, both included, and of nobody else', async () => {
  const wanted = [FROM, FROM + 1, FROM + 2 * DAY]
    .flatMap((at) => rowAt(visitor(1), at))
    .concat(rowAt(visitor(2), FROM + DAY));
  const others = [
    ...rowAt(visitor(1), FROM - 1),
    ...rowAt(visitor(1), FROM + 2 * DAY + 1),
    ...rowAt(visitor(3), FROM),
    ...rowAt(visitor(2), FROM + 30 * DAY),
  ];
  expect(await keepClicks(clicks, [...wanted, ...others])).toBe(8);
  const found = await clicksOfVisitors(clicks, [visitor(1), visitor(2)], FROM, FROM + 2 * DAY);
  const byId = (rows: readonly ClickRow[]) => rows.toSorted((a, b) => (a.click_id < b.click_id ? -1 : 1));
  expect(byId(found)).toEqual(byId(wanted));
});

it('nobody asked for, or no time to ask about, is nothing', async () => {
  expect(await clicksOfVisitors(clicks, [], 0, FROM)).toEqual([]);
  expect(await clicksOfVisitors(clicks, [visitor(1)], FROM, FROM - 1)).toEqual([]);
});

it('an audit is one seek a day and visitor: the plan scans nothing but the two lists', async () => {
  const query = clicksOfVisitorsQuery([visitor(1)], FROM, FROM + DAY);
  const plan = await clicks.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${query}`);
  const details = plan.map((row) => row.detail);
  expect(details.filter((detail) => detail.startsWith('SCAN') && !detail.includes('VIRTUAL TABLE'))).toEqual([]);
  expect(
    details.filter((detail) => detail.startsWith('SEARCH c USING PRIMARY KEY (day=? AND visitor_id=?')),
  ).toHaveLength(1);
});

it('reads the rows it returns, however many others there are', async () => {
  const crowd = Array.from({ length: 2000 }, (_, n) => rowAt(visitor(n + 10), FROM)).flat();
  await keepClicks(clicks, [...crowd, ...rowAt(visitor(1), FROM)]);
  const { sql: text, params } = clicks.all(clicksOfVisitorsQuery([visitor(1)], FROM - 365 * DAY, FROM)).getQuery();
  const { meta, results } = await env.CLICKS.prepare(text)
    .bind(...params)
    .all();
  expect(results).toHaveLength(1);
  expect(meta.rows_read).toBeLessThan(1500);
});
