import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Local, startLocal } from '../support/harness.ts';
import { ingestKey, operatorKeys } from '../support/local.ts';
import { BROWSER, rawRequest } from '../support/raw.ts';

// One account's life on all three Workers, with the FAQ's own numbers: 25 % of $79.00 a month.

const FRIDAY = '0 17 * * FRI';
let local: Local;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local.close());

// Tests read answers field by field; what they find is asserted.
type Json = Record<string, unknown>;

async function ask(
  method: string,
  path: string,
  key: string,
  now: string,
  body?: object,
): Promise<{ status: number; body: Json }> {
  const headers: Record<string, string> = {
    authorization: `Bearer ${key}`,
    ...(body ? { 'content-type': 'application/json' } : {}),
  };
  const response = await local.fetch(
    path,
    { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) },
    { now },
  );
  return { status: response.status, body: (await response.json()) as Json };
}

const operator = (method: string, path: string, now: string, body?: object) =>
  ask(method, path, operatorKeys.ana, now, body);
const billing = (path: string, now: string, body: object) => ask('POST', path, ingestKey, now, body);
const pay = (n: number, day: string) =>
  billing('/v1/payments', `${day}T18:00:00Z`, {
    payment_id: `p${n}`,
    account_id: 'acme',
    amount: 7900,
    currency: 'USD',
    paid_at: `${day}T18:00:00Z`,
  });

let code = '';
let token = '';
const earnings = async (now: string, as_of = '') => (await ask('GET', `/v1/earnings${as_of}`, token, now)).body;

it('a partner is made, with a link and a token', async () => {
  const now = '2026-01-02T18:00:00Z';
  const made = await operator('POST', '/v1/partners', now, {
    partner_id: 'ann',
    name: 'Ann',
    email: 'ann@partners.example',
    country: 'US',
    paypal_email: 'ann@paypal.example',
  });
  expect(made).toMatchObject({ status: 201, body: { partner_id: 'ann', status: 'active' } });
  code = (made.body['link'] as { code: string }).code;
  const minted = await operator('POST', '/v1/partners/ann/tokens', now, { expires_in: 365 * 86_400 });
  expect(minted.status).toBe(201);
  token = minted.body['token'] as string;
});

it('a visitor clicks, and signs up by the form; the server joins it by signup_ref', async () => {
  const click = await rawRequest(local.url, 'GET', `/r/${code}`, { ...BROWSER, 'x-clock': '2026-01-03T18:00:00Z' });
  expect(click.status).toBe(302);
  const [cookie = ''] = (click.cookie ?? '').split(';');
  expect(cookie).toMatch(/^__Host-lastclick=[A-Za-z0-9_-]{1,200}$/);
  await local.clicksWritten(1);
  const form = await local.fetch(
    '/signups',
    {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'email=jane%40acme.example&company=Acme',
    },
    { now: '2026-01-04T18:00:00Z' },
  );
  expect(form.status).toBe(201);
  const { signup_ref } = (await form.json()) as { signup_ref: string };
  const told = await billing('/v1/signups', '2026-01-04T18:01:00Z', {
    account_id: 'acme',
    email: 'jane@acme.example',
    company: 'Acme',
    signup_ref,
  });
  expect(told).toMatchObject({
    status: 201,
    body: { referrer: { partner_id: 'ann', source: 'last_click', code }, flags: [] },
  });
});

it('V1, P2: three payments make $59.25, vested, and not yet $100: not paid, and it says why', async () => {
  expect(await pay(1, '2026-01-05')).toMatchObject({
    status: 201,
    body: { commission: { amount: 1975, vests_at: '2026-04-05T17:00:00Z' } },
  });
  await pay(2, '2026-02-05');
  await pay(3, '2026-03-05');
  expect(await earnings('2026-03-06T00:00:00Z')).toMatchObject({ totals: { pending: 5925, payable: 0, paid: 0 } });
  await local.scheduled(FRIDAY, '2026-04-10T17:00:00Z');
  expect((await operator('GET', '/v1/payout-batches/2026-04-10', '2026-04-10T18:00:00Z')).body).toMatchObject({
    status: 'settled',
    payouts: [],
  });
  await local.scheduled(FRIDAY, '2026-04-17T17:00:00Z');
  const batch = (await operator('GET', '/v1/payout-batches/2026-04-17', '2026-04-17T18:00:00Z')).body;
  expect(batch).toMatchObject({
    week: { start: '2026-04-05', end: '2026-04-11' },
    payouts: [],
    skipped: [{ partner_id: 'ann', amount: 5925 }],
  });
  const why = await earnings('2026-04-17T18:00:00Z');
  expect(why).toMatchObject({
    totals: { pending: 0, payable: 5925 },
    next_payout: { pay_date: '2026-04-24', amount: 5925, will_pay: false },
  });
  const gates = (why['next_payout'] as { gates: { gate: string; clause: string; passed: boolean }[] }).gates;
  expect(gates.filter((gate) => !gate.passed)).toMatchObject([{ gate: 'threshold', clause: 'P2' }]);
});

