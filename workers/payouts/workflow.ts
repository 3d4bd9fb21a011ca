import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';

import { systemNow } from '../../src/clock.ts';
import { carry, type Taken } from '../../src/payout/carry.ts';
import { advanceSend } from '../../src/payout/send.ts';
import { configOf, contextOf, failureOf, followOn } from './context.ts';
import type { PayoutParams, PayoutsEnv } from './env.ts';

const RETRIES = { retries: { limit: 5, delay: '10 seconds', backoff: 'exponential' }, timeout: '5 minutes' } as const;

/**
 * Carries one Friday from its freeze to its end: steps and sleeps, and nothing else. All that counts is in the books, so an instance that
 * is lost or killed anywhere loses nothing; a new one, or the daily cron, goes on.
 */
export class PayoutWorkflow extends WorkflowEntrypoint<PayoutsEnv, PayoutParams> {
  override async run(event: Readonly<WorkflowEvent<PayoutParams>>, step: WorkflowStep): Promise<string> {
    const { payload, instanceId } = event;
    const { pay_date } = payload;
    const carrier = {
      advance: (name: string, at: number) => step.do(name, RETRIES, async () => this.advance(pay_date, at)),
      sleep: (name: string, ms: number) => step.sleep(name, ms),
      follow: (now: number) =>
        step.do('hand on', RETRIES, async () => followOn(this.env, instanceId, { pay_date, now })),
    };
    return carry(carrier, payload.now);
  }

  private async advance(pay_date: string, planned: number): Promise<Taken> {
    // An instance may have lain still for days: by its own reckoning an id could seem young that PayPal has long forgotten.
    const now = this.env.CLOCK === 'header' ? planned : Math.max(planned, systemNow());
    const { paypal, ...context } = await contextOf(this.env, configOf(this.env), now);
    if (paypal === null) return { progress: 'done', asked: context.asked() };
    const progress = await advanceSend({ ...context, paypal }, pay_date, now).catch((error: unknown) => {
      // What the engine keeps and shows of a failure holds no parameters of a query.
      throw new Error(`the step failed: ${failureOf(error)}`);
    });
    return { progress, asked: context.asked() };
  }
}
