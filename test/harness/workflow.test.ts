import { setTimeout } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Local, paypalRail, startLocal } from '../support/harness.ts';
import { operatorKeys } from '../support/local.ts';
import { type Paypal, startPaypal } from '../support/paypal.ts';

// An instance of the Workflow that has ended because a person was needed: what the person says is taken up at once, without a cron.

const RUN = '2026-11-20T17:00:00Z';
const NEXT_DAY = '2026-11-21T09:00:00Z';
const PATH = '/v1/payout-batches/2026-11-20';

let paypal: Paypal;
let local: Local;
beforeAll(async () => {
  paypal = await startPaypal();
  local = await startLocal(paypalRail(paypal.base));
});
afterAll(async () => {
  await local.close();
  await paypal.close();
});

type Json = Record<string, unknown>;

async function operator(method: string, path: string, now: string, body?: object, who: 'ana' | 'ben' = 'ana') {
  const headers = { authorization: `Bearer ${operatorKeys[who]}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const response = await local.fetch(path, init, { now });
  return { status: response.status, body: (await response.json()) as Json };
}

async function until(status: string): Promise<Json> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const { body } = await operator('GET', PATH, NEXT_DAY);
    if (body['status'] === status) return body;
    if (performance.now() > deadline) throw new Error(`${JSON.stringify(body)}\n${local.logs().slice(-20).join('\n')}`);
    await setTimeout(100);
  }
}

it('P7: after an adoption the batch goes on at once, though its instance had ended', async () => {
  await paypal.control('POST', 'clock', { now: RUN });
  const made = {
    partner_id: 'ann',
    name: 'ann',
    email: 'ann@partners.example',
    country: 'US',
    paypal_email: 'ann@paypal.example',
  };
  expect((await operator('POST', '/v1/partners', '2026-06-01T18:00:00Z', made)).status).toBe(201);
  const due = { adjustment_id: 'adj_ann', amount: 12_000, reason: 'what is due to begin with' };
  expect((await operator('POST', '/v1/partners/ann/adjustments', '2026-11-10T18:00:00Z', due)).status).toBe(201);
  await paypal.control('PATCH', 'settings', { duplicate_link: false });
  await paypal.control('POST', 'faults', { when: 'after', answer: 'garbage' });
  await local.scheduled('0 17 * * FRI', RUN);
  expect((await until('needs_attention'))['attention']).toMatchObject([{ what: 'duplicate_unlinked' }]);

  await paypal.control('POST', 'clock', { now: NEXT_DAY });
  const { entries } = await paypal.ledger();
  const item = await paypal.client().getItem(entries[0]!.payout_item_id);
  if (item.state !== 'found') throw new Error('PayPal has no such item');
  const { payout_batch_id } = item.item;
  const adopt = (who: 'ana' | 'ben') =>
    operator('POST', `${PATH}/chunks/1/adoption`, NEXT_DAY, { payout_batch_id }, who);
  expect((await adopt('ana')).status).toBe(202);
  expect((await adopt('ben')).status).toBe(201);
  const settled = await until('settled');
  expect(settled['payouts']).toMatchObject([{ partner_id: 'ann', status: 'paid', amount: 12_000 }]);
  expect((await paypal.ledger()).totals['USD']).toMatchObject({ receiver: 12_000 });
  const keys = (await local.witness.list()).objects.map(({ key }) => key);
  expect(keys.filter((key) => key.includes('/words/v1/'))).toHaveLength(1);
});
