import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { cookieOf, openFrontDoor, seedLink } from './front-door.ts';

const FORM = 'https://www.example.com';

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

describe('the front door by plain http', () => {
  const PRODUCTION = { ENVIRONMENT: 'production', CLOCK: 'system' };

  it.each(['/r/mira', '/r/mira/a%20b?c=1&d=%2F', '/token', '/?x'])(
    'L1: %s leads to itself by https: a Secure cookie is kept there alone',
    async (path) => {
      const { ask, sent, forwarded } = openFrontDoor(PRODUCTION);
      const answer = await ask(`http://go.example.com${path}`);
      expect([answer.status, answer.headers.get('location')]).toEqual([308, `https://go.example.com${path}`]);
      expect([answer.headers.has('set-cookie'), sent.length, forwarded.length]).toEqual([false, 0, 0]);
    },
  );

  it.each(['https://go.example.com/', 'https://Go.Example.com', 'https://go.example.com:443'])(
    'L1: however PUBLIC_URL is spelt: %s',
    async (PUBLIC_URL) => {
      const answer = await openFrontDoor({ ...PRODUCTION, PUBLIC_URL }).ask('http://go.example.com/r/mira?a=%2F');
      expect([answer.status, answer.headers.get('location')]).toEqual([308, 'https://go.example.com/r/mira?a=%2F']);
    },
  );

  it.each([
    ['http://go.example.com.evil.com', PRODUCTION],
    ['http://evil@go.example.com.evil.com', PRODUCTION],
    ['http://localhost:8787', PRODUCTION],
    ['https://go.example.com', PRODUCTION],
    ['http://go.example.com', {}],
  ])('is what it is on any other host, and in a local program: %s', async (host, vars) => {
    expect((await openFrontDoor(vars).ask(`${host}/r/mira`)).status).toBe(302);
  });
});

describe('GET /token', () => {
  it('a script of SIGNUP_ORIGINS reads the visitor’s token with credentials', async () => {
    const { ask } = openFrontDoor();
    const cookie = cookieOf(await ask('/r/mira'));
    const answer = await ask('/token', { headers: { origin: FORM, cookie: `__Host-lastclick=${cookie}` } });
    expect(await answer.json()).toEqual({ referral_token: cookie });
    expect(answer.headers.get('access-control-allow-origin')).toBe(FORM);
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    expect(answer.headers.get('vary')).toBe('Origin');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toBe('application/json');
  });

  it.each([{}, { cookie: '__Host-lastclick=forged' }, { cookie: '__Host-lastclick=' }])(
    'is null where no cookie verifies: %j',
    async (headers) => {
      const answer = await openFrontDoor().ask('/token', { headers: { origin: FORM, ...headers } });
      expect(await answer.json()).toEqual({ referral_token: null });
    },
  );

  it.each([
    'https://evil.com',
    'null',
    'http://www.example.com',
    'https://www.example.com.evil.com',
    'https://www.example.com:8443',
  ])('refuses %s, without any CORS header', async (origin) => {
    const { ask } = openFrontDoor();
    const cookie = cookieOf(await ask('/r/mira'));
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const answer = await ask('/token', { method, headers: { origin, cookie: `__Host-lastclick=${cookie}` } });
      expect(answer.status).toBe(403);
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(answer.headers.get('vary')).toBe('Origin');
      const body = await answer.text();
      expect(JSON.parse(body)).toMatchObject({ code: 'origin_not_allowed' });
      expect(body).not.toContain(cookie);
    }
  });

  it('answers a preflight', async () => {
    const answer = await openFrontDoor().ask('/token', {
      method: 'OPTIONS',
      headers: { origin: FORM, 'access-control-request-method': 'GET' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(FORM);
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET');
  });

  it('takes no other method', async () => {
    const answer = await openFrontDoor().ask('/token', { method: 'POST', headers: { origin: FORM } });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });
});

describe('everything else', () => {
  it.each(['/', '/r', '/rx/mira', '/tokens', '/v1/signups', '/.well-known/jwks.json', '/signups?next=/a'])(
    '%s goes on to the house as it is',
    async (path) => {
      const { ask, forwarded } = openFrontDoor();
      const answer = await ask(path, { method: 'POST', body: 'hello', headers: { authorization: 'Bearer x' } });
      expect(answer.headers.get('x-from')).toBe('house');
      expect(forwarded[0]?.url).toBe(`http://localhost${path}`);
      expect(forwarded[0]?.method).toBe('POST');
      expect(forwarded[0]?.headers.get('authorization')).toBe('Bearer x');
      expect(await forwarded[0]?.text()).toBe('hello');
    },
  );

  it('a house that does not answer is a problem to read', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const fetch = async (): Promise<never> => {
      throw new TypeError('secret detail');
    };
    const answer = await openFrontDoor({ PROGRAM: { fetch } }).ask('/v1/payments');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
    expect(String(log.mock.calls[0]?.[0])).toBe('{"event":"program_failed","error":"TypeError"}');
    log.mockRestore();
  });
});

describe('the door', () => {
  it.each([
    [{ COOKIE_KEYS: 'k1:c2VjcmV0' }, 'COOKIE_KEYS'],
    [{ COOKIE_KEYS: undefined }, 'COOKIE_KEYS'],
    [{ ENVIRONMENT: 'production', CLOCK: 'header' }, 'CLOCK=header'],
    [{ SIGNUP_ORIGINS: 'https://other.org' }, 'PUBLIC_URL is not same-site with SIGNUP_ORIGINS'],
    [{ HOME_URL: '' }, 'HOME_URL'],
  ])('a misconfigured door says which variable, never its value: %j', async (vars, named) => {
    const { ask, forwarded } = openFrontDoor(vars);
    for (const path of ['/r/mira', '/token', '/v1/payments']) {
      const answer = await ask(path);
      expect(answer.status).toBe(503);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const body = await answer.json<{ code: string; detail: string }>();
      expect(body.code).toBe('misconfigured');
      expect(body.detail).toContain(named);
      expect(body.detail).not.toContain('c2VjcmV0');
    }
    expect(forwarded).toEqual([]);
  });

  it('X-Clock that is no instant is 400', async () => {
    const answer = await openFrontDoor().ask('/r/mira', { headers: { 'x-clock': 'noon' } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'bad_clock' });
  });

  it('COST_HEADERS=on says what an answer cost, zeros written out', async () => {
    const { ask } = openFrontDoor({ COST_HEADERS: 'on' });
    const cold = (await ask('/r/mira')).headers.get('server-timing');
    expect(cold).toMatch(/^d1;desc="queries=1 rows_read=[1-5] rows_written=0"$/);
    for (const path of ['/r/mira', '/token', '/r/not.a.code']) {
      expect((await ask(path)).headers.get('server-timing')).toBe('d1;desc="queries=0 rows_read=0 rows_written=0"');
    }
    expect((await openFrontDoor().ask('/r/mira')).headers.has('server-timing')).toBe(false);
    expect(env.COST_HEADERS).toBe('off');
  });
});
