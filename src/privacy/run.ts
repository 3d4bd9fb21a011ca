import { formatInstant, systemNow } from '../clock.ts';
import type { ProgramEnv } from '../http/env.ts';
import { sweepSignIns } from '../identity/sweep.repo.ts';
import { logLine } from '../log.ts';
import { sweepEmailChanges } from '../partner/email-change.repo.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { openDatabase, type Database } from '../program/commit.repo.ts';
import { dropHashes } from './erase.repo.ts';
import { endedBefore } from './erase.ts';
import { cutoffsAt, isSweepTime } from './retention.rules.ts';
import { destroySalts } from './salt.repo.ts';
import { dropClicks, walkOn, walksAt } from './sweep.repo.ts';

const utcDay = (at: number): string => formatInstant(at).slice(0, 10);

/** Clicks that go in one statement, and statements of a run. */
const CLICKS_AT_ONCE = 5000;
const CLICK_STATEMENTS = 20;
const HASHES_A_RUN = 500;
/** Stretches of a walk that one run goes: some 300 queries where every table is long, of the 1,000 that an invocation has. */
const STRETCHES_A_RUN = 10;

/** Lets go what has been kept for its time (docs/privacy.md), as far as one run may; the next one goes on. Returns whether all is done. */
export async function sweep(dbs: { books: Database; clicks: Database }, now: number): Promise<boolean> {
  const { books } = dbs;
  const history = await readPolicy(books);
  const cutoffs = cutoffsAt(history, now, utcDay);
  await destroySalts(books, cutoffs.sender_salts_day);
  await sweepEmailChanges(books, now, cutoffs.email_changes_at);
  // Signing in goes by the machine's clock.
  await sweepSignIns(books, systemNow());
  const done: boolean[] = [];
  for (const walk of walksAt(now)) {
    let ended = false;
    for (let i = 0; i < STRETCHES_A_RUN && !ended; i++) ended = await walkOn(books, walk, cutoffs, utcDay(now));
    done.push(ended);
  }
  done.push((await dropHashes(books, endedBefore(history, now), HASHES_A_RUN)) < HASHES_A_RUN);
  let dropped = CLICKS_AT_ONCE;
  for (let i = 0; i < CLICK_STATEMENTS && dropped === CLICKS_AT_ONCE; i++)
    dropped = await dropClicks(dbs.clicks, cutoffs.clicks_day, CLICKS_AT_ONCE);
  done.push(dropped < CLICKS_AT_ONCE);
  const all = done.every(Boolean);
  logLine('privacy_sweep', { done: all });
  return all;
}

/** The cron's part: sweeps in one hour of the day, `now` being the cron's own time. */
export async function runSweep(env: Pick<ProgramEnv, 'BOOKS' | 'CLICKS'>, now: number): Promise<void> {
  if (!isSweepTime(now)) return;
  await sweep({ books: openDatabase(env.BOOKS), clicks: openDatabase(env.CLICKS) }, now);
}
