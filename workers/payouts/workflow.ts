import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';

import { systemNow } from '../../src/clock.ts';
import type { Progress } from '../../src/payout/send.rules.ts';
import { advanceSend } from '../../src/payout/send.ts';
import { configOf, contextOf, failureOf } from './context.ts';
import type { PayoutParams, PayoutsEnv } from './env.ts';

/** Steps of one instance; what is left then is the daily cron's. */
const STEPS = 400;
/** Waits up to here are slept here; longer ones are left to the daily cron, which takes decisions of days. */
const LONGEST_WAIT_MS = 6 * 3_600_000;
const RETRIES = { retries: { limit: 5, delay: '10 seconds', backoff: 'exponential' }, timeout: '5 minutes' } as const;

/**
 * Carries one Friday from its freeze to its end: steps and sleeps, and nothing else. All that counts is in the books, so an instance that
 * is lost or killed anywhere loses nothing; a new one, or the daily cron, goes on.
 */
export class PayoutWorkflow extends WorkflowEntrypoint<PayoutsEnv, PayoutParams> {
  override async run({ payload }: Readonly<WorkflowEvent<PayoutParams>>, step: WorkflowStep): Promise<string> {
    const { pay_date } = payload;
    let planned = payload.now;
    for (let i = 1; i <= STEPS; i++) {
      const at = planned;
      const progress = await step.do(`advance ${i}`, RETRIES, async () => this.advance(pay_date, at));
      if (progress === 'done' || progress === 'attention') return progress;
      if (progress === 'again') continue;
      if (progress.wait_ms > LONGEST_WAIT_MS) return 'left to the daily cron';
      await step.sleep(`wait ${i}`, progress.wait_ms);
      planned += progress.wait_ms;
    }
    return 'left to the daily cron';
  }

  private async advance(pay_date: string, planned: number): Promise<Progress> {
    // An instance may have lain still for days: by its own reckoning an id could seem young that PayPal has long forgotten.
    const now = this.env.CLOCK === 'header' ? planned : Math.max(planned, systemNow());
    const { paypal, ...context } = await contextOf(this.env, configOf(this.env), now);
    if (paypal === null) return 'done';
    return advanceSend({ ...context, paypal }, pay_date, now).catch((error: unknown) => {
      // What the engine keeps and shows of a failure holds no parameters of a query.
      throw new Error(`the step failed: ${failureOf(error)}`);
    });
  }
}
