import { afterAll, beforeAll, expect, it } from 'vitest';

import { cookieKeys, verifyToken, type ReferralToken } from '../../src/attribution/token.ts';
import { type Local, startLocal } from '../support/harness.ts';
import { ingestKey, localSecrets, operatorKeys } from '../support/local.ts';
import { BROWSER, rawRequest, type Seen } from '../support/raw.ts';

const HOME = 'https://www.example.com';
const SITE = 'https://www.example.com';
const JANUARY = Date.parse('2026-01-01T00:00:00Z');

let local: Local;
beforeAll(async () => {
  local = await startLocal();
  await givePartner('mira', 'active');
  await givePartner('noor', 'active');
  await givePartner('paul', 'suspended');
  await giveLink('old-flyer', 'mira', `${SITE}/flyer`, true);
});
afterAll(() => local.close());

async function givePartner(partner_id: string, status: string): Promise<void> {
  await local.books.batch([
    local.books.prepare('INSERT INTO partners (partner_id, recorded_at) VALUES (?, ?)').bind(partner_id, JANUARY),
    local.books
      .prepare("INSERT INTO partner_facts (partner_id, n, field, value, at, by) VALUES (?, 1, 'status', ?, ?, 'test')")
      .bind(partner_id, status, JANUARY),
  ]);
  await giveLink(partner_id, partner_id, `${SITE}/start?from=${partner_id}`, false);
}

async function giveLink(code: string, partner_id: string, destination: string, retired: boolean): Promise<void> {
  await local.books.batch([
    local.books
      .prepare('INSERT INTO links (code, shown_code, partner_id, destination, recorded_at) VALUES (?1, ?1, ?2, ?3, ?4)')
      .bind(code, partner_id, destination, JANUARY),
    local.books
      .prepare('INSERT INTO link_states (code, at, retired) VALUES (?, ?, ?)')
      .bind(code, JANUARY, retired ? 1 : 0),
  ]);
}

const ask = (method: string, path: string, at: string, headers: Record<string, string>) =>
  rawRequest(local.url, method, path, { ...headers, 'x-clock': at });

const visit = (path: string, at: string, more: Record<string, string> = {}) =>
  ask('GET', path, at, { ...BROWSER, ...more });

/** What the browser would send back. */
const cookiePair = (seen: Seen): string => seen.cookie?.split(';')[0] ?? '';

async function tokenIn(seen: Seen): Promise<ReferralToken> {
  const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
  if (!keys.ok) throw new Error(keys.reason);
  const verified = await verifyToken(cookiePair(seen).replace('__Host-lastclick=', ''), keys.keys, '__Host-lastclick');
  if (!verified.ok) throw new Error(verified.reason);
  return verified.token;
}

const clickCount = async () => (await local.clicks.prepare('SELECT count(*) AS n FROM clicks').first<number>('n')) ?? 0;

/** The rows that come through the queue while `work` is done; waits for `count` of them. */
async function rowsOf<T>(count: number, work: () => Promise<T>): Promise<{ seen: T; rows: Record<string, unknown>[] }> {
  const { results: before } = await local.clicks.prepare('SELECT click_id FROM clicks').all<{ click_id: string }>();
  const seen = await work();
  await local.clicksWritten(before.length + count);
  const { results } = await local.clicks
    .prepare('SELECT * FROM clicks ORDER BY clicked_at, click_id')
    .all<Record<string, unknown>>();
  return { seen, rows: results.filter((row) => !before.some((known) => known.click_id === row['click_id'])) };
}

it('L1: a click is redirected with the signed cookie, and its row comes through the queue', async () => {
  const { seen, rows } = await rowsOf(1, () => visit('/r/Mira?utm_source=post', '2026-03-01T10:00:00Z'));
  expect(seen).toMatchObject({
    status: 302,
    body: '',
    headers: { location: `${SITE}/start?from=mira&utm_source=post` },
  });
  expect(seen.headers['cache-control']).toBe('private, no-store');
  expect(seen.cookie).toMatch(
    /^__Host-lastclick=[A-Za-z0-9_-]{1,200}; Max-Age=31536000; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
  );
  const token = await tokenIn(seen);
  expect(token).toMatchObject({ partner_id: 'mira', code: 'mira', clicked_at: Date.parse('2026-03-01T10:00:00Z') });
  const campaign = { sub_id: null, utm_source: 'post', utm_medium: null, utm_campaign: null };
  expect(rows).toEqual([{ day: '2026-03-01', ...token, class: 'person', ...campaign }]);
});

