import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { cookieKeys, mintToken, newClickId, newVisitorId, verifyToken } from '../../../src/attribution/token.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { openFrontDoor, PERSON } from '../tracker/front-door.ts';

const T = '2026-03-02T10:00:00Z';
const later = (days: number) => new Date(Date.parse(T) + days * 86_400_000).toISOString();
const app = createApi();

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
});

const signup = (account_id: string, referral_token: string, signed_up_at = T) =>
  call('POST', '/v1/signups', {
    at: signed_up_at,
    body: { account_id, email: `${account_id}@${account_id}.example`, referral_token, signed_up_at },
  });
const referrer = async (account_id: string) =>
  (await call('GET', `/v1/accounts/${account_id}`, { as: 'ana', at: later(400) })).body['referrer'];

describe('a cookie that is used again', () => {
  it('L1: counts for each signup of its visitor, as that visitor’s click, and makes no second click', async () => {
    const token = await giveToken({ code: 'ann', at: T });
    for (let i = 0; i < 20; i++) expect((await signup(`a${i}`, token, later(1))).status).toBe(201);
    const { results } = await env.BOOKS.prepare('SELECT DISTINCT click_id FROM account_clicks').all();
    expect(results).toHaveLength(1);
    expect(await env.CLICKS.prepare('SELECT count(*) AS n FROM clicks').first('n')).toBe(0);
  });

  it('L1: counts for nobody after its lifetime, nor before its click', async () => {
    const token = await giveToken({ code: 'ann', at: T });
    expect((await signup('old', token, later(366))).status).toBe(201);
    expect(await referrer('old')).toBeNull();
    expect((await signup('early', token, later(-1))).status).toBe(201);
    expect(await referrer('early')).toBeNull();
  });

  it('L2: sent again for an account that was a client already it changes nothing', async () => {
    await signup('a1', await giveToken({ code: 'ann', at: T }), later(1));
    await call('POST', '/v1/signups', {
      at: later(2),
      body: {
        account_id: 'a1',
        email: 'a1@a1.example',
        referral_token: await giveToken({ code: 'bob', at: later(1) }),
        signed_up_at: later(1),
      },
    });
    expect(await referrer('a1')).toMatchObject({ partner_id: 'ann' });
  });

  it('of a partner who was suspended at the click it earns nobody anything', async () => {
    await call('PATCH', '/v1/partners/bob', {
      as: 'ana',
      at: later(-2),
      body: { status: 'suspended', reason: 'fraud' },
    });
    await signup('a1', await giveToken({ code: 'bob', at: T }), later(1));
    expect(await referrer('a1')).toBeNull();
  });
});

