import { runArchive } from '../../src/archive/run.ts';
import { consumeClicks } from '../../src/attribution/clicks.consumer.ts';
import { withHeartbeat } from '../../src/heartbeat/beat.ts';
import document from '../../src/http/openapi.json' with { type: 'json' };
import { createProgramApp } from '../../src/http/program.ts';
import { runMail } from '../../src/mail/run.ts';
import { runSweep } from '../../src/privacy/run.ts';
import { openDatabase } from '../../src/program/commit.repo.ts';
import { countClicks } from '../../src/statistics/count.ts';
import { sweepStripe } from '../../src/stripe/sweep.ts';
import { consumeDeliveries } from '../../src/webhooks/deliveries.consumer.ts';
import { runWebhooks } from '../../src/webhooks/run.ts';
import type { ProgramEnv } from './env.ts';

/** The cron of webhooks; the other one is mail's, of what Stripe's events left unfinished, of clicks to be counted, and of what has been kept for its time. */
const WEBHOOKS = '* * * * *';

const app = createProgramApp();
app.get('/openapi.json', (c) => c.json(document));

export default {
  fetch: app.fetch,
  queue: (batch, env) =>
    batch.queue === 'lastclick-webhooks'
      ? consumeDeliveries(batch, env)
      : consumeClicks(batch, openDatabase(env.CLICKS), env),
  async scheduled({ cron, scheduledTime }, env): Promise<void> {
    const runs = cron === WEBHOOKS ? [runWebhooks] : [runMail, sweepStripe, countClicks, runSweep, runArchive];
    await withHeartbeat(env, { worker: 'program', cron, now: scheduledTime }, async () => {
      // One that fails keeps no other from running.
      const ended = await Promise.allSettled(runs.map((run) => run(env, scheduledTime)));
      for (const run of ended) if (run.status === 'rejected') throw run.reason;
      return true;
    });
  },
} satisfies ExportedHandler<ProgramEnv>;
