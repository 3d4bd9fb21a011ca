import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startLocal, type Local } from '../support/harness.ts';
import { ingestKey, operatorKeys } from '../support/local.ts';
import { BROWSER, rawRequest } from '../support/raw.ts';

// Another system, as far as it goes: a server that verifies what comes with the library, and misbehaves by its path.

const CRON = '* * * * *';
const MINUTE = 60_000;
const START = Date.parse('2026-06-01T17:00:00Z');
/** Longer than an endpoint may take to answer. */
const LATE_MS = 17_000;

interface Came {
  path: string;
  id: string;
  payment_id: unknown;
}

const secrets = new Map<string, string>();
const came: Came[] = [];
const forged: string[] = [];
/** What a path answers, by how often it was asked. */
const answers: Record<string, (response: ServerResponse, times: number) => unknown> = {
  '/ok': (response) => response.writeHead(204).end(),
  '/fails': (response, times) => response.writeHead(times === 1 ? 500 : 200).end('no'),
  '/redirects': (response) => response.writeHead(307, { location: '/ok' }).end(),
  '/late': async (response, times) => {
    if (times === 1) await setTimeout(LATE_MS);
    response.writeHead(200).end();
  },
  '/breaks': (response, times) => (times === 1 ? response.destroy() : response.writeHead(200).end()),
};

let local: Local;
let server: Server;
let now = START;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      try {
        const body = new Webhook(secrets.get(path) ?? '').verify(Buffer.concat(chunks).toString(), headers);
        const { data } = body as { data: Record<string, unknown> };
        came.push({ path, id: String(headers['webhook-id']), payment_id: data['payment_id'] });
      } catch (error) {
        forged.push(`${path} ${String(error)}`);
      }
      const times = came.filter((one) => one.path === path).length;
      void answers[path]?.(response, times);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  local = await startLocal();
});
afterAll(async () => {
  await local.close();
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

type Row = Record<string, unknown>;

async function ask(method: string, path: string, body?: object, key: string = operatorKeys.ana): Promise<Row> {
  const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const response = await local.fetch(path, init, { now });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Row;
}

const logged = async () => (await ask('GET', '/v1/webhook-deliveries?limit=100'))['data'] as Row[];

/** One run of the cron a minute later, and what the log says once each delivery that was due has been tried. */
async function run(minutes: number, settled: (rows: Row[]) => boolean): Promise<Row[]> {
  now += minutes * MINUTE;
  await local.scheduledProgram(now, CRON);
  const deadline = performance.now() + LATE_MS + 10_000;
  for (;;) {
    const rows = await logged();
    if (settled(rows)) return rows;
    if (performance.now() > deadline) throw new Error(`${JSON.stringify(rows)}\n${local.logs().join('\n')}`);
    await setTimeout(50);
  }
}

const idOf = new Map<string, string>();
const by = (rows: Row[], path: string) => rows.find((row) => row['endpoint_id'] === idOf.get(path));
const pay = (payment_id: string) => {
  const paid_at = new Date(now).toISOString();
  return ask(
    'POST',
    '/v1/payments',
    { payment_id, account_id: 'acme', amount: 7900, currency: 'USD', paid_at },
    ingestKey,
  );
};

it('endpoints are opened, each with a secret of its own', async () => {
  const { port } = server.address() as AddressInfo;
  for (const path of Object.keys(answers)) {
    const url = `http://127.0.0.1:${port}${path}`;
    const opened = await ask('POST', '/v1/webhook-endpoints', { url, types: ['commission.earned'] });
    secrets.set(path, String(opened['secret']));
    idOf.set(path, String(opened['endpoint_id']));
  }
  const made = await ask('POST', '/v1/partners', {
    partner_id: 'bob',
    name: 'Bob',
    email: 'bob@partners.example',
    country: 'US',
  });
  const { code } = made['link'] as { code: string };
  const clock = { 'x-clock': new Date(now).toISOString() };
  const click = await rawRequest(local.url, 'GET', `/r/${code}`, { ...BROWSER, ...clock });
  const [, referral_token] = /^__Host-lastclick=([^;]+)/.exec(click.cookie ?? '') ?? [];
  now += MINUTE;
  const told = await ask(
    'POST',
    '/v1/signups',
    { account_id: 'acme', email: 'jane@acme.example', referral_token },
    ingestKey,
  );
  expect(told['referrer']).toMatchObject({ partner_id: 'bob' });
});

it('what they answer is in the log: delivered, refused, a redirect that leads nowhere, a broken answer, one too late', async () => {
  await pay('p1');
  const rows = await run(1, (all) => all.length === 5 && all.every((row) => row['tries'] === 1));
  expect(forged).toEqual([]);
  expect(by(rows, '/ok')).toMatchObject({ status: 'delivered', last_status: 204 });
  expect(by(rows, '/fails')).toMatchObject({ status: 'queued', last_status: 500, last_reason: 'refused' });
  // The harness's own way out follows redirects, breaks over the body, and answers 500 for what breaks; test/workers/webhooks has a
  // Worker's. Here it counts that neither is taken for an answer, and that nothing came where the redirect leads.
  expect(by(rows, '/redirects')).toMatchObject({ status: 'queued', tries: 1 });
  expect(by(rows, '/breaks')).toMatchObject({ status: 'queued', tries: 1 });
  expect(by(rows, '/late')).toMatchObject({ status: 'queued', last_status: null, last_reason: 'timeout' });
  expect(came.map(({ path }) => path).toSorted()).toEqual(Object.keys(answers).toSorted());
}, 60_000);

it('they come again under the same id, and arrive', async () => {
  const rows = await run(2, (all) => all.filter((row) => row['status'] === 'delivered').length === 4);
  expect(by(rows, '/late')).toMatchObject({ status: 'delivered', tries: 2 });
  expect(by(rows, '/redirects')).toMatchObject({ status: 'queued' });
  expect(new Set(came.map(({ id }) => id)).size).toBe(1);
  expect(forged).toEqual([]);
}, 60_000);

it('a replay sends it once more, verifiable by a secret that was rotated meanwhile', async () => {
  const endpoint_id = idOf.get('/ok');
  const rotated = await ask('POST', `/v1/webhook-endpoints/${endpoint_id}/rotation`, {});
  const before = came.filter(({ path }) => path === '/ok').length;
  secrets.set('/ok', String(rotated['secret']));
  await ask('POST', `/v1/webhook-endpoints/${endpoint_id}/replay`, {
    from: new Date(START).toISOString(),
    to: new Date(now + 1).toISOString(),
  });
  await run(
    1,
    (rows) => by(rows, '/ok')?.['status'] === 'delivered' && came.filter(({ path }) => path === '/ok').length > before,
  );
  expect(forged).toEqual([]);
  expect(new Set(came.map(({ id }) => id)).size).toBe(1);
  expect(local.logs().join('\n')).not.toMatch(/whsec_|127\.0\.0\.1:\d+\/(?:ok|late)|jane@/);
}, 60_000);