describe('a token that we did not make', () => {
  const click = () => ({
    visitor_id: newVisitorId(),
    click_id: newClickId(Date.parse(T)),
    partner_id: 'ann',
    code: 'ann',
  });
  const keysOf = async (text: string) => {
    const keys = await cookieKeys(text);
    if (!keys.ok) throw new Error(keys.reason);
    return keys.keys;
  };

  it('attributes nothing at the server’s door and the form’s, and loses no signup', async () => {
    const theirs = await keysOf('k1:c29tZWJvZHktZWxzZS1zb21lYm9keS1lbHNlLTEyMzQ');
    const ours = await keysOf(env.COOKIE_KEYS);
    const [first = '', second = ''] = [
      await giveToken({ code: 'ann', at: T }),
      await giveToken({ code: 'bob', at: T }),
    ];
    const forged: Record<string, string> = {
      'another program’s key under our kid': await mintToken(click(), theirs, '__Host-lastclick'),
      'our key, for another use': await mintToken(click(), ours, 'pending'),
      'our key, for another cookie': await mintToken(click(), ours, '__Secure-lastclick'),
      'the signature of another token': `${first.slice(0, -20)}${second.slice(-20)}`,
      'no signature': first.slice(0, -20),
      'two tokens': `${first},${second}`,
      'a partner’s code as it is': 'ann',
      'something long': 'x'.repeat(900),
    };
    for (const [i, [what, token]] of Object.entries(forged).entries()) {
      expect([what, (await signup(`s${i}`, token, later(1))).status]).toEqual([what, 201]);
      expect([what, await referrer(`s${i}`)]).toEqual([what, null]);
      const form = await sendForm({ email: `f${i}@form${i}.example`, referral_token: token }, { at: later(1) });
      expect([what, form.status]).toEqual([what, 201]);
    }
    expect(await env.BOOKS.prepare('SELECT count(*) AS n FROM decisions WHERE partner_id IS NOT NULL').first('n')).toBe(
      0,
    );
  });

  it('a bearer of another algorithm, key, audience or purpose is 401', async () => {
    const b64 = (value: object) =>
      btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
    const made = await call('POST', '/v1/partners/ann/tokens', { as: 'ana', at: T, body: {} });
    const real = String(made.body['token']);
    const [head = '', body = '', sign = ''] = real.split('.');
    const claims = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
    const forged = {
      none: `${b64({ alg: 'none', typ: 'JWT' })}.${body}.`,
      'none, with a signature': `${b64({ alg: 'none', typ: 'JWT' })}.${body}.${sign}`,
      'HS256 with the public key': `${b64({ alg: 'HS256', typ: 'JWT', kid: 'local-1' })}.${body}.${sign}`,
      'another partner': `${head}.${b64({ ...claims, sub: 'bob' })}.${sign}`,
      'a longer life': `${head}.${b64({ ...claims, exp: 9_999_999_999 })}.${sign}`,
      'more scopes': `${head}.${b64({ ...claims, scope: 'read links claims payout' })}.${sign}`,
      'a key of its own': `${b64({ alg: 'EdDSA', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } })}.${body}.${sign}`,
      'a referral token': await giveToken({ code: 'ann', at: T }),
    };
    expect((await call('GET', '/v1/earnings', { as: { token: real }, at: T })).status).toBe(200);
    for (const [what, token] of Object.entries(forged))
      expect([what, (await call('GET', '/v1/earnings', { as: { token }, at: T })).status]).toEqual([what, 401]);
    expect((await call('GET', '/v1/earnings', { as: { token: real }, at: later(3000) })).status).toBe(401);
  });
});

describe('a flood', () => {
  const post = (from: string) =>
    app.request(
      'http://localhost/signups',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-clock': T, 'cf-connecting-ip': from },
        body: 'email=not-an-address',
      },
      env as unknown as ProgramEnv,
    );

  it('of forms out of one network is 429 from the hundredth on, whatever its addresses; another network is let in', async () => {
    const statuses = [];
    for (let i = 0; i < 105; i++) statuses.push((await post(`203.0.113.${i}`)).status);
    expect(statuses.slice(0, 100).every((status) => status === 400)).toBe(true);
    expect(statuses.slice(100)).toEqual([429, 429, 429, 429, 429]);
    expect((await post('198.51.100.1')).status).toBe(400);
    for (let i = 0; i < 100; i++) await post(`2001:db8:0:${i.toString(16)}::1`);
    expect([(await post('2001:db8:0:ff::2')).status, (await post('2001:db8:0:100::2')).status]).toEqual([429, 400]);
  }, 60_000);

  it('of clicks of one network on one code is redirected and recorded up to the limit; what was not recorded earns all the same', async () => {
    await givePartner('flyer');
    let asked = 0;
    const CLICK_LIMIT = { limit: async () => ({ success: (asked += 1) <= 30 }) };
    const door = openFrontDoor({ CLICK_LIMIT });
    let cookie = '';
    for (let i = 0; i < 100; i++) {
      const headers = { ...PERSON, 'cf-connecting-ip': `203.0.113.${i}` };
      const answer = await door.ask('/r/flyer', { now: Date.parse(T), headers });
      cookie = /lastclick=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
      expect([answer.status, cookie === '']).toEqual([302, false]);
    }
    expect(door.sent.length).toBe(40);
    await door.ask('/r/flyer', { now: Date.parse(T), headers: { ...PERSON, 'cf-connecting-ip': '198.51.100.7' } });
    expect(door.sent.length).toBe(41);
    const keys = await cookieKeys(env.COOKIE_KEYS);
    const verified = await verifyToken(cookie, keys.ok ? keys.keys : [], '__Host-lastclick');
    expect(verified).toMatchObject({ ok: true });
    expect(door.sent.map(({ click_id }) => click_id)).not.toContain(verified.ok ? verified.token.click_id : null);
    await signup('a1', cookie, later(1));
    expect(await referrer('a1')).toMatchObject({ partner_id: 'flyer' });
  });
});
