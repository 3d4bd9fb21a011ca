import { nextTurn } from '../../src/payout/carry.ts';
import { checkPayoutsConfig, type PayoutsConfig } from '../../src/payout/config.rules.ts';
import type { Instances, RunContext } from '../../src/payout/run.ts';
import { tallied } from '../../src/payout/tally.repo.ts';
import { paypalClient } from '../../src/paypal/client.ts';
import { BooksError, openDatabase } from '../../src/program/commit.repo.ts';
import { readProgram } from '../../src/program/program.repo.ts';
import type { PayoutParams, PayoutsEnv } from './env.ts';

/** The checked configuration, or an error that names what is wrong with it. */
export function configOf(env: PayoutsEnv): PayoutsConfig {
  const checked = checkPayoutsConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  return checked.config;
}

/** What the operations of payouts are given, at an instant. */
export async function contextOf(
  env: PayoutsEnv,
  config: PayoutsConfig,
  now: number,
): Promise<RunContext & { asked: () => number }> {
  const { database, asked } = tallied(env.BOOKS);
  const db = openDatabase(database);
  const { program_id } = await readProgram(db);
  const paypal = config.paypal === null ? null : paypalClient({ ...config.paypal, now });
  return { db, program_id, witness: env.WITNESS, paypal, poll_ms: config.poll_ms, asked };
}

/** States of an instance that nothing more will come of by itself. */
const STUCK: ReadonlySet<string> = new Set(['errored', 'terminated', 'unknown']);
const ENDED: ReadonlySet<string> = new Set([...STUCK, 'complete']);

/** Sees to it that an instance was made under an id; one that stands as `anew` says is begun anew, any other is left alone. */
async function made(
  { PAYOUT_WORKFLOW }: PayoutsEnv,
  id: string,
  params: PayoutParams,
  anew: ReadonlySet<string>,
): Promise<void> {
  if (await PAYOUT_WORKFLOW.create({ id, params }).catch(() => null)) return;
  // It has been made before (or cannot be made now, and `get` says so).
  const instance = await PAYOUT_WORKFLOW.get(id);
  const { status } = await instance.status();
  if (anew.has(status)) await instance.restart();
}

/** Instances of the Workflow, one a batch, by an id that is the same for ever. */
export function instancesOf(env: PayoutsEnv, program_id: string): Instances {
  return {
    async ensure(pay_date, now, step) {
      // A batch's version names what a person's word has made possible. A twin that is still awake is harmless: the books decide.
      const id = `${program_id}-${pay_date}${step === undefined ? '' : `-${step}`}`;
      await made(env, id, { pay_date, now }, STUCK);
    },
  };
}

/** Has the next instance go on where one ends; one that has gone before, for an instance that was begun anew, goes again. */
export function followOn(env: PayoutsEnv, instance_id: string, params: PayoutParams): Promise<void> {
  return made(env, nextTurn(instance_id), params, ENDED);
}

/** What may be logged of a failure: an error of the database holds parameters, so its kind alone. */
export function failureOf(error: unknown): string {
  if (error instanceof BooksError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}
