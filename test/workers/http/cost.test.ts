import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorKeys } from '../../support/local.ts';

const app = createApi();

async function ask(COST_HEADERS: string, method: string, path: string, key: string, body?: object) {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'x-clock': '2026-11-20T12:00:00Z',
  };
  const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const given = { ...env, COST_HEADERS } as unknown as ProgramEnv;
  const response = await app.request(`http://localhost${path}`, init, given);
  return { status: response.status, body: await response.json(), timing: response.headers.get('server-timing') };
}

const costOf = (timing: string | null) =>
  /^d1;desc="queries=(\d+) rows_read=(\d+) rows_written=(\d+)"$/
    .exec(timing ?? '')
    ?.slice(1)
    .map(Number) ?? [];

it('COST_HEADERS=on says what an answer of program cost, zeros written out, and answers the same', async () => {
  await freshDatabases();
  const partner = { partner_id: 'mira', name: 'Mira', email: 'mira@partners.example', country: 'US' };
  const made = await ask('on', 'POST', '/v1/partners', operatorKeys.ana, partner);
  expect(made.status).toBe(201);
  const [queries = 0, rows_read = 0, rows_written = 0] = costOf(made.timing);
  expect(queries).toBeGreaterThan(3);
  expect(rows_read).toBeGreaterThan(0);
  expect(rows_written).toBeGreaterThan(8);

  for (const path of ['/v1/partners/mira', '/v1/partners?limit=1', '/v1/audit-log', '/v1/holds']) {
    const counted = await ask('on', 'GET', path, operatorKeys.ana);
    const plain = await ask('off', 'GET', path, operatorKeys.ana);
    expect(counted).toEqual({ ...plain, timing: counted.timing });
    expect(plain.timing).toBeNull();
    if (plain.status === 200) expect(costOf(counted.timing)[0]).toBeGreaterThan(0);
    expect(costOf(counted.timing)[2]).toBe(0);
  }
});

it('an answer that asked no database, and a refusal, say so too', async () => {
  const zeros = 'd1;desc="queries=0 rows_read=0 rows_written=0"';
  expect(await ask('on', 'GET', '/.well-known/jwks.json', '')).toMatchObject({ status: 200, timing: zeros });
  expect(await ask('on', 'GET', '/v1/partners', 'nobody')).toMatchObject({ status: 401, timing: zeros });
  expect(await ask('on', 'GET', '/v1/nothing', 'nobody')).toMatchObject({ status: 404, timing: zeros });
});
