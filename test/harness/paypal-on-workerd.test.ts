import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';

import { paypalSimulator, paypalWorker, startPaypal, type Paypal } from '../support/paypal.ts';

let alone: Paypal;
let together: TestHarness;
beforeAll(async () => {
  alone = await startPaypal();
  together = createTestHarness({
    root: join(import.meta.dirname, '..'),
    workers: [
      {
        config: {
          name: 'caller',
          main: join(import.meta.dirname, '../support/paypal-caller.ts'),
          compatibility_date: paypalSimulator.compatibility_date,
          services: [{ binding: 'PAYPAL', service: 'lastclick-paypal-simulator' }],
        },
      },
      paypalWorker,
    ],
  });
  await together.listen();
});
afterAll(async () => {
  await together.close();
  await alone.close();
});

const body = JSON.stringify({
  sender_batch_header: { sender_batch_id: 'p1-2026-11-20-1-1' },
  items: [{ recipient_type: 'EMAIL', receiver: 'ana@example.com', amount: { value: '10.00', currency: 'USD' } }],
});

describe.each([
  ['over the network, a simulator by itself', false],
  ['over a service binding, a simulator beside the Worker', true],
])('the client on workerd, %s', (_, bound) => {
  const base = () => (bound ? 'http://localhost' : alone.base);
  const send = async (timeout = 5000): Promise<unknown> => {
    const call = JSON.stringify({ base: base(), bound, body, timeout });
    return (await together.fetch('/', { method: 'POST', body: call })).json();
  };
  const fault = async (given: object): Promise<void> => {
    const init = { method: 'POST', body: JSON.stringify(given) };
    if (bound) await together.getWorker('lastclick-paypal-simulator').fetch('/_control/faults', init);
    else await alone.control('POST', 'faults', given);
  };

  beforeEach(async () => {
    if (bound) await together.getWorker('lastclick-paypal-simulator').fetch('/_control/reset', { method: 'POST' });
    else await alone.control('POST', 'reset');
  });

  it('is accepted, and then known', async () => {
    const accepted = await send();
    expect(accepted).toEqual({ state: 'accepted', payout_batch_id: expect.any(String) });
    expect(await send()).toEqual({ ...(accepted as object), state: 'duplicate' });
  });

  it.each([
    // What stands before a Worker on the network may end a broken answer as if it were whole.
    ['a reply that breaks off', { answer: 'break' }, expect.stringMatching(/^(network|unreadable)$/)],
    ['no reply in time', { answer: 'hang', delay_ms: 600 }, 'timeout'],
    ['a reply that is no JSON', { answer: 'garbage' }, 'unreadable'],
    ['a 503', { status: 503 }, 'server'],
    ['a 429', { status: 429 }, 'rate_limited'],
  ])('%s leaves it unknown, and the same bytes find it again', async (_name, given, reason) => {
    await fault({ ...given, when: 'after' });
    expect(await send(300)).toMatchObject({ state: 'unknown', reason });
    expect(await send()).toMatchObject({ state: 'duplicate', payout_batch_id: expect.any(String) });
  });
});
