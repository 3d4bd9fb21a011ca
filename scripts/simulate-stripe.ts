import { parseArgs } from 'node:util';

import { startVitest } from 'vitest/node';

/**
 * `npm run simulate:stripe -- [--events N]`: every order of small sets of Stripe's events, random orders of many whole lives, and a day of N
 * mixed events (default 10,000) whose database calls fail one time in twenty. The books must be an independent oracle's each time.
 */
const { values } = parseArgs({ options: { events: { type: 'string', default: '10000' } } });
const events = Number(values.events);
if (!Number.isSafeInteger(events) || events < 1) throw new TypeError('--events is a whole number from 1 on');

const vitest = await startVitest('test', ['test/workers/stripe/orders.test.ts'], {
  run: true,
  watch: false,
  project: 'workers',
  silent: false,
  reporters: ['default'],
  provide: { stripe_events: events },
});
await vitest.close();
