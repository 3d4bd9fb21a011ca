import type { ProgramEnv } from '../http/env.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { countDay, countedAt, firstDay } from './count.repo.ts';
import { closedDays, daysDue } from './count.rules.ts';

/** Two queries a day; a day of many clicks takes seconds. Behind either the next run goes on. */
const A_RUN = { days: 100, rows_read: 300_000 };

/**
 * Adds up the clicks of UTC days that have ended by `now`, the cron's own time: the earliest due first, as many as one run may (`most`). A day is counted again
 * while a late click may still come. Counting twice is the same as once. Answers with the days counted.
 */
export async function countClicks(env: Pick<ProgramEnv, 'CLICKS'>, now: number, most = A_RUN): Promise<string[]> {
  const clicks = openDatabase(env.CLICKS);
  const days = closedDays(await firstDay(clicks), now);
  const due = daysDue(days, await countedAt(clicks, days), now).slice(0, most.days);
  const done: string[] = [];
  let rows_read = 0;
  for (const day of due) {
    if (rows_read >= most.rows_read) break;
    rows_read += await countDay(clicks, day, now);
    done.push(day);
  }
  return done;
}
