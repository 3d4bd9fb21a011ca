import { setTimeout } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Local, paypalRail, startLocal } from '../support/harness.ts';
import { ingestKey, operatorKeys } from '../support/local.ts';
import { type Paypal, startPaypal } from '../support/paypal.ts';

// A Friday on the PayPal rail, from payments to money with the receivers: the Workers as shipped, the Workflow, and the simulator.

const FRIDAY = '0 17 * * FRI';
const DAILY = '30 17 * * *';
const RUN = '2026-11-20T17:00:00Z';

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

async function ask(method: string, path: string, key: string, now: string, body?: object) {
  const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const response = await local.fetch(path, init, { now });
  return { status: response.status, body: (await response.json()) as Json };
}

const operator = (method: string, path: string, now: string, body?: object, who: 'ana' | 'ben' = 'ana') =>
  ask(method, path, operatorKeys[who], now, body);

async function partner(partner_id: string, paypal_email: string): Promise<void> {
  const now = '2026-06-01T18:00:00Z';
  const made = await operator('POST', '/v1/partners', now, {
    partner_id,
    name: partner_id,
    email: `${partner_id}@partners.example`,
    country: 'US',
    paypal_email,
  });
  expect(made.status).toBe(201);
  const adjusted = await operator('POST', `/v1/partners/${partner_id}/adjustments`, '2026-11-10T18:00:00Z', {
    adjustment_id: `adj_${partner_id}`,
    amount: 12_000,
    reason: 'what is due to begin with',
  });
  expect(adjusted.status).toBe(201);
}

const batch = async (now: string) => (await operator('GET', '/v1/payout-batches/2026-11-20', now)).body;

async function until(status: string, now: string): Promise<Json> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await batch(now);
    if (found['status'] === status) return found;
    if (performance.now() > deadline)
      throw new Error(`${JSON.stringify(found)}\n${local.logs().slice(-20).join('\n')}`);
    await setTimeout(100);
  }
}

const statuses = (found: Json) =>
  Object.fromEntries(
    (found['payouts'] as { partner_id: string; status: string }[]).map((one) => [one.partner_id, one.status]),
  );

it('P7: a Friday pays through the Workflow, and only what PayPal says', async () => {
  // PayPal's clock stands while the Workflow sends, and then is let on.
  await paypal.control('POST', 'clock', { now: RUN });
  await partner('ann', 'ann@paypal.example');
  await partner('bob', 'failed@paypal.example');
  await partner('cat', 'unclaimed@paypal.example');
  await partner('dan', 'unclaimed+dan@paypal.example');
  await local.scheduled(FRIDAY, RUN);
  expect(statuses(await until('in_flight', RUN))).toEqual({
    ann: 'in_flight',
    bob: 'in_flight',
    cat: 'in_flight',
    dan: 'in_flight',
  });
  expect((await paypal.ledger()).totals['USD']).toMatchObject({ receiver: 0, on_the_way: 48_000 });
  await paypal.control('POST', 'clock', { advance_seconds: 3600 });
  const deadline = performance.now() + 20_000;
  while (statuses(await batch(RUN))['cat'] !== 'unclaimed' && performance.now() < deadline) await setTimeout(100);
  expect(statuses(await batch(RUN))).toEqual({ ann: 'paid', bob: 'failed', cat: 'unclaimed', dan: 'unclaimed' });
  expect((await paypal.ledger()).totals['USD']).toMatchObject({ receiver: 12_000 });
});

it('what stands unclaimed is called back for who asks: program tells payouts, payouts PayPal', async () => {
  const found = (await batch(RUN))['payouts'] as { payout_id: string; partner_id: string }[];
  const dan = found.find((one) => one.partner_id === 'dan')?.payout_id;
  const now = '2026-11-20T19:00:00Z';
  const answer = await operator('POST', `/v1/payouts/${dan}/cancellation`, now, {});
  expect(answer).toMatchObject({ status: 200, body: { payout_id: dan, status: 'returned' } });
  expect((await paypal.ledger()).totals['USD']).toMatchObject({ receiver: 12_000, on_the_way: 12_000, sender: 24_000 });
});

it('the daily cron takes the unclaimed one to its end, and the witness holds what left', async () => {
  await paypal.control('POST', 'clock', { now: '2026-12-22T18:00:00Z' });
  await local.scheduled(DAILY, '2026-12-22T17:30:00Z');
  const settled = await until('settled', '2026-12-22T18:00:00Z');
  expect(statuses(settled)).toEqual({ ann: 'paid', bob: 'failed', cat: 'returned', dan: 'returned' });
  expect(settled['sends']).toMatchObject([{ chunk: 1, attempt: 1, status: 'settled', attention: null }]);
  const keys = (await local.witness.list()).objects.map(({ key }) => key.replace(/^[0-9a-f]+/, ''));
  expect(keys).toContain('/batches/2026-11-20/manifest.json');
  expect(keys).toContain('/batches/2026-11-20/sends/1-1.json');
  expect((await operator('GET', '/v1/payouts-state', RUN)).body).toEqual({ books_behind: false, missing: [] });
});

it('an ingest key settles nothing by hand', async () => {
  const resolution = { outcome: 'paid', reason: 'seen on the statement' };
  expect((await ask('POST', '/v1/payouts/po_x/resolution', ingestKey, RUN, resolution)).status).toBe(403);
});
