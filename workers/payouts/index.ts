import { exports, WorkerEntrypoint } from 'cloudflare:workers';

import { BACKUP_CRON, runBackup } from '../../src/backup/run.ts';
import { withHeartbeat } from '../../src/heartbeat/beat.ts';
import { operationsOf } from '../../src/payout/operations.ts';
import { replayOn, type Outcome } from '../../src/payout/replay.ts';
import type { OutcomeItem, PayoutsRpc, PayoutsState, Poke, Resolution, RpcAnswer } from '../../src/payout/rpc.ts';
import { endedWell, runOn, runPayouts, type PayoutsReport } from '../../src/payout/run.ts';
import type { Via } from '../../src/program/audit.rules.ts';
import { openDatabase } from '../../src/program/commit.repo.ts';
import { configOf, contextOf, failureOf, instancesOf } from './context.ts';
import type { PayoutsEnv } from './env.ts';

export { PayoutWorkflow } from './workflow.ts';

/** What the program may ask of this Worker. No visitor, and no other Worker, reaches it. */
export class PayoutsService extends WorkerEntrypoint<PayoutsEnv> implements PayoutsRpc {
  get #operations(): PayoutsRpc {
    const { env } = this;
    return operationsOf({
      db: openDatabase(env.BOOKS),
      context: (now) => contextOf(env, configOf(env), now),
      instances: ({ program_id }) => instancesOf(env, program_id),
      onward: (pay_date, now) => ownRun().replay(pay_date, now),
      approvers: configOf(env).approvers,
    });
  }

  async approve(pay_date: string, manifest_sha256: string, by: string, now: number, via?: Via): Promise<RpcAnswer> {
    return this.#operations.approve(pay_date, manifest_sha256, by, now, via);
  }

  async recordOutcomes(
    pay_date: string,
    items: readonly OutcomeItem[],
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer> {
    return this.#operations.recordOutcomes(pay_date, items, by, now, via);
  }

  async decideCameBack(
    hold_id: string,
    decision: 'release' | 'deny',
    reason: string,
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer> {
    return this.#operations.decideCameBack(hold_id, decision, reason, by, now, via);
  }

  async prepareExport(pay_date: string, now: number): Promise<RpcAnswer> {
    return this.#operations.prepareExport(pay_date, now);
  }

  async resolve(payout_id: string, word: Resolution, by: string, now: number, via?: Via): Promise<RpcAnswer> {
    return this.#operations.resolve(payout_id, word, by, now, via);
  }

  async adopt(
    pay_date: string,
    chunk: number,
    payout_batch_id: string,
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer> {
    return this.#operations.adopt(pay_date, chunk, payout_batch_id, by, now, via);
  }

  async withhold(payout_id: string, reason: string, by: string, now: number, via?: Via): Promise<RpcAnswer> {
    return this.#operations.withhold(payout_id, reason, by, now, via);
  }

  async replay(pay_date: string, by: string, now: number, via?: Via): Promise<RpcAnswer> {
    return this.#operations.replay(pay_date, by, now, via);
  }

  async state(): Promise<PayoutsState> {
    return this.#operations.state();
  }

  async look(poke: Poke, now: number): Promise<void> {
    return this.#operations.look(poke, now);
  }

  async cancel(partner_id: string, now: number): Promise<void> {
    return this.#operations.cancel(partner_id, now);
  }
}

type Ended = boolean | { failure: string };
type Woken = { cron: string; now: number };

/** Runs what a cron at an instant has to do, as far as one invocation goes. */
async function runOnce(env: PayoutsEnv, { cron, now }: Woken): Promise<PayoutsReport> {
  const config = configOf(env);
  const context = await contextOf(env, config, now);
  const run = { cron, now, rail: config.rail, approval: config.approval };
  return runPayouts(context, run, instancesOf(env, context.program_id));
}

/** Another invocation of this Worker, by itself alone: D1 counts queries by the invocation. */
export class PayoutsRun extends WorkerEntrypoint<PayoutsEnv> {
  async goOn(woken: Woken): Promise<PayoutsReport> {
    return runOnce(this.env, woken);
  }

  async replay(pay_date: string, now: number): Promise<Outcome> {
    return replayOn(await contextOf(this.env, configOf(this.env), now), pay_date, now);
  }
}

/** What a Worker calls of itself. */
function ownRun(): Service<PayoutsRun> {
  return (exports as unknown as { PayoutsRun: Service<PayoutsRun> }).PayoutsRun;
}

/** Freezes, sends and polls what is due. All is well where nothing that is due is left. */
function payOut(env: PayoutsEnv, woken: Woken): Promise<Ended> {
  return runOnce(env, woken)
    .then((first) => runOn(first, () => ownRun().goOn(woken)))
    .then(endedWell, (error: unknown) => ({ failure: failureOf(error) }));
}

/** Copies the books to their bucket, where the program has one. */
async function copyBooks(env: PayoutsEnv, { now }: Woken): Promise<Ended> {
  if (!env.BACKUPS) return true;
  const { db, program_id } = await contextOf(env, configOf(env), now);
  return runBackup({ db, bucket: env.BACKUPS, program_id }, env, now).catch((error: unknown) => ({
    failure: failureOf(error),
  }));
}

export default {
  async scheduled({ cron, scheduledTime }, env): Promise<void> {
    await withHeartbeat(env, { worker: 'payouts', cron, now: scheduledTime }, async () => {
      // What is wrong with the configuration is said as it is.
      configOf(env);
      const ended = await (cron === BACKUP_CRON ? copyBooks : payOut)(env, { cron, now: scheduledTime });
      if (typeof ended !== 'boolean') throw new Error(`the run of ${cron} failed: ${ended.failure}`);
      return ended;
    });
  },
} satisfies ExportedHandler<PayoutsEnv>;
