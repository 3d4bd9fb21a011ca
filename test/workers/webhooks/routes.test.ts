import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { MAX_ENDPOINTS } from '../../../src/webhooks/endpoints.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { pay, signup } from '../referrer/file.ts';
import { log, opened, Receiver, URL_A } from './receiver.ts';

const T0 = '2026-06-01T17:00:00Z';
const ENDPOINTS = '/v1/webhook-endpoints';
const body = { url: URL_A, types: ['payout.paid'] };
const ask = (method: string, path: string, more: object = {}) => call(method, path, { as: 'ana', at: T0, ...more });

beforeEach(async () => {
  await freshDatabases();
});

describe('webhook endpoints', { timeout: 30_000 }, () => {
  it('are for operators only', async () => {
    const { endpoint_id } = await opened(T0);
    const paths: [string, string, object?][] = [
      ['POST', ENDPOINTS, body],
      ['GET', ENDPOINTS],
      ['GET', `${ENDPOINTS}/${endpoint_id}`],
      ['PATCH', `${ENDPOINTS}/${endpoint_id}`, {}],
      ['DELETE', `${ENDPOINTS}/${endpoint_id}`],
      ['POST', `${ENDPOINTS}/${endpoint_id}/rotation`, {}],
      ['POST', `${ENDPOINTS}/${endpoint_id}/replay`, { from: T0, to: T0 }],
      ['GET', '/v1/webhook-deliveries'],
      ['GET', '/v1/webhook-deliveries/x'],
      ['POST', '/v1/webhook-deliveries/x/replay', {}],
    ];
    for (const [method, path, sent] of paths) {
      const more = sent ? { body: sent } : {};
      expect((await call(method, path, { as: 'ingest', ...more })).status).toBe(403);
      expect((await call(method, path, { as: 'nobody', ...more })).status).toBe(401);
    }
  });

  it('show their secret once, and to the same key again; the books do not hold it in clear', async () => {
    const headers = { 'idempotency-key': 'first' };
    const first = await ask('POST', ENDPOINTS, { body, headers });
    expect(first).toMatchObject({
      status: 201,
      body: { url: URL_A, types: ['payout.paid'], status: 'enabled', disabled_reason: null, created_at: T0 },
    });
    const secret = String(first.body['secret']);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await ask('POST', ENDPOINTS, { body, headers })).toEqual({ ...first, status: 200 });
    expect((await ask('POST', ENDPOINTS, { body: { ...body, url: `${URL_A}2` }, headers })).status).toBe(409);
    const listed = await ask('GET', ENDPOINTS);
    expect(JSON.stringify(listed.body)).not.toContain('whsec_');
    for (const table of ['webhook_secrets', 'replays', 'audit_log', 'webhook_endpoints']) {
      const { results } = await env.BOOKS.prepare(`SELECT * FROM ${table}`).all();
      expect(results.length).toBeGreaterThan(0);
      expect(JSON.stringify(results)).not.toContain(secret.slice(6));
    }
  });

  it.each([
    [{ url: 'http://hooks.acme.com/', types: ['payout.paid'] }, 422],
    [{ url: 'https://192.168.0.1/', types: ['payout.paid'] }, 422],
    [{ url: 'https://user@hooks.acme.com/', types: ['payout.paid'] }, 422],
    [{ url: URL_A, types: [] }, 400],
    [{ url: URL_A, types: ['payout.paid', 'payout.paid'] }, 400],
    [{ url: URL_A, types: ['partner.born'] }, 400],
    [{ url: URL_A, types: ['payout.paid'], secret: 'mine' }, 400],
    [{ types: ['payout.paid'] }, 400],
  ])('%j: %d', async (sent, status) => {
    const answer = await ask('POST', ENDPOINTS, { body: sent });
    expect(answer.status).toBe(status);
    expect(answer.body['errors']).toMatchObject([{ path: expect.stringMatching(/^body\.(url|types|secret)/) }]);
  });

  it('are changed and closed; what is not there is 404', async () => {
    const { endpoint_id } = await opened(T0);
    const path = `${ENDPOINTS}/${endpoint_id}`;
    const changed = await ask('PATCH', path, { body: { types: ['batch.frozen'], status: 'disabled' } });
    expect(changed).toMatchObject({
      status: 200,
      body: { types: ['batch.frozen'], status: 'disabled', disabled_reason: 'operator', disabled_at: T0 },
    });
    expect((await ask('PATCH', path, { body: { url: 'https://10.1.1.1/' } })).status).toBe(422);
    expect((await ask('POST', `${path}/replay`, { body: { from: T0, to: '2026-06-02T00:00:00Z' } })).status).toBe(422);
    expect((await ask('POST', `${path}/replay`, { body: { from: T0, to: T0 } })).status).toBe(400);
    expect((await ask('DELETE', path)).status).toBe(204);
    for (const [method, at, sent] of [
      ['GET', path, undefined],
      ['DELETE', path, undefined],
      ['PATCH', path, {}],
      ['POST', `${path}/rotation`, {}],
      ['POST', `${path}/replay`, { from: T0, to: '2026-06-02T00:00:00Z' }],
      ['POST', '/v1/webhook-deliveries/whe_1-evt_1/replay', {}],
    ] as const)
      expect((await ask(method, at, sent ? { body: sent } : {})).status).toBe(404);
    const { results } = await env.BOOKS.prepare('SELECT * FROM webhook_secrets').all();
    expect(results).toEqual([]);
  });

  it(`are at most ${MAX_ENDPOINTS}, and listed page by page`, async () => {
    for (let i = 0; i < MAX_ENDPOINTS; i++) await opened(T0);
    expect((await ask('POST', ENDPOINTS, { body })).status).toBe(422);
    const first = await ask('GET', `${ENDPOINTS}?limit=15`);
    const rest = await ask('GET', `${ENDPOINTS}?limit=15&cursor=${String(first.body['next_cursor'])}`);
    expect(rest.body['next_cursor']).toBeNull();
    expect([first, rest].map(({ body: { data } }) => (data as unknown as object[]).length)).toEqual([15, 5]);
  });
});

