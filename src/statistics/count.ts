import type { ProgramEnv } from '../http/env.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { countDay, countedAt, firstDay } from './count.repo.ts';
import { closedDays, daysDue } from './count.rules.ts';

/** A day of many clicks takes seconds: the next run goes on. */
const DAYS_A_RUN = 3;

/**
 * Adds up the clicks of UTC days that have ended by `now`, the cron's own time: the earliest due first, a few a run. A day is counted again
 * while a late click may still come. Counting twice is the same as once. Answers with the days counted.
 */
export async function countClicks(env: Pick<ProgramEnv, 'CLICKS'>, now: number): Promise<string[]> {
  const clicks = openDatabase(env.CLICKS);
  const days = closedDays(await firstDay(clicks), now);
  const due = daysDue(days, await countedAt(clicks, days), now).slice(0, DAYS_A_RUN);
  for (const day of due) await countDay(clicks, day, now);
  return due;
}
