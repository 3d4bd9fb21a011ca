import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { consumeClicks } from '../../../src/attribution/clicks.consumer.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { count, METRICS } from '../../../src/metrics/metrics.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import program from '../../../workers/program/index.ts';
import { freshDatabases } from '../../support/books.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';

const app = createApi();
let points: AnalyticsEngineDataPoint[] = [];
const dataset = { writeDataPoint: (point?: AnalyticsEngineDataPoint) => void points.push(point ?? {}) };
const given = () => ({ ...env, METRICS: dataset }) as unknown as ProgramEnv;
const counted = () => points.map(({ blobs = [], doubles = [] }) => [...blobs.map(String), doubles[0]]);

async function ask(method: string, path: string, body?: object, key: string = operatorKeys.ana): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await app.request(`http://localhost${path}`, init, given());
  // Whoever asked still gets the whole answer.
  expect(JSON.parse(await answer.text())).toBeTypeOf('object');
  return answer.status;
}

beforeEach(async () => {
  await freshDatabases();
  points = [];
});

it('answers are counted by route, status and problem code, and hold nothing that was sent', async () => {
  const signup = { account_id: 'secret_account', email: 'ann@client.example', signed_up_at: '2026-03-01T00:00:00Z' };
  expect(await ask('POST', '/v1/signups', signup, ingestKey)).toBe(201);
  expect(await ask('POST', '/v1/signups', { ...signup, email: 'bob@client.example' }, ingestKey)).toBe(409);
  expect(await ask('GET', '/v1/accounts/secret_account')).toBe(200);
  expect(await ask('GET', '/v1/accounts/other_secret')).toBe(404);
  expect(await ask('POST', '/v1/payments', { nonsense: 'secret' }, ingestKey)).toBe(400);
  expect(await ask('GET', '/v1/no/secret/path')).toBe(404);
  expect(await ask('GET', '/v1/partners', undefined, 'secret')).toBe(401);
  expect(counted()).toEqual([
    ['answer', 'POST /v1/signups', '201', '', 1],
    ['answer', 'POST /v1/signups', '409', 'conflict', 1],
    ['answer', 'GET /v1/accounts/:account_id', '200', '', 1],
    ['answer', 'GET /v1/accounts/:account_id', '404', 'not_found', 1],
    ['answer', 'POST /v1/payments', '400', 'malformed', 1],
    ['answer', expect.stringMatching(/^GET \/(v1\/)?\*$/), '404', 'not_found', 1],
    ['answer', 'GET /v1/partners', '401', 'unauthorized', 1],
  ]);
  expect(JSON.stringify(points)).not.toMatch(/secret|client\.example/);
});

it('clicks are counted by class where they are kept, not where a visitor waits; crons and mail where they run', async () => {
  const click = (n: number, kind: string) => ({
    body: {
      v: 1,
      click_id: `0190a6e0-0000-7000-8000-00000000000${n}`,
      visitor_id: 'visitor_00000001',
      clicked_at: 1_770_000_000_000,
      code: 'mira',
      partner_id: 'mira',
      class: kind,
    },
    ack: () => undefined,
  });
  const messages = [click(1, 'person'), click(2, 'bot'), click(3, 'person')];
  await consumeClicks(
    { messages, queue: 'lastclick-clicks', retryAll: () => undefined } as unknown as MessageBatch,
    openDatabase(env.CLICKS),
    given(),
  );
  await program.scheduled({ cron: '*/5 * * * *', scheduledTime: 1_770_000_000_000, noRetry: () => undefined }, given());
  expect(counted()).toEqual([
    ['click', 'person', 2],
    ['click', 'bot', 1],
    ['cron', 'mail', 'well', 1],
  ]);
});

it('an index is one of a closed list; a dataset that fails, or is not there, keeps nothing from being done', async () => {
  for (const metric of METRICS) count({ METRICS: dataset as AnalyticsEngineDataset }, metric, ['x']);
  expect(points.map(({ indexes }) => indexes)).toEqual(METRICS.map((metric) => [metric]));
  const broken = {
    writeDataPoint: () => {
      throw new Error('quota');
    },
  };
  expect(() => count({ METRICS: broken as unknown as AnalyticsEngineDataset }, 'click', ['person'])).not.toThrow();
  expect(() => count({}, 'click', ['person'])).not.toThrow();
});
