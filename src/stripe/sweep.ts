import { openClicks } from '../archive/open.ts';
import type { ProgramEnv } from '../http/env.ts';
import { errorNames, logLine } from '../log.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig } from '../program/config.rules.ts';
import { readProgram } from '../program/program.repo.ts';
import { settleObject } from './settle.ts';
import { duePending, putOff } from './stripe.repo.ts';

/** How many objects one run settles: each asks a few dozen queries, of the thousand that an invocation has. */
const A_RUN = 15;
const MINUTE_MS = 60_000;

/** When one that failed is tried again: after 5, 10, 20 … minutes, six hours at most. */
function nextTry(tries: number, now: number): number {
  return now + Math.min(5 * 2 ** Math.min(tries, 10), 360) * MINUTE_MS;
}

/** Finishes what deliveries left unfinished, as of the cron's own time. Says how many it settled and how many it put off. */
export async function sweepStripe(env: ProgramEnv, now: number): Promise<{ settled: number; put_off: number }> {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  const { config } = checked;
  const books = openDatabase(env.BOOKS);
  const due = await duePending(books, now, A_RUN);
  const done = { settled: 0, put_off: 0 };
  if (due.length === 0) return done;
  const { hasher } = await readProgram(books);
  const context = {
    door: { books, now, by: 'stripe', via: 'stripe' as const },
    hasher,
    clicks: openClicks(env.CLICKS, env.ARCHIVE),
    cookie_keys: config.cookie_keys,
    cookie_name: config.cookie_name,
    receipts: { env, public_url: config.public_url },
  };
  for (const { object_id, tries } of due) {
    try {
      await settleObject(context, object_id);
      done.settled += 1;
    } catch (error) {
      logLine('stripe_not_settled', { object_id, tries, error: errorNames(error) });
      await putOff(books, object_id, tries + 1, nextTry(tries, now));
      done.put_off += 1;
    }
  }
  return done;
}