it('P1: the Friday on which it finally is paid is 2026-06-12', async () => {
  await pay(4, '2026-04-05');
  await pay(5, '2026-05-05');
  await pay(6, '2026-06-05');
  for (const friday of [
    '2026-04-24',
    '2026-05-01',
    '2026-05-08',
    '2026-05-15',
    '2026-05-22',
    '2026-05-29',
    '2026-06-05',
  ]) {
    await local.scheduled(FRIDAY, `${friday}T17:00:00Z`);
    expect((await operator('GET', `/v1/payout-batches/${friday}`, `${friday}T18:00:00Z`)).body).toMatchObject({
      payouts: [],
    });
  }
  expect(await earnings('2026-06-06T00:00:00Z')).toMatchObject({
    next_payout: {
      pay_date: '2026-06-12',
      week: { start: '2026-05-31', end: '2026-06-06' },
      amount: 11_850,
      will_pay: true,
    },
  });
  await local.scheduled(FRIDAY, '2026-06-12T17:00:00Z');
  const batch = (await operator('GET', '/v1/payout-batches/2026-06-12', '2026-06-12T18:00:00Z')).body;
  expect(batch).toMatchObject({
    status: 'frozen',
    skipped: [],
    payouts: [{ partner_id: 'ann', amount: 11_850, status: 'frozen' }],
  });
  expect(batch['manifest_sha256']).toMatch(/^[0-9a-f]{64}$/);
  expect(await earnings('2026-06-12T18:00:00Z')).toMatchObject({ totals: { payable: 0, in_flight: 11_850, paid: 0 } });
});

it('P7: the operator pays by file and says what became of it; running the crons again changes nothing', async () => {
  const at = '2026-06-12T19:00:00Z';
  const file = await local.fetch(
    '/v1/payout-batches/2026-06-12/export.csv',
    { headers: { authorization: `Bearer ${operatorKeys.ana}` } },
    { now: at },
  );
  expect(file.status).toBe(200);
  expect(await file.text()).toContain('ann@paypal.example,118.50,USD');
  const { body } = await operator('GET', '/v1/payout-batches/2026-06-12', at);
  const [{ payout_id }] = body['payouts'] as [{ payout_id: string }];
  const outcome = { items: [{ payout_id, status: 'paid', reference: 'T1' }] };
  expect(await operator('POST', '/v1/payout-batches/2026-06-12/outcomes', at, outcome)).toMatchObject({ status: 201 });
  expect(await operator('POST', '/v1/payout-batches/2026-06-12/outcomes', at, outcome)).toMatchObject({ status: 200 });
  await local.scheduled(FRIDAY, '2026-06-12T17:00:00Z');
  await local.scheduled('30 17 * * *', '2026-06-13T17:30:00Z');
  expect((await operator('GET', '/v1/payout-batches/2026-06-12', '2026-06-13T18:00:00Z')).body).toMatchObject({
    status: 'settled',
    manifest_sha256: body['manifest_sha256'],
  });
  expect(await earnings('2026-06-13T18:00:00Z')).toMatchObject({
    totals: { pending: 0, payable: 0, in_flight: 0, paid: 11_850, owed_back: 0 },
  });
  expect(await earnings('2026-06-13T18:00:00Z', '?as_of=2026-03-06T00:00:00Z')).toMatchObject({
    totals: { pending: 5925, payable: 0, paid: 0 },
  });
});

it('C3: a refund after the payout is a clawback that the next commission earns back first', async () => {
  const at = '2026-06-20T00:00:00Z';
  const refund = { refund_id: 'r1', payment_id: 'p6', amount: 7900, refunded_at: at };
  expect(await billing('/v1/refunds', at, refund)).toMatchObject({ status: 201, body: { commission_change: -1975 } });
  expect(await earnings('2026-06-21T00:00:00Z')).toMatchObject({
    totals: { payable: 0, paid: 11_850, owed_back: 1975 },
  });
  const { body } = await ask('GET', '/v1/earnings/commissions', token, '2026-06-21T00:00:00Z');
  const rows = body['data'] as { payment_id: string; kind: string; amount: number; status: string }[];
  expect(rows.filter((row) => row.payment_id === 'p6')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'commission', amount: 1975, status: 'paid' }),
      expect.objectContaining({ kind: 'clawback', amount: -1975, status: 'payable' }),
    ]),
  );
});

it('the OpenAPI document and the keys are published to anyone', async () => {
  expect(((await (await local.fetch('/openapi.json')).json()) as Json)['openapi']).toBe('3.1.0');
  expect(((await (await local.fetch('/.well-known/jwks.json')).json()) as Json)['keys']).toHaveLength(1);
});
