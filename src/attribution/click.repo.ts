import { sql } from 'drizzle-orm';

import { utcDaysBetween } from '../calendar/zone.rules.ts';
import { insertRows, runBatch, type Database } from '../program/commit.repo.ts';
import { clicks } from './click.schema.ts';

/** A click as the clicks database keeps it. */
export type ClickRow = typeof clicks.$inferSelect;

/** A click about to be kept; what its link did not carry may be left out. */
export type NewClick = typeof clicks.$inferInsert;

/**
 * Keeps a queue batch of clicks in one statement. A click that is there already is left as it is, so a batch delivered again writes
 * nothing. Answers how many were new.
 */
export async function keepClicks(db: Database, rows: readonly NewClick[]): Promise<number> {
  const [result] = await runBatch(db, [insertRows(db, clicks, rows, 'ignore')]);
  return result?.meta.changes ?? 0;
}

/**
 * All recorded clicks of visitors between two instants, both included. One seek of the primary key a day and visitor: the days are
 * listed, never scanned for.
 */
export async function clicksOfVisitors(
  db: Database,
  visitor_ids: readonly string[],
  from_at: number,
  to_at: number,
): Promise<ClickRow[]> {
  if (visitor_ids.length === 0 || to_at < from_at) return [];
  return db.all<ClickRow>(clicksOfVisitorsQuery(visitor_ids, from_at, to_at));
}

/** The query behind `clicksOfVisitors`, for looking at its plan. */
export function clicksOfVisitorsQuery(visitor_ids: readonly string[], from_at: number, to_at: number) {
  const days = JSON.stringify(utcDaysBetween(from_at, to_at));
  return sql`SELECT c.* FROM json_each(${days}) AS d CROSS JOIN json_each(${JSON.stringify(visitor_ids)}) AS v
    CROSS JOIN ${clicks} AS c ON c.day = d.value AND c.visitor_id = v.value
    WHERE c.clicked_at BETWEEN ${from_at} AND ${to_at}`;
}
