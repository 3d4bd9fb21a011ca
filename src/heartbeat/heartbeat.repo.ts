import { eq, sql } from 'drizzle-orm';

import type { Database } from '../program/commit.repo.ts';
import type { Beat } from './heartbeat.rules.ts';
import { heartbeats } from './heartbeat.schema.ts';

/** What is known of all crons. */
export async function readBeats(db: Database): Promise<Beat[]> {
  return db.select().from(heartbeats);
}

/** What is known of one cron; null before its first run. */
export async function readBeat(db: Database, cron: string): Promise<Beat | null> {
  const [row] = await db.select().from(heartbeats).where(eq(heartbeats.cron, cron));
  return row ?? null;
}

/** Notes that a cron came, and how it went. An earlier run that ends later takes nothing back. */
export async function keepBeat(db: Database, cron: string, now: number, well: boolean): Promise<void> {
  await db
    .insert(heartbeats)
    .values({ cron, came_at: now, well_at: well ? now : null })
    .onConflictDoUpdate({
      target: heartbeats.cron,
      set: {
        came_at: sql`max(came_at, excluded.came_at)`,
        well_at: sql`max(coalesce(well_at, excluded.well_at), coalesce(excluded.well_at, well_at))`,
      },
    });
}
