import { formatInstant } from '../clock.ts';
import { logLine } from '../log.ts';
import { count, type MetricsEnv } from '../metrics/metrics.ts';
import { RUN_QUERIES } from '../payout/budget.ts';
import type { Database } from '../program/commit.repo.ts';
import { backupsBefore, goOn } from './backup.repo.ts';
import { BACKUP_DAYS, backupKeys } from './backup.rules.ts';
import { backUp, type BackupBucket, type BackupOutcome } from './backup.ts';

const DAY_MS = 86_400_000;
const utcDay = (at: number): string => formatInstant(at).slice(0, 10);

/** The nightly copy's cron: it begins one, and its later firings go on with it. */
export const BACKUP_CRON = '*/15 2 * * *';

/** Deletes copies of days before one: their objects, then the word that they are there. What a run that died has left goes with them. */
export async function dropBackups(
  { db, bucket, program_id }: { db: Database; bucket: BackupBucket; program_id: string },
  before_day: string,
): Promise<number> {
  const old = await backupsBefore(db, before_day);
  for (const row of old) {
    for (;;) {
      const { objects } = await bucket.list({ prefix: backupKeys(program_id).day(row.day) });
      if (objects.length === 0) break;
      await bucket.delete(objects.map(({ key }) => key));
    }
    await goOn(db, row, { status: 'dropped', progress: '{}' });
  }
  return old.length;
}

/**
 * One firing of the nightly copy, `now` being its own time: copies what this run may, and lets go what is older than `BACKUP_DAYS`.
 * Answers whether all is well: a copy that goes on is; one that has to begin anew, or is another run's, is not yet.
 */
export async function runBackup(
  context: { db: Database; bucket: BackupBucket; program_id: string },
  metrics: MetricsEnv,
  now: number,
): Promise<boolean> {
  const outcome: BackupOutcome = await backUp({ ...context, budget: { left: RUN_QUERIES } }, utcDay(now), now);
  const dropped = await dropBackups(context, utcDay(now - BACKUP_DAYS * DAY_MS));
  if (outcome !== 'was_done') {
    logLine('backup_run', { outcome, dropped });
    count(metrics, 'backup', [outcome]);
  }
  return outcome === 'done' || outcome === 'was_done';
}