it('L1: the last link wins, and the visitor stays the same', async () => {
  const { seen, rows } = await rowsOf(2, async () => {
    const first = await visit('/r/mira', '2026-03-02T10:00:00Z');
    const second = await visit('/r/noor', '2026-03-02T11:00:00Z', { cookie: `theme=dark; ${cookiePair(first)}` });
    return { first, second };
  });
  const [first, second] = [await tokenIn(seen.first), await tokenIn(seen.second)];
  expect(second).toMatchObject({ partner_id: 'noor', visitor_id: first.visitor_id });
  expect(rows.map((row) => [row['visitor_id'], row['partner_id']])).toEqual([
    [first.visitor_id, 'mira'],
    [first.visitor_id, 'noor'],
  ]);
  const told = await ask('GET', '/token', '2026-03-02T11:00:01Z', { cookie: cookiePair(seen.second), origin: SITE });
  expect(JSON.parse(told.body)).toEqual({ referral_token: cookiePair(seen.second).replace('__Host-lastclick=', '') });
});

it('L1: a forged cookie names no visitor', async () => {
  const first = await visit('/r/mira', '2026-03-02T12:00:00Z');
  const pair = cookiePair(first);
  const forged = `${pair.slice(0, -1)}${pair.endsWith('A') ? 'B' : 'A'}`;
  const { seen } = await rowsOf(1, () => visit('/r/noor', '2026-03-02T12:00:01Z', { cookie: forged }));
  expect((await tokenIn(seen)).visitor_id).not.toBe((await tokenIn(first)).visitor_id);
});

it.each([
  ['bot', 'GET', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }],
  ['bot', 'GET', { 'user-agent': '' }],
  ['head', 'HEAD', {}],
  ['frame', 'GET', { 'sec-fetch-dest': 'iframe' }],
  ['image', 'GET', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }],
  ['fetch', 'GET', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }],
])('L1: %s (%s) is redirected and logged with its class, without a cookie', async (click_class, method, headers) => {
  const { seen, rows } = await rowsOf(1, () =>
    ask(method, '/r/mira', '2026-03-03T10:00:00Z', { ...BROWSER, ...headers }),
  );
  expect(seen).toMatchObject({ status: 302, cookie: null, headers: { location: `${SITE}/start?from=mira` } });
  expect(rows).toMatchObject([{ class: click_class, partner_id: 'mira' }]);
});

it.each([
  { 'sec-purpose': 'prefetch' },
  { 'sec-purpose': 'prefetch;prerender' },
  { purpose: 'prefetch' },
  { 'x-moz': 'prefetch' },
])('L1: what is fetched ahead is told to come back: %j', async (headers) => {
  const { seen, rows } = await rowsOf(1, () => visit('/r/mira', '2026-03-03T11:00:00Z', headers));
  expect(seen).toMatchObject({ status: 503, cookie: null, headers: { 'cache-control': 'no-store' } });
  expect(seen.headers.location).toBeUndefined();
  expect(rows).toMatchObject([{ class: 'prefetch' }]);
});

it.each(['/r/nobody', '/r/old-flyer', '/r/paul', '/r/', '/r/%00', `/r/${'x'.repeat(65)}`, '/r/nobody/pricing?a=1'])(
  'L1: %s leads to HOME_URL without a cookie, and is not recorded',
  async (path) => {
    const before = await clickCount();
    const seen = await visit(path, '2026-03-04T10:00:00Z');
    expect(seen).toMatchObject({ status: 302, cookie: null, headers: { location: HOME } });
    // The next click passes through the same queue: had there been a message, it would be there by now.
    await rowsOf(1, () => visit('/r/noor', '2026-03-04T10:00:01Z'));
    expect(await clickCount()).toBe(before + 1);
  },
);

it('a deeper path replaces the destination’s, and repeated keys of the query are kept', async () => {
  const seen = await visit('/r/mira/pricing/teams?a=1&a=2', '2026-03-05T10:00:00Z');
  expect(seen.headers.location).toBe(`${SITE}/pricing/teams?from=mira&a=1&a=2`);
  expect((await tokenIn(seen)).partner_id).toBe('mira');
});

it.each([
  '/r/mira//evil.example',
  '/r/mira/\\evil.example',
  '/r/mira/%2f%2fevil.example',
  '/r/mira/%5c%5cevil.example',
  '/r/mira/..//evil.example',
  '/r/mira/@evil.example',
  '/r/mira/%0d%0aset-cookie:a=b',
  '/r/mira/https://evil.example/',
  '/r/mira?next=https://evil.example',
  '//evil.example/r/mira',
  '/r/../r/mira//evil.example',
])('an open redirect is impossible: %s', async (path) => {
  const seen = await visit(path, '2026-03-06T10:00:00Z');
  const { location } = seen.headers;
  expect(location === undefined || new URL(location, SITE).origin === SITE).toBe(true);
  expect([302, 404]).toContain(seen.status);
  expect(seen.headers['set-cookie']?.length ?? 0).toBeLessThan(2);
});

