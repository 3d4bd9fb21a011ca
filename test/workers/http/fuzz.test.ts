import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createRandom } from '../../../scripts/demo/random.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import published from '../../../src/http/openapi.json';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { rowCounts } from '../../support/counts.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';
import { attemptAt, type Attempt } from '../../support/malformed.ts';
import type { Document, Operation } from '../../support/samples.ts';
import { openFrontDoor } from '../tracker/front-door.ts';

const SEED = 20261121;
/** Requests to each endpoint: a few in every test run, 1,000 with `npm run fuzz`. */
const RUNS = Number(env.FUZZ_RUNS);

const app = createApi();
const document = published as unknown as Document;
const endpoints = Object.entries(document.paths)
  .filter(([path]) => path.includes(env.FUZZ_PATH))
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
/** Answered by the front door itself; it hands every other path on. */
const AT_THE_DOOR = /^\/(?:r\/|token$|consent$|lastclick\.js$)/;

/** PayPal's webhooks are believed in nothing and always thanked for, and an import says of each row what is wrong with it. */
const REFUSES = /^\/v1\/(?!webhooks\/paypal|import\/|\{kind\})/;

const whole = { books_behind: false, missing: [] };
const refusal = async () => ({ ok: false, reason: 'not_found' });
/** Payouts, as it answers where there is nothing. */
const nothingThere = new Proxy({}, { get: (_, name) => (name === 'state' ? async () => whole : refusal) });

let token = '';
async function giveWorld(): Promise<Record<string, string>> {
  await freshDatabases();
  const as = 'ana';
  const partner = { partner_id: 'mira', name: 'Mira', email: 'mira@partners.example', country: 'US' };
  await call('POST', '/v1/partners', { as, body: partner });
  const issued = await call('POST', '/v1/partners/mira/tokens', { as, body: {} });
  token = String(issued.body['token']);
  const signup = { account_id: 'a1', email: 'ann@client.example', signed_up_at: '2026-11-01T00:00:00Z' };
  await call('POST', '/v1/signups', { body: signup });
  const payment = {
    payment_id: 'pay1',
    account_id: 'a1',
    amount: 10_000,
    currency: 'USD',
    paid_at: '2026-11-02T00:00:00Z',
  };
  const paid = await call('POST', '/v1/payments', { body: payment });
  expect([issued.status, paid.status]).toEqual([201, 201]);
  return {
    partner_id: 'mira',
    account_id: 'a1',
    payment_id: 'pay1',
    code: 'mira',
    kind: 'payments',
    year: '2026',
    n: '1',
  };
}

function bearer({ tags = [] }: Operation): string {
  if (tags.includes('ingest')) return ingestKey;
  return tags.includes('partner') ? token : operatorKeys.ana;
}

async function send({ method, path, headers, body }: Attempt, operation: Operation, i: number): Promise<Response> {
  const given = {
    ...headers,
    authorization: `Bearer ${bearer(operation)}`,
    'cf-connecting-ip': `${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.1`,
  };
  const init = { method, headers: given, ...(body === null ? {} : { body }) };
  if (AT_THE_DOOR.test(path.replace(/\?.*/, ''))) return openFrontDoor().ask(path, init);
  return app.request(`http://localhost${path}`, init, { ...env, PAYOUTS: nothingThere } as unknown as ProgramEnv);
}

/** An attempt in letters that any channel carries. */
function told(status: number, { method, path, headers, body }: Attempt): string {
  const text = `${status} ${method} ${path} ${headers['content-type'] ?? ''} ${body}`.slice(0, 400);
  return text.replaceAll(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function play(malformed: boolean, ids: Record<string, string>): Promise<string[]> {
  const faults: string[] = [];
  for (const [e, endpoint] of endpoints.entries()) {
    const random = createRandom(SEED + e * 7919 + (malformed ? 0 : 1));
    for (let i = 0; i < RUNS; i++) {
      const attempt = attemptAt(document, endpoint, ids, random, malformed);
      const answer = await send(attempt, endpoint.operation, e * 1000 + i);
      // An answer that breaks off is a fault as well.
      const broken = await answer.text().then(
        () => false,
        () => true,
      );
      const taken = malformed && attempt.body !== null && answer.status < 300 && REFUSES.test(endpoint.path);
      if (answer.status >= 500 || taken || broken)
        faults.push(`${broken ? 'broken off ' : ''}${told(answer.status, attempt)}`);
    }
  }
  return faults;
}

describe(`${RUNS} random requests to each endpoint of the OpenAPI document, seed ${SEED}`, () => {
  let ids: Record<string, string> = {};
  beforeEach(async () => {
    ids = await giveWorld();
    // A line for each answer: not to be carried out of here.
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it(
    'malformed ones are refused: none is a 5xx, and nothing is written',
    async () => {
      const before = await rowCounts();
      expect(Object.keys(before).length).toBeGreaterThan(40);
      expect(await play(true, ids)).toEqual([]);
      expect(await rowCounts()).toEqual(before);
    },
    RUNS * 4000,
  );

  it(
    'hostile values in the right fields are never a 5xx',
    async () => {
      expect(await play(false, ids)).toEqual([]);
    },
    RUNS * 4000,
  );
});
