import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { cookieKeys, verifyToken } from '../../../src/attribution/token.ts';
import { freshDatabases } from '../../support/books.ts';
import { cookieOf, NOW, openFrontDoor, seedLink, setRetired, setStatus } from './front-door.ts';

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

async function tokenOf(answer: Response) {
  const keys = await cookieKeys(env.COOKIE_KEYS);
  const verified = await verifyToken(cookieOf(answer) ?? '', keys.ok ? keys.keys : [], '__Host-lastclick');
  return verified.ok ? verified.token : null;
}

describe('a person follows a link', () => {
  it('L1: is redirected with a signed cookie, and the click is sent', async () => {
    const { ask, sent } = openFrontDoor();
    const answer = await ask('/r/Mira');
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('https://www.example.com/landing');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-lastclick=[\w-]+; Max-Age=31536000; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    const token = await tokenOf(answer);
    expect(token).toMatchObject({ clicked_at: NOW, partner_id: 'ana', code: 'mira' });
    expect(sent).toEqual([{ v: 1, ...token, class: 'person' }]);
  });

  it('the deeper path replaces the destination’s, and the query is added', async () => {
    const { ask } = openFrontDoor();
    const answer = await ask('/r/mira/pricing/teams?utm_source=x&utm_source=y');
    expect(answer.headers.get('location')).toBe('https://www.example.com/pricing/teams?utm_source=x&utm_source=y');
    expect(cookieOf(answer)).not.toBeNull();
  });

  it.each(['//evil.com', '/\\evil.com', '/%2f%2fevil.com', '/..//evil.com', '/%0d%0aset-cookie:a=b'])(
    'an open redirect is impossible: /r/mira%s',
    async (path) => {
      const answer = await openFrontDoor().ask(`/r/mira${path}`);
      expect(new URL(answer.headers.get('location') ?? '').origin).toBe('https://www.example.com');
    },
  );

  it('L1: the last link wins, and the visitor stays one', async () => {
    await seedLink('ben-1', 'ben');
    const { ask, sent } = openFrontDoor();
    const first = await ask('/r/mira');
    const second = await ask('/r/ben-1', {
      now: NOW + 5000,
      headers: { cookie: `__Host-lastclick=${cookieOf(first)}` },
    });
    expect(await tokenOf(second)).toMatchObject({ partner_id: 'ben', clicked_at: NOW + 5000 });
    expect(sent[1]?.visitor_id).toBe(sent[0]?.visitor_id);
    expect(sent[1]?.click_id).not.toBe(sent[0]?.click_id);
  });

  it('a forged cookie starts a new visitor', async () => {
    const { ask, sent } = openFrontDoor();
    const cookie = cookieOf(await ask('/r/mira'))?.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'));
    await ask('/r/mira', { headers: { cookie: `__Host-lastclick=${cookie}` } });
    expect(sent[1]?.visitor_id).not.toBe(sent[0]?.visitor_id);
  });

  it('COOKIE_DOMAIN: the cookie is __Secure- and carries the domain', async () => {
    const answer = await openFrontDoor({ COOKIE_DOMAIN: 'example.com' }).ask('/r/mira');
    expect(answer.headers.get('set-cookie')).toMatch(/^__Secure-lastclick=[\w-]+; .*; Domain=example\.com; Secure; /);
  });
});

