import { formatInstant } from '../clock.ts';
import { logLine } from '../log.ts';
import { count, type MetricsEnv } from '../metrics/metrics.ts';
import { RUN_QUERIES } from '../payout/budget.ts';
import type { Database } from '../program/commit.repo.ts';
import { backupsBefore, goOn } from './backup.repo.ts';
import { BACKUP_DAYS, backupKeys, dayOfKey } from './backup.rules.ts';
import { backUp, type BackupBucket, type BackupOutcome } from './backup.ts';

const DAY_MS = 86_400_000;
const utcDay = (at: number): string => formatInstant(at).slice(0, 10);

/** The nightly copy's cron: it begins one, and its later firings go on with it. */
export const BACKUP_CRON = '*/15 2 * * *';

/**
 * Deletes copies of days before one, by their keys: what a run that died has left goes with them, and so do copies that restored books do
 * not know of. Then the word that they are there.
 */
export async function dropBackups(
  { db, bucket, program_id }: { db: Database; bucket: BackupBucket; program_id: string },
  before_day: string,
): Promise<number> {
  for (;;) {
    // Keys sort by their day, and what was deleted is listed no more.
    const { objects } = await bucket.list({ prefix: backupKeys(program_id).all });
    const old = objects.map(({ key }) => key).filter((key) => (dayOfKey(program_id, key) ?? before_day) < before_day);
    if (old.length === 0) break;
    await bucket.delete(old);
  }
  const rows = await backupsBefore(db, before_day);
  for (const row of rows) await goOn(db, row, { status: 'dropped', progress: '{}' });
  return rows.length;
}

/**
 * One firing of the nightly copy, `now` being its own time: copies what this run may, and lets go what is older than `BACKUP_DAYS`.
 * Answers whether all is well: the night's copy is whole. One that goes on, begins anew, or is another run's is not yet.
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
