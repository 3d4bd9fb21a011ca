import { formatInstant } from '../../src/clock.ts';
import type { Client } from './client.ts';
import { firingsBetween } from './cron-times.ts';
import { batchesSince, createTeller, FAILED, latestPayDate, settle, type Batch, type Outcome } from './fridays.ts';
import type { ProgramClock } from './program-clock.ts';

/** What playing crons needs of the running program. */
export interface Running {
  readonly client: Client;
  readonly clock: ProgramClock;
  readonly operator_key: string;
  /** The crons of payouts. */
  readonly crons: readonly string[];
  wakePayouts(cron: string, scheduled_at: number): Promise<void>;
}

/** Of the first batch of several payouts the smallest fails, as it happens now and then; it is due anew the week after. */
function withOneFailed(): (batch: Batch) => (payout: Batch['payouts'][number]) => Outcome {
  let failed = false;
  return ({ payouts }) => {
    if (failed || payouts.length < 2) return () => ({ status: 'paid' });
    failed = true;
    const [smallest] = payouts.toSorted((a, b) => a.amount - b.amount);
    return ({ payout_id }) => (payout_id === smallest?.payout_id ? FAILED : { status: 'paid' });
  };
}

const OPERATOR_TAKES_MS = 3_600_000;

/**
 * Fires each cron that falls between what was fired before and `until`, at its own time and in order; a clock that is behind goes there
 * with it. With `settles`, an operator's part of each pay day is done too, an hour later. Says what came of it.
 */
export async function fireCrons(
  running: Running,
  until: number,
  settles: boolean,
  say: (line: string) => void,
): Promise<void> {
  const { client, clock, operator_key, crons } = running;
  const due = firingsBetween(crons, clock.firedUntil(), until);
  if (due.length === 0) return;
  let last = await latestPayDate(client, operator_key, clock.now());
  const tell = createTeller(say);
  const outcomesOf = withOneFailed();
  for (const { cron, at } of due) {
    await clock.forwardTo(at);
    await running.wakePayouts(cron, at);
    await clock.markFired(at);
    for (const batch of await batchesSince(client, operator_key, last, at)) {
      last = batch.pay_date;
      const told_at = Math.min(at + OPERATOR_TAKES_MS, until);
      tell(batch, settles ? await settle(client, operator_key, batch, told_at, outcomesOf(batch)) : new Map());
    }
  }
}

/** Lets the program's clock run on by `span` ms, its crons included, and says what happened. */
export async function forward(running: Running, span: number, say: (line: string) => void): Promise<void> {
  const until = running.clock.now() + span;
  say(`The program’s clock goes from ${formatInstant(running.clock.now())} to ${formatInstant(until)}.`);
  say(
    'On pay days the demo does the operator’s part: it downloads export.csv and reports each item as paid, now and then one as failed.',
  );
  await fireCrons(running, until, true, say);
  await running.clock.forwardTo(until);
  say(`It is ${formatInstant(running.clock.now())} there now, and the clock runs on from here.`);
}