describe('what is no person’s navigation', () => {
  it.each([
    ['head', { method: 'HEAD' }],
    ['bot', { headers: { 'user-agent': 'Twitterbot/1.0' } }],
    ['bot', { headers: { 'user-agent': '' } }],
    ['frame', { headers: { 'sec-fetch-dest': 'iframe' } }],
    ['image', { headers: { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' } }],
    ['fetch', { headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' } }],
  ])(
    'L1: a %s is redirected without a cookie and logged with its class: %j',
    async (click_class, init: RequestInit) => {
      const { ask, sent } = openFrontDoor();
      const answer = await ask('/r/mira', init);
      expect(answer.status).toBe(302);
      expect(answer.headers.get('location')).toBe('https://www.example.com/landing');
      expect(answer.headers.has('set-cookie')).toBe(false);
      expect(await answer.text()).toBe('');
      expect(sent.map((click) => click.class)).toEqual([click_class]);
    },
  );

  it.each([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-moz': 'prefetch' },
  ])(
    'L1: a prefetch is answered 503 no-store without a cookie, so that the browser asks again: %j',
    async (headers) => {
      const { ask, sent } = openFrontDoor();
      const answer = await ask('/r/mira', { headers });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.has('set-cookie')).toBe(false);
      expect(answer.headers.has('location')).toBe(false);
      expect(sent).toMatchObject([{ class: 'prefetch', code: 'mira', partner_id: 'ana' }]);
      expect((await ask('/r/mira')).status).toBe(302);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s on a link is 405', async (method) => {
    const { ask, sent } = openFrontDoor();
    const answer = await ask('/r/mira', { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' });
    expect(sent).toEqual([]);
  });
});

describe('a code that leads nowhere', () => {
  it.each(['/r/nobody', '/r/', '/r//x', '/r/a.b', `/r/${'a'.repeat(65)}`, '/r/%00', '/r/nobody/pricing?a=1'])(
    '%s lands on HOME_URL without a cookie, and costs no click',
    async (path) => {
      const { ask, sent } = openFrontDoor();
      const answer = await ask(path);
      expect(answer.status).toBe(302);
      expect(answer.headers.get('location')).toBe('https://www.example.com');
      expect(answer.headers.has('set-cookie')).toBe(false);
      expect(sent).toEqual([]);
    },
  );

  it('L1: a retired link, and one of a partner who is not active, land on HOME_URL from that instant on', async () => {
    await seedLink('ben-1', 'ben');
    await setRetired('mira', 1, NOW);
    await setStatus('ben', 2, 'suspended', NOW);
    const before = openFrontDoor();
    expect(cookieOf(await before.ask('/r/mira', { now: NOW - 1 }))).not.toBeNull();
    expect(cookieOf(await before.ask('/r/ben-1', { now: NOW - 1 }))).not.toBeNull();
    const { ask, sent } = openFrontDoor();
    await env.LINKS.delete('link:mira');
    await env.LINKS.delete('link:ben-1');
    for (const path of ['/r/mira', '/r/ben-1']) {
      const answer = await ask(path);
      expect([answer.headers.get('location'), cookieOf(answer)]).toEqual(['https://www.example.com', null]);
    }
    expect(sent).toEqual([]);
  });

  it('a link that is taken up again leads on', async () => {
    await setRetired('mira', 1, NOW - 2000);
    await setRetired('mira', 0, NOW - 1000);
    expect(cookieOf(await openFrontDoor().ask('/r/mira'))).not.toBeNull();
  });

  it('a partner’s first status holds for earlier instants too', async () => {
    await env.BOOKS.batch([
      env.BOOKS.prepare("INSERT INTO partner_facts VALUES ('late', 1, 'status', 'active', ?1, 'test', NULL)").bind(
        NOW + 9000,
      ),
      env.BOOKS.prepare("INSERT INTO links VALUES ('late-1', 'late-1', 'late', 'https://www.example.com/', NULL, 0)"),
    ]);
    expect(cookieOf(await openFrontDoor().ask('/r/late-1'))).not.toBeNull();
  });

  it('a warm link follows within 60 s', async () => {
    const { ask } = openFrontDoor();
    await ask('/r/mira');
    await setRetired('mira', 1, NOW + 1);
    expect(cookieOf(await ask('/r/mira', { now: NOW + 59_000 }))).not.toBeNull();
    const answer = await ask('/r/mira', { now: NOW + 60_000 });
    expect(answer.status).toBe(302);
    // The mirror was not written through: this visitor was still sent on, and the isolate has learnt of it behind the answer.
    expect(cookieOf(await ask('/r/mira', { now: NOW + 60_001 }))).toBeNull();
  });
});
