import { and, desc, eq, gte, lt, lte, sql } from 'drizzle-orm';

import { clicks, countedDays } from '../attribution/click.schema.ts';
import { addDays } from '../calendar/zone.rules.ts';
import { runBatch, type Database } from '../program/commit.repo.ts';
import { LAST_VISITOR, SPAN_DAYS, type Part, type Span } from './archive.rules.ts';
import { archiveParts } from './archive.schema.ts';

type ClickRow = typeof clicks.$inferSelect;
export type PartRow = typeof archiveParts.$inferSelect;

/** Keys of clicks in one parameter, which stays under 2 MB. */
const KEYS_A_STATEMENT = 10_000;

/** The first UTC day with a click, the span that is partly archived, and the bytes of the database. */
export async function readStanding(
  db: Database,
): Promise<{ first_day: string | null; begun: Span | null; bytes: number }> {
  const oldest = await db.run(sql`SELECT min(day) AS day FROM ${clicks}`);
  const [begun] = await db.all<Span>(sql`SELECT p.from_day, p.to_day FROM ${archiveParts} AS p
    GROUP BY p.from_day, p.to_day HAVING max(p.to_visitor) <> ${LAST_VISITOR} LIMIT 1`);
  const [row] = oldest.results as { day: string | null }[];
  return { first_day: row?.day ?? null, begun: begun ?? null, bytes: oldest.meta.size_after };
}

/** When days were counted last; those never counted are missing. */
export async function countedAt(db: Database, days: readonly string[]): Promise<Map<string, number>> {
  const rows = await db.all<{ day: string; counted_at: number }>(
    sql`SELECT c.day, c.counted_at FROM json_each(${JSON.stringify(days)}) AS d CROSS JOIN ${countedDays} AS c ON c.day = d.value`,
  );
  return new Map(rows.map((row) => [row.day, row.counted_at]));
}

/** The next clicks of one day by visitor and click, after a place. One range of the primary key. */
export async function clicksAfter(
  db: Database,
  day: string,
  after: { visitor_id: string; click_id: string },
  limit: number,
): Promise<ClickRow[]> {
  return db
    .select()
    .from(clicks)
    .where(
      and(
        eq(clicks.day, day),
        sql`(${clicks.visitor_id}, ${clicks.click_id}) > (${after.visitor_id}, ${after.click_id})`,
      ),
    )
    .orderBy(clicks.visitor_id, clicks.click_id)
    .limit(limit);
}

/** The last visitor of a span's parts so far; null before its first. */
export async function archivedThrough(db: Database, span: Span): Promise<string | null> {
  const [last] = await db
    .select({ to_visitor: archiveParts.to_visitor })
    .from(archiveParts)
    .where(and(eq(archiveParts.from_day, span.from_day), eq(archiveParts.to_day, span.to_day)))
    .orderBy(desc(archiveParts.to_visitor))
    .limit(1);
  return last?.to_visitor ?? null;
}

/**
 * Says that clicks are in an object from now on, and deletes their rows: one batch. `false`, and nothing done, where another run has moved
 * one of them meanwhile.
 */
export async function moveClicks(
  db: Database,
  part: Omit<PartRow, 'clicks' | 'moved'>,
  rows: readonly Pick<ClickRow, 'day' | 'visitor_id' | 'click_id'>[],
): Promise<boolean> {
  const chunks: string[] = [];
  for (let i = 0; i < rows.length; i += KEYS_A_STATEMENT) {
    const keys = rows.slice(i, i + KEYS_A_STATEMENT).map((row) => [row.day, row.visitor_id, row.click_id]);
    chunks.push(JSON.stringify(keys));
  }
  const there = chunks.map(
    (keys) => sql`(SELECT count(*) FROM json_each(${keys}) AS k CROSS JOIN ${clicks} AS c
      ON c.day = k.value ->> 0 AND c.visitor_id = k.value ->> 1 AND c.click_id = k.value ->> 2)`,
  );
  try {
    await runBatch(db, [
      // The same rows, come late a second time, are the same bytes: their object is entered already.
      db
        .insert(archiveParts)
        .values({ ...part, clicks: rows.length, moved: sql`${sql.join(there, sql` + `)}` })
        .onConflictDoNothing(),
      ...chunks.map((keys) =>
        db.run(sql`DELETE FROM ${clicks} WHERE (day, visitor_id, click_id) IN
          (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(${keys}))`),
      ),
    ]);
    return true;
  } catch (error) {
    if (isMovedAlready(error)) return false;
    throw error;
  }
}

function isMovedAlready(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (/CHECK constraint failed: moved/.test(cause.message)) return true;
  return false;
}

/** The last part of a span that was begun, and of which no click is left, ends with the last visitor. */
export async function endSpan(db: Database, span: Span, to_visitor: string): Promise<void> {
  await db
    .update(archiveParts)
    .set({ to_visitor: LAST_VISITOR })
    .where(
      and(
        eq(archiveParts.from_day, span.from_day),
        eq(archiveParts.to_day, span.to_day),
        eq(archiveParts.to_visitor, to_visitor),
      ),
    );
}

/** The objects in which clicks of visitors on days may lie, both days included. One query. */
export async function partsFor(
  db: Database,
  visitor_ids: readonly string[],
  from_day: string,
  to_day: string,
): Promise<Part[]> {
  const { key, from_day: first, to_day: last, from_visitor, to_visitor, blocks } = archiveParts;
  const rows = await db
    .select({ key, from_day: first, to_day: last, from_visitor, to_visitor, blocks })
    .from(archiveParts)
    .where(
      and(
        // A span has seven days at most: an earlier one ends before the first day.
        gte(archiveParts.from_day, addDays(from_day, 1 - SPAN_DAYS)),
        lte(archiveParts.from_day, to_day),
        gte(archiveParts.to_day, from_day),
        sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(visitor_ids)}) AS v WHERE v.value BETWEEN ${from_visitor} AND ${to_visitor})`,
      ),
    );
  return rows.map((row) => ({ ...row, blocks: JSON.parse(row.blocks) as Part['blocks'] }));
}

/** Forgets the objects whose first day lies before a UTC day. */
export async function forgetParts(db: Database, before_day: string): Promise<void> {
  await db.delete(archiveParts).where(lt(archiveParts.from_day, before_day));
}