it('the log is paged, and asked by endpoint, event and status', async () => {
  await givePartner('ann');
  const { endpoint_id } = await opened(T0, ['commission.earned']);
  await opened(T0, ['commission.earned'], 'https://hooks.other.com/');
  await signup('a1', T0, { referral_token: await giveToken({ code: 'ann', at: '2026-05-20T00:00:00Z' }) });
  for (let i = 0; i < 5; i++) await pay('a1', `p${i}`, T0);
  const receiver = new Receiver();
  receiver.answer = ({ url }) => new Response(null, { status: url === URL_A ? 200 : 500 });
  await receiver.run('2026-06-01T17:01:00Z');
  expect(await log(T0)).toHaveLength(10);
  expect(await log(T0, `&endpoint_id=${endpoint_id}`)).toHaveLength(5);
  expect(await log(T0, '&status=queued')).toHaveLength(5);
  const [row] = await log(T0, '&status=delivered');
  expect(await log(T0, `&event_id=${String(row?.['event_id'])}`)).toHaveLength(2);
  const seen: unknown[] = [];
  for (let cursor = ''; ;) {
    const { body: page } = await ask('GET', `/v1/webhook-deliveries?limit=3${cursor}`);
    seen.push(...(page['data'] as unknown as { delivery_id: string }[]).map(({ delivery_id }) => delivery_id));
    if (page['next_cursor'] === null) break;
    cursor = `&cursor=${String(page['next_cursor'])}`;
  }
  expect(new Set(seen).size).toBe(10);
  expect((await ask('GET', '/v1/webhook-deliveries?cursor=nonsense')).status).toBe(400);
  const one = await ask('GET', `/v1/webhook-deliveries/${String(row?.['delivery_id'])}`);
  expect(one.body['body']).toBe(receiver.told.find(({ id }) => id === row?.['event_id'])?.body);
}, 30_000);