it('another method on a link is a 405', async () => {
  const seen = await ask('POST', '/r/mira', '2026-03-06T11:00:00Z', BROWSER);
  expect(seen).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD', 'content-type': 'application/problem+json' },
  });
});

it('/token answers scripts of the site with credentials, and refuses other origins', async () => {
  const cookie = cookiePair(await visit('/r/mira', '2026-03-07T10:00:00Z'));
  const asked = (origin: string, method = 'GET') => ask(method, '/token', '2026-03-07T10:00:01Z', { origin, cookie });
  const allowed = await asked(SITE);
  expect(allowed.status).toBe(200);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': SITE,
    'access-control-allow-credentials': 'true',
    'cache-control': 'no-store',
    vary: 'Origin',
  });
  expect((await asked(SITE, 'OPTIONS')).headers['access-control-allow-origin']).toBe(SITE);
  for (const origin of ['https://evil.example', 'null', 'http://www.example.com', `${SITE}.evil.example`]) {
    const refused = await asked(origin);
    expect(refused).toMatchObject({ status: 403, headers: { 'content-type': 'application/problem+json' } });
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
    expect(refused.body).not.toContain('referral_token');
  }
  const stranger = await ask('GET', '/token', '2026-03-07T10:00:01Z', { origin: SITE });
  expect(JSON.parse(stranger.body)).toEqual({ referral_token: null });
});

it('everything else is answered by program, behind the same clock', async () => {
  const refused = await local.fetch('/v1/partners', {}, { now: '2026-03-08T10:00:00Z' });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'unauthorized' });
  const untimely = await local.fetch('/r/mira', { headers: { 'x-clock': 'noon' } });
  expect(await untimely.json()).toMatchObject({ status: 400, code: 'bad_clock' });
});

it('a link that a program call retires or brings back is followed so within 60 s', async () => {
  const change = (method: string, path: string, body: object, now: string) =>
    local.fetch(
      path,
      {
        method,
        headers: { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
      { now },
    );
  const destination = `${SITE}/spring`;
  const made = await change('POST', '/v1/partners/mira/links', { code: 'Spring', destination }, '2026-03-09T10:00:00Z');
  expect(made.status).toBe(201);
  expect(await local.links.get('link:spring')).toBe(JSON.stringify({ partner_id: 'mira', destination }));
  expect((await visit('/r/spring', '2026-03-09T10:00:01Z')).headers.location).toBe(destination);
  const suspended = await change('PATCH', '/v1/partners/mira', { status: 'suspended' }, '2026-03-09T10:00:02Z');
  expect(suspended.status).toBe(200);
  expect(await local.links.get('link:spring')).toBe(JSON.stringify({ gone: true }));
  expect(await visit('/r/spring', '2026-03-09T10:01:03Z')).toMatchObject({ cookie: null, headers: { location: HOME } });
  await change('PATCH', '/v1/partners/mira', { status: 'active' }, '2026-03-09T10:02:00Z');
  expect((await visit('/r/spring', '2026-03-09T10:03:01Z')).headers.location).toBe(destination);
});

it('L1: click, cookie, signup: the partner whose link came last is the referrer', async () => {
  const first = await visit('/r/noor', '2026-03-10T10:00:00Z');
  const last = await visit('/r/mira', '2026-03-11T10:00:00Z', { cookie: cookiePair(first) });
  const referral_token = cookiePair(last).replace('__Host-lastclick=', '');
  const answer = await local.fetch(
    '/v1/signups',
    {
      method: 'POST',
      headers: { authorization: `Bearer ${ingestKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ account_id: 'acme', email: 'jo@acme.example', referral_token }),
    },
    { now: '2026-03-12T10:00:00Z' },
  );
  expect(answer.status).toBe(201);
  const { click_id } = await tokenIn(last);
  expect(await answer.json()).toMatchObject({
    referrer: { partner_id: 'mira', source: 'last_click', code: 'mira', click_id, clicked_at: '2026-03-11T10:00:00Z' },
  });
});

it('nothing of a visitor is in the log', () => {
  expect(local.logs().join('\n')).not.toMatch(/lastclick=|Mozilla|@acme/);
});
