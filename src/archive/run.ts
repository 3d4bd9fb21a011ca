import { formatInstant } from '../clock.ts';
import type { ProgramEnv } from '../http/env.ts';
import { logLine } from '../log.ts';
import { count, type MetricsEnv } from '../metrics/metrics.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { cutoffsAt } from '../privacy/retention.rules.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { ARCHIVE_LIMITS, isArchiveTime } from './archive.rules.ts';
import { archiveClicks, dropArchived } from './archive.ts';

const utcDay = (at: number): string => formatInstant(at).slice(0, 10);

/** Objects of one run, about 20 queries each: 200,000 clicks, 7.2 million a day. */
const PARTS_A_RUN = 10;

/** The cron's part: archives in some hours of the day, and lets go what the archive has kept for its time. `now` is the cron's own time. */
export async function runArchive(
  env: Pick<ProgramEnv, 'BOOKS' | 'CLICKS' | 'ARCHIVE'> & MetricsEnv,
  now: number,
): Promise<void> {
  if (!env.ARCHIVE || !isArchiveTime(now)) return;
  const clicks = openDatabase(env.CLICKS);
  const { clicks_day } = cutoffsAt(await readPolicy(openDatabase(env.BOOKS)), now, utcDay);
  const dropped = await dropArchived(clicks, env.ARCHIVE, clicks_day);
  const run = { today: utcDay(now), now, most_parts: PARTS_A_RUN };
  const report = await archiveClicks(clicks, env.ARCHIVE, run, ARCHIVE_LIMITS);
  count(env, 'archived', ['clicks'], report.clicks);
  if (dropped + report.clicks > 0 || report.state === 'full') logLine('archive_run', { ...report, dropped });
}
