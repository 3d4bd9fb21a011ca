import type { Progress } from './send.rules.ts';

/** What one step came to, and the queries of D1 that it took. */
export interface Taken {
  progress: Progress;
  asked: number;
}

/** What carries a batch: steps that are kept once they are taken, and sleeps that outlast everything. */
export interface Carrier {
  /** Takes a batch one step on at an instant; kept under a name, so that who begins anew takes it from there. */
  advance(name: string, at: number): Promise<Taken>;
  sleep(name: string, ms: number): Promise<void>;
  /** Has another instance, with queries of its own, go on at an instant. */
  follow(at: number): Promise<void>;
}

/** How an instance ended. */
export type Carried = 'done' | 'attention' | 'left to the daily cron' | 'handed on';

/** Waits up to here are slept; longer ones are left to the daily cron, which takes decisions of days. */
const LONGEST_WAIT_MS = 6 * 3_600_000;
/** An invocation has 1,000 queries; one step takes 250 at the most. */
const TURN_QUERIES = 600;
/** The platform keeps 1,024 steps of an instance; sleeps do not count. */
const TURN_STEPS = 400;

/**
 * Carries one batch from an instant on, step by step and sleep by sleep, until nothing is left to do by itself. Before the queries of an
 * instance are used up another one goes on: a batch may be of any size.
 */
export async function carry(
  carrier: Carrier,
  from: number,
  { queries = TURN_QUERIES, steps = TURN_STEPS } = {},
): Promise<Carried> {
  let [now, asked] = [from, 0];
  for (let i = 1; i <= steps && asked < queries; i++) {
    const taken = await carrier.advance(`step ${i}`, now);
    asked += taken.asked;
    const { progress } = taken;
    if (progress === 'done' || progress === 'attention') return progress;
    if (progress === 'again') continue;
    if (progress.wait_ms > LONGEST_WAIT_MS) return 'left to the daily cron';
    await carrier.sleep(`wait ${i}`, progress.wait_ms);
    now += progress.wait_ms;
  }
  await carrier.follow(now);
  return 'handed on';
}

/** The name of the instance that goes on where another one ended: the same for the same one. */
export function nextTurn(instance_id: string): string {
  const [, root = instance_id, turn = '1'] = /^(.*)-t(\d+)$/.exec(instance_id) ?? [];
  return `${root}-t${Number(turn) + 1}`;
}
