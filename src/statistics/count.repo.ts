import { sql } from 'drizzle-orm';

import { clickDays, clicks, countedDays } from '../attribution/click.schema.ts';
import { runBatch, type Database } from '../program/commit.repo.ts';

/** The first UTC day with a click; null where there is none. One seek. */
export async function firstDay(db: Database): Promise<string | null> {
  const [row] = await db.all<{ day: string | null }>(sql`SELECT min(day) AS day FROM ${clicks}`);
  return row?.day ?? null;
}

/** When each of these days was counted last; those never counted are missing. */
export async function countedAt(db: Database, days: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.all<{ day: string; counted_at: number }>(
    sql`SELECT c.day, c.counted_at FROM json_each(${JSON.stringify(days)}) AS d CROSS JOIN ${countedDays} AS c ON c.day = d.value`,
  );
  return new Map(rows.map((row) => [row.day, row.counted_at]));
}

/** Adds up a day's clicks in one range of their key, and notes that it was done, all or nothing. Clicks are never taken away: no row is. Says how many rows it read. */
export async function countDay(db: Database, day: string, now: number): Promise<number> {
  const results = await runBatch(db, [
    db.run(sql`INSERT INTO ${clickDays} (code, day, sub_id, utm_campaign, persons, bots, others)
      SELECT code, day, coalesce(sub_id, ''), coalesce(utm_campaign, ''), count(*) FILTER (WHERE class = 'person'),
        count(*) FILTER (WHERE class = 'bot'), count(*) FILTER (WHERE class NOT IN ('person', 'bot'))
      FROM ${clicks} WHERE day = ${day} GROUP BY 1, 2, 3, 4
      ON CONFLICT DO UPDATE SET persons = excluded.persons, bots = excluded.bots, others = excluded.others`),
    db.run(sql`INSERT INTO ${countedDays} (day, counted_at) VALUES (${day}, ${now})
      ON CONFLICT DO UPDATE SET counted_at = excluded.counted_at`),
  ]);
  return results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
}
