import { errorNames, logLine } from '../log.ts';
import { runDue, type RunReport } from './advance.ts';
import { cancelUnclaimed } from './cancel-unclaimed.ts';
import { isPayDayCron } from './due.rules.ts';
import type { FreezeRun } from './freeze.repo.ts';
import type { SendContext } from './make-send.ts';
import { poll } from './poll.ts';
import { settledSends, unfinishedBatches } from './send.repo.ts';
import { DAILY_MS, isReread, LAST_LOOK_MS } from './send.rules.ts';
import { advanceSend, tellBehind } from './send.ts';
import { keepWords } from './witness-words.ts';
import type { Missing } from './witness.rules.ts';
import { booksBehind } from './witness.ts';

/** What a run needs. `paypal` is null where the program has no credentials: it then pays by file alone. */
export type RunContext = Omit<SendContext, 'paypal'> & {
  paypal: SendContext['paypal'] | null;
  /** Queries of D1 that this invocation has made; where that is told. */
  asked?: () => number;
};

/** The durable instances that carry batches between crons. */
export interface Instances {
  /**
   * Sees to it that a batch's instance runs: makes it, restarts one that failed, leaves any other alone. With a `step`, something can go on
   * at once: an instance of that step's own takes it up, whether or not an earlier one is done or asleep; the same step makes one once.
   */
  ensure(pay_date: string, now: number, step?: number): Promise<void>;
}

/**
 * What a run came to. Where the books are behind the witness, nothing was done. `more`: steps of sending and reading again are left that
 * another invocation can take.
 */
export type PayoutsReport = RunReport & { behind: Missing[]; more: boolean };

/** Steps of sending that one invocation takes for a cron. */
const STEPS = 60;
/** After so many queries of an invocation's 1,000 no further step is taken: one step takes 250 at the most. */
const STEPS_END_AT = 700;
/** Unclaimed payouts that one cron calls back. */
const CANCELS = 10;

/** Invocations that one firing of a cron takes for what one cannot do. */
const TURNS = 20;

/**
 * Runs, and where the queries of an invocation were used up, runs on in the next one: `again` runs in an invocation of its own, `TURNS` of
 * them at most. What is unfinished even then is the next cron's.
 */
export async function runOn(first: PayoutsReport, again: () => Promise<PayoutsReport>): Promise<PayoutsReport> {
  let report = first;
  for (let turn = 1; (report.unfinished !== null || report.more) && turn < TURNS; turn++) {
    const { done } = report;
    const next = await again();
    report = { ...next, done: [...done, ...next.done] };
  }
  return report;
}

/** Whether a cron's run ended well: the books are whole, and nothing that is due is left for the next one. */
export function endedWell({ behind, unfinished }: PayoutsReport): boolean {
  return behind.length === 0 && unfinished === null;
}

/**
 * What a cron does. First of all it asks the witness whether the books are whole. Then it freezes what is due; the instance of each
 * unfinished batch on the PayPal rail is seen to, and the daily run takes what steps are due itself and re-reads what was paid in the last
 * 60 days (P7). Safe twice, late, and after any failure.
 */
export async function runPayouts(
  context: RunContext,
  run: FreezeRun & { cron: string },
  instances: Instances,
): Promise<PayoutsReport> {
  const { db, witness, program_id, paypal } = context;
  await keepWords(context).catch((error: unknown) => logLine('witness_failed', { error: errorNames(error) }));
  const behind = await booksBehind(db, witness, program_id);
  if (behind.length > 0) {
    tellBehind(behind);
    return { done: [], unfinished: null, behind, more: false };
  }
  const report = { ...(await runDue(db, run)), behind, more: false };
  if (paypal === null || report.unfinished !== null) return report;
  const unfinished = await unfinishedBatches(db);
  for (const pay_date of unfinished) {
    await instances.ensure(pay_date, run.now).catch((error: unknown) => {
      logLine('payout_instance_failed', { pay_date, error: errorNames(error) });
    });
  }
  if (isPayDayCron(run.cron)) return report;
  return { ...report, more: await takeSteps({ ...context, paypal }, unfinished, run.now) };
}

/**
 * The steps that are due at an instant of unfinished batches; what is to be called back; and what was paid in the last 60 days read again.
 * True where an invocation's share of steps or queries is used up and another one can go on.
 */
export async function takeSteps(
  context: SendContext & Pick<RunContext, 'asked'>,
  unfinished: readonly string[],
  now: number,
): Promise<boolean> {
  const { asked = () => 0 } = context;
  let left = STEPS;
  const affords = () => left > 0 && asked() < STEPS_END_AT;
  for (const pay_date of unfinished) {
    while (affords() && (await advanceSend(context, pay_date, now)) === 'again') left -= 1;
  }
  if (!affords()) return true;
  left -= await cancelUnclaimed(context, { partner_id: null, again_ms: DAILY_MS, limit: CANCELS }, now);
  for (const send of await settledSends(context.db, now - LAST_LOOK_MS)) {
    if (!isReread(send, now)) continue;
    if (!affords()) return true;
    left -= 1;
    await poll(context, send, now);
  }
  return false;
}
