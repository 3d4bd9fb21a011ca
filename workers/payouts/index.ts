import { WorkerEntrypoint } from 'cloudflare:workers';

import { operationsOf } from '../../src/payout/operations.ts';
import type { OutcomeItem, PayoutsRpc, PayoutsState, Poke, Resolution, RpcAnswer } from '../../src/payout/rpc.ts';
import { runPayouts } from '../../src/payout/run.ts';
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
    });
  }

  async approve(pay_date: string, manifest_sha256: string, by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.approve(pay_date, manifest_sha256, by, now);
  }

  async recordOutcomes(pay_date: string, items: readonly OutcomeItem[], by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.recordOutcomes(pay_date, items, by, now);
  }

  async decideCameBack(
    hold_id: string,
    decision: 'release' | 'deny',
    reason: string,
    by: string,
    now: number,
  ): Promise<RpcAnswer> {
    return this.#operations.decideCameBack(hold_id, decision, reason, by, now);
  }

  async prepareExport(pay_date: string, now: number): Promise<RpcAnswer> {
    return this.#operations.prepareExport(pay_date, now);
  }

  async resolve(payout_id: string, word: Resolution, by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.resolve(payout_id, word, by, now);
  }

  async adopt(pay_date: string, chunk: number, payout_batch_id: string, by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.adopt(pay_date, chunk, payout_batch_id, by, now);
  }

  async withhold(payout_id: string, reason: string, by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.withhold(payout_id, reason, by, now);
  }

  async replay(pay_date: string, by: string, now: number): Promise<RpcAnswer> {
    return this.#operations.replay(pay_date, by, now);
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

export default {
  async scheduled({ cron, scheduledTime }, env): Promise<void> {
    const config = configOf(env);
    const context = await contextOf(env, config, scheduledTime);
    const run = { cron, now: scheduledTime, rail: config.rail, approval: config.approval };
    const failure = await runPayouts(context, run, instancesOf(env, context.program_id)).then(() => null, failureOf);
    if (failure !== null) throw new Error(`the run of ${cron} failed: ${failure}`);
  },
} satisfies ExportedHandler<PayoutsEnv>;
