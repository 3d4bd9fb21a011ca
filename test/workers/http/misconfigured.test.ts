import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { operatorKeys } from '../../support/local.ts';

const app = createApi();

async function ask(changed: Partial<Record<keyof ProgramEnv, string>>, headers: Record<string, string> = {}) {
  const given = { ...(env as unknown as ProgramEnv), ...changed } as ProgramEnv;
  const response = await app.request('http://localhost/.well-known/jwks.json', { headers }, given);
  return { status: response.status, body: (await response.json()) as { code?: string; detail?: string } };
}

describe('the program’s door', () => {
  const cases: [name: string, changed: Partial<Record<keyof ProgramEnv, string>>, named: string][] = [
    ['a clock by header outside a local program', { ENVIRONMENT: 'production', CLOCK: 'header' }, 'CLOCK'],
    ['no cookie keys', { COOKIE_KEYS: '' }, 'COOKIE_KEYS'],
    ['cookie keys that cannot be read', { COOKIE_KEYS: 'k1:short' }, 'COOKIE_KEYS'],
    ['no ingest key', { INGEST_API_KEY: '' }, 'INGEST_API_KEY'],
    ['operator keys without names', { OPERATOR_API_KEYS: 'only-a-key-of-some-length' }, 'OPERATOR_API_KEYS'],
    ['a signing key that is none', { TOKEN_PRIVATE_JWK: '{}' }, 'TOKEN_PRIVATE_JWK'],
    ['a home page that is no address', { HOME_URL: 'home' }, 'HOME_URL'],
    ['no origin of forms', { SIGNUP_ORIGINS: '' }, 'SIGNUP_ORIGINS'],
  ];

  it.each(cases)('%s: 503 misconfigured, naming the variable and no value', async (_name, changed, named) => {
    const answer = await ask(changed);
    expect(answer).toMatchObject({ status: 503, body: { code: 'misconfigured' } });
    expect(answer.body.detail).toContain(named);
    expect(answer.body.detail).not.toContain('only-a-key-of-some-length');
  });

  it('as configured it answers, and a clock that cannot be read is the client’s fault', async () => {
    expect((await ask({})).status).toBe(200);
    expect(await ask({}, { 'x-clock': 'yesterday' })).toMatchObject({ status: 400, body: { code: 'bad_clock' } });
  });
});

describe('a database that does not answer', () => {
  it('is 503 unavailable, without a word of SQL', async () => {
    const failing = new Proxy(env.BOOKS, {
      get(target, key) {
        if (key === 'batch') return async () => Promise.reject(new Error('D1_ERROR: no answer to SELECT secret'));
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const headers = { authorization: `Bearer ${operatorKeys.ana}` };
    const given = { ...(env as unknown as ProgramEnv), BOOKS: failing } as ProgramEnv;
    const response = await app.request('http://localhost/v1/accounts/a1', { headers }, given);
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ code: 'unavailable' });
    expect(text).not.toMatch(/SELECT|D1/);
  });
});
