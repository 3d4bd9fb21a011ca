import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { cookieKeys, verifyToken } from '../../../src/attribution/token.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { freshDatabases } from '../../support/books.ts';
import { giveToken } from '../../support/world.ts';
import { NOW, openFrontDoor, seedLink, type FrontDoor } from './front-door.ts';

const SITE = 'https://www.example.com';
const REQUIRED = { CONSENT: 'required' };

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

const cookiesOf = (answer: Response): string[] => answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
const pendingOf = (answer: Response): string =>
  new URL(answer.headers.get('location') ?? '').searchParams.get('lastclick_pending') ?? '';

function agree(door: FrontDoor, pending: string | null, more: Record<string, string> = {}, now = NOW + 60_000) {
  const body = JSON.stringify(pending === null ? {} : { pending });
  return door.ask('/consent', { method: 'POST', body, now, headers: { origin: SITE, ...more } });
}

async function verified(text: string, use: '__Host-lastclick' | 'pending' = '__Host-lastclick') {
  const keys = await cookieKeys(env.COOKIE_KEYS);
  return verifyToken(text, keys.ok ? keys.keys : [], use);
}

describe('CONSENT=required', () => {
  it('a click sets nothing before a yes: it is redirected, recorded, and handed on in the address', async () => {
    const door = openFrontDoor(REQUIRED);
    const answer = await door.ask('/r/mira?utm_source=x');
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([302, []]);
    const pending = pendingOf(answer);
    expect(answer.headers.get('location')).toBe(`${SITE}/landing?utm_source=x&lastclick_pending=${pending}`);
    expect(await verified(pending, 'pending')).toMatchObject({ ok: true, token: { click_id: door.sent[0]?.click_id } });
  });

  it('what is pending is no token: no form and no server takes it', async () => {
    const pending = pendingOf(await openFrontDoor(REQUIRED).ask('/r/mira'));
    expect(await verified(pending)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  it('L1: after a yes the pending click is the visitor’s, as of its own instant', async () => {
    const door = openFrontDoor(REQUIRED);
    const answer = await agree(door, pendingOf(await door.ask('/r/mira')));
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
    const { referral_token } = await answer.json<{ referral_token: string }>();
    expect(cookiesOf(answer)).toEqual(['__Host-lastclick-consent=yes', `__Host-lastclick=${referral_token}`]);
    expect(answer.headers.getSetCookie().every((line) => line.endsWith('Path=/; Secure; HttpOnly; SameSite=Lax'))).toBe(
      true,
    );
    const { v: _, class: __, ...click } = door.sent[0] ?? ({} as never);
    expect(await verified(referral_token)).toEqual({ ok: true, token: click });
    const told = await door.ask('/token', { headers: { origin: SITE, cookie: cookiesOf(answer).join('; ') } });
    expect(await told.json()).toEqual({ referral_token });
  });

  it('who has agreed gets the cookie at the next click, under the same visitor', async () => {
    const door = openFrontDoor(REQUIRED);
    const cookie = cookiesOf(await agree(door, pendingOf(await door.ask('/r/mira')))).join('; ');
    const next = await door.ask('/r/mira', { now: NOW + 90_000, headers: { cookie } });
    expect(pendingOf(next)).toBe('');
    expect(cookiesOf(next)).toHaveLength(1);
    expect(door.sent[1]?.visitor_id).toBe(door.sent[0]?.visitor_id);
  });

  it('a yes without a click is remembered', async () => {
    const door = openFrontDoor(REQUIRED);
    const answer = await agree(door, null);
    expect(await answer.json()).toEqual({ referral_token: null });
    expect(cookiesOf(answer)).toEqual(['__Host-lastclick-consent=yes']);
  });

  it('a cookie from before is not read, and names no visitor, until there is a yes', async () => {
    const cookie = cookiesOf(await openFrontDoor().ask('/r/mira')).join('; ');
    const door = openFrontDoor(REQUIRED);
    await door.ask('/r/mira', { headers: { cookie } });
    await door.ask('/r/mira', { headers: { cookie } });
    expect(door.sent[0]?.visitor_id).not.toBe(door.sent[1]?.visitor_id);
    const told = await door.ask('/token', { headers: { origin: SITE, cookie } });
    expect(await told.json()).toEqual({ referral_token: null });
  });

  it('a pending click is brought in for an hour', async () => {
    const door = openFrontDoor(REQUIRED);
    const pending = pendingOf(await door.ask('/r/mira'));
    expect(await (await agree(door, pending, {}, NOW + 3_600_001)).json()).toEqual({ referral_token: null });
    expect(await (await agree(door, pending, {}, NOW + 3_600_000)).json()).not.toEqual({ referral_token: null });
  });

  it('L1: of a kept click and a pending one, the later', async () => {
    const later = cookiesOf(await openFrontDoor().ask('/r/mira', { now: NOW + 5000 })).join('; ');
    const door = openFrontDoor(REQUIRED);
    const answer = await agree(door, pendingOf(await door.ask('/r/mira')), { cookie: later });
    expect(cookiesOf(answer)).toEqual(['__Host-lastclick-consent=yes']);
    expect(await answer.json()).toEqual({ referral_token: later.slice('__Host-lastclick='.length) });
  });

  it('CONSENT_COOKIE: the site’s own first-party cookie is a yes too', async () => {
    const door = openFrontDoor({ ...REQUIRED, CONSENT_COOKIE: 'cmp=all' });
    expect(cookiesOf(await door.ask('/r/mira', { headers: { cookie: 'cmp=all' } }))).toHaveLength(1);
    expect(cookiesOf(await door.ask('/r/mira', { headers: { cookie: 'cmp=none' } }))).toEqual([]);
  });

  it('what is no person’s click hands on nothing', async () => {
    const answer = await openFrontDoor(REQUIRED).ask('/r/mira', { headers: { 'user-agent': 'Twitterbot/1.0' } });
    expect(answer.headers.get('location')).toBe(`${SITE}/landing`);
  });
});

describe('the site’s form', () => {
  const api = createApi();

  /** What a form posted with cookies is decided by: the code of its click, or null. */
  async function codeOfForm(cookie: string, vars: object): Promise<string | null> {
    const request = { method: 'POST', headers: { cookie }, body: new URLSearchParams({ email: 'jo@acme.example' }) };
    const doorEnv = { ...env, ...vars } as unknown as ProgramEnv;
    expect((await api.request('http://localhost/signups', request, doorEnv)).status).toBe(201);
    return env.BOOKS.prepare('SELECT code FROM account_clicks').first<string | null>('code');
  }

  it.each([
    [{}, '', 'mira'],
    [REQUIRED, '', null],
    [REQUIRED, '; __Host-lastclick-consent=yes', 'mira'],
    [{ ...REQUIRED, CONSENT_COOKIE: 'cmp=all' }, '; cmp=all', 'mira'],
  ])('reads no cookie before a yes: %j with “%s”', async (vars, more, code) => {
    const token = await giveToken({ code: 'mira', partner_id: 'ana', at: '2026-03-01T00:00:00Z' });
    expect(await codeOfForm(`__Host-lastclick=${token}${more}`, vars)).toBe(code);
  });
});

describe('withdrawal', () => {
  it('DELETE /consent ends both cookies', async () => {
    const answer = await openFrontDoor(REQUIRED).ask('/consent', { method: 'DELETE', headers: { origin: SITE } });
    expect(answer.status).toBe(204);
    expect(answer.headers.getSetCookie()).toEqual([
      '__Host-lastclick=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-lastclick-consent=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax',
    ]);
  });
});

describe('HONOUR_GPC=on', () => {
  const GPC = { 'sec-gpc': '1' };

  it.each([{}, REQUIRED])('a browser that objects is given and asked nothing: %j', async (vars) => {
    const door = openFrontDoor({ ...vars, HONOUR_GPC: 'on' });
    const answer = await door.ask('/r/mira', { headers: GPC });
    expect([answer.headers.get('location'), cookiesOf(answer)]).toEqual([`${SITE}/landing`, []]);
    const said = await agree(door, null, GPC);
    expect([await said.json(), cookiesOf(said)]).toEqual([{ referral_token: null }, []]);
  });

  it('is not honoured unless told to', async () => {
    expect(cookiesOf(await openFrontDoor().ask('/r/mira', { headers: GPC }))).toHaveLength(1);
  });
});

describe('the door of /consent', () => {
  it.each([{}, { origin: 'https://evil.com' }, { origin: 'null' }])('refuses %j', async (headers) => {
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const answer = await openFrontDoor(REQUIRED).ask('/consent', { method, headers });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    }
  });

  it.each(['[]', '7', 'x', '{"pending":7}', '{"more":1}'])('%s is malformed', async (body) => {
    const answer = await openFrontDoor(REQUIRED).ask('/consent', { method: 'POST', body, headers: { origin: SITE } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([400, SITE]);
  });

  it('a long body is 413, a forged pending click nothing', async () => {
    const door = openFrontDoor(REQUIRED);
    expect((await agree(door, 'x'.repeat(2000))).status).toBe(413);
    expect(await (await agree(door, 'forged')).json()).toEqual({ referral_token: null });
  });

  it('a body without end is 413, and is not read on', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(stream) {
        pulled += 1;
        if (pulled > 100) stream.close();
        else stream.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const answer = await openFrontDoor(REQUIRED).ask('/consent', { method: 'POST', body, headers: { origin: SITE } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([413, SITE]);
    expect(pulled).toBeLessThan(5);
  });

  it('CONSENT=none: a yes sets nothing, there being nothing to ask', async () => {
    expect(cookiesOf(await agree(openFrontDoor(), null))).toEqual([]);
  });

  it('answers a preflight, and takes no other method', async () => {
    const { ask } = openFrontDoor(REQUIRED);
    const allowed = await ask('/consent', { method: 'OPTIONS', headers: { origin: SITE } });
    expect([allowed.status, allowed.headers.get('access-control-allow-methods')]).toEqual([204, 'POST, DELETE']);
    expect((await ask('/consent', { headers: { origin: SITE } })).status).toBe(405);
  });
});
