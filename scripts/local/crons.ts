import { formatInstant } from '../../src/clock.ts';
import type { Client } from './client.ts';
import { firingsBetween, lastNight } from './cron-times.ts';
import { createTeller, createWatch, latestPayDate, payDatesSince, restedBatch, type Asking } from './fridays.ts';
import type { LocalPaypal } from './paypal.ts';
import type { ProgramClock } from './program-clock.ts';

/** What playing crons needs of the running program. */
export interface Running {
  readonly client: Client;
  readonly clock: ProgramClock;
  readonly operator_key: string;
  readonly paypal: Pick<LocalPaypal, 'ledger'>;
  /** The crons of payouts. */
  readonly crons: readonly string[];
  wakePayouts(cron: string, scheduled_at: number): Promise<void>;
  /** Program's own cron, which sends what mail is due. */
  wakeProgram(scheduled_at: number): Promise<void>;
}

/** So long PayPal has a batch, and a little more. */
const PAYPAL_TAKES_MS = 2 * 60_000;

/**
 * Fires each cron that falls between what was fired before and `until`, at its own time and in order; a clock that is behind goes there
 * with it. Of a pay day it waits until the Workflow has sent it and PayPal has said what became of each payout; with `hurries` the clock goes
 * on while PayPal is at work, which else takes a minute. Says what came of it.
 */
export async function fireCrons(
  running: Running,
  until: number,
  hurries: boolean,
  say: (line: string) => void,
): Promise<void> {
  const { client, clock, operator_key, crons, paypal } = running;
  const night = lastNight(clock.firedUntil(), until);
  const paying = firingsBetween(crons, clock.firedUntil(), until);
  const due = [...paying, ...(night ? [night] : [])].toSorted((a, b) => a.at - b.at);
  if (due.length === 0) return;
  const asking = (at: number): Asking => ({ client, key: operator_key, at });
  let last = await latestPayDate(asking(clock.now()));
  const tell = createTeller(say);
  const watch = await createWatch(asking(clock.now()), say);
  for (const { cron, at } of due) {
    await clock.forwardTo(at);
    await running.wakePayouts(cron, at);
    await clock.markFired(at);
    if (cron === night?.cron) continue;
    await watch.look(clock.now());
    for (const pay_date of await payDatesSince(asking(clock.now()), last)) {
      last = pay_date;
      const hurry = async (): Promise<void> => (hurries ? clock.forwardTo(at + PAYPAL_TAKES_MS) : undefined);
      const batch = await restedBatch(asking(clock.now()), pay_date, hurry);
      tell(batch, await paypal.ledger());
      watch.keep(batch);
    }
    await running.wakeProgram(clock.now());
  }
}

/** Lets the program's clock run on by `span` ms, its crons and PayPal's clock included, and says what happened. */
export async function forward(running: Running, span: number, say: (line: string) => void): Promise<void> {
  const until = running.clock.now() + span;
  say(`The program’s clock, and PayPal’s, go from ${formatInstant(running.clock.now())} to ${formatInstant(until)}.`);
  await fireCrons(running, until, true, say);
  await running.clock.forwardTo(until);
  await running.wakeProgram(running.clock.now());
  say(`It is ${formatInstant(running.clock.now())} there now, and the clock runs on from here.`);
}
