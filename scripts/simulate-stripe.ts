import { parseArgs } from 'node:util';

import { startVitest } from 'vitest/node';

/**
 * `npm run simulate:stripe -- [--events N]`: every order of small sets of Stripe's events, random orders of many whole lives, and two days of
 * N mixed events each (default 10,000): one whose database calls fail one time in twenty, and one in which workerd is killed again and again
 * and started on the same storage. The books must be an independent oracle's each time.
 */
const { values } = parseArgs({ options: { events: { type: 'string', default: '10000' } } });
const events = Number(values.events);
if (!Number.isSafeInteger(events) || events < 1) throw new TypeError('--events is a whole number from 1 on');

/** What the tests are asked to play. */
interface Asked {
  stripe_events?: number;
  stripe_restarts?: number;
}

async function play(project: string, file: string, asked: Asked): Promise<void> {
  const options = { run: true, watch: false, project, silent: false, reporters: ['default'] };
  const vitest = await startVitest('test', [file], { ...options, provide: { ...asked } });
  await vitest.close();
}

await play('workers', 'test/workers/stripe/orders.test.ts', { stripe_events: events });
await play('harness', 'test/harness/stripe.test.ts', { stripe_restarts: events });
