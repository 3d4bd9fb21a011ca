import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Auth } from '../../../src/identity/auth.ts';
import { authUsers } from '../../../src/identity/identity.schema.ts';
import { signIn as trySignIn } from '../../../src/identity/sign-in.ts';
import { userByEmail } from '../../../src/identity/user.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { page, readerOf, textOf } from '../../support/pages.ts';
import { books } from '../../support/world.ts';
import {
  again,
  auth,
  codeOf,
  cookiesOf,
  PASSWORD,
  places,
  setUp,
  signedIn,
  signIn,
  signInWith,
  somebody,
} from './people.ts';

beforeEach(freshDatabases);

const pia = somebody('partner', 'pia');
const ana = somebody('operator', 'ana');
const own = places['/partners'].own;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';

const idsIn = (html: string) => [...html.matchAll(/name="session_id" value="([^"]+)"/g)].map((match) => match[1] ?? '');

describe('sessions', () => {
  it('are listed with their browser in words and since when, this one marked; one is ended alone', async () => {
    await signedIn(pia);
    const firefox = await again(pia, { 'user-agent': FIREFOX });
    const phone = await again(pia, { 'user-agent': SAFARI });
    const shown = await page(own, { cookie: firefox });
    const text = textOf(shown.html);
    expect(text).toContain('Safari on an iPhone');
    expect(text).toContain('Firefox on Windows this one');
    const [id = ''] = idsIn(shown.html);
    const ended = await page(`${own}/sessions/end`, { cookie: firefox, form: { session_id: id } });
    expect(ended.location).toBe(`${own}?done=session`);
    expect((await page('/partners', { cookie: phone })).status).toBe(303);
    expect((await page('/partners', { cookie: firefox })).status).toBe(200);
  });

  it('all others are ended at once', async () => {
    const first = await signedIn(pia);
    const [second, third] = [await again(pia), await again(pia)];
    await page(`${own}/sessions/end-others`, { cookie: second, form: {} });
    expect((await page('/partners', { cookie: second })).status).toBe(200);
    for (const cookie of [first, third]) expect((await page('/partners', { cookie })).status).toBe(303);
  });

  it('another person’s session is neither listed nor ended', async () => {
    const cookie = await signedIn(pia);
    const ray = await readerOf('ray');
    const theirs = await env.BOOKS.prepare('SELECT id FROM auth_sessions WHERE user_id = ?')
      .bind(ray.user_id)
      .first<{ id: string }>();
    expect(idsIn((await page(own, { cookie })).html)).not.toContain(theirs?.id);
    const answers = [];
    for (const session_id of [theirs?.id ?? '', 'no-such-session'])
      answers.push(await page(`${own}/sessions/end`, { cookie, form: { session_id } }));
    expect(answers.map(({ status, location }) => [status, location])).toEqual([
      [303, `${own}?done=session`],
      [303, `${own}?done=session`],
    ]);
    expect((await page('/partners', { as: ray })).status).toBe(200);
  });

  it('signing in takes over no session that was there before: fixation is of no use', async () => {
    const planted = await signedIn(pia);
    const signed = await signIn(pia, PASSWORD, {}, planted);
    const fresh = cookiesOf(signed);
    expect(fresh).toContain('__Host-session=');
    expect(fresh).not.toBe(planted);
    const forged = '__Host-session=abcdefghijklmnopqrstuvwxyz012345.c2lnbmVkLWJ5LW5vYm9keQ%3D%3D';
    const over = cookiesOf(await signIn(pia, PASSWORD, {}, forged));
    expect(over).not.toContain('abcdefghijklmnopqrstuvwxyz012345');
    expect((await page('/partners', { cookie: forged })).status).toBe(303);
  });

  it('an ended session, a wrong signature and an unknown token open nothing', async () => {
    const cookie = await signedIn(pia);
    await env.BOOKS.prepare('UPDATE auth_sessions SET expires_at = ?')
      .bind(Date.now() - 1)
      .run();
    expect((await page('/partners', { cookie })).status).toBe(303);
  });

  it('no network address is kept', async () => {
    await signedIn(pia);
    await again(pia, { 'cf-connecting-ip': '203.0.113.9', 'x-forwarded-for': '203.0.113.9' });
    const rows = await env.BOOKS.prepare('SELECT DISTINCT ip_address AS ip FROM auth_sessions').all<{
      ip: string | null;
    }>();
    expect(rows.results.every(({ ip }) => ip === null || ip === '')).toBe(true);
    const kept = await env.BOOKS.prepare('SELECT * FROM guesses').all();
    expect(JSON.stringify(kept.results)).not.toContain('203.0.113');
  });
});

describe('guesses of a password', () => {
  it('are throttled by address, and look the same for an unknown one', async () => {
    await signedIn(pia);
    const seen: Record<string, unknown[]> = {};
    for (const email of [pia.email, 'nobody@people.example']) {
      const tries = [];
      for (let i = 0; i < 11; i++) tries.push(await signIn({ ...pia, email }, `a wrong password ${i}`));
      seen[email] = tries.map(({ status, html }) => [status, html.replaceAll(email, '')]);
      expect(tries.map((tried) => tried.status)).toEqual([...Array<number>(10).fill(400), 429]);
    }
    const [known, unknown] = Object.values(seen);
    expect(unknown).toEqual(known);
    // Even the right one waits then; a link to set a new one does not.
    expect((await signIn(pia)).status).toBe(429);
    expect((await page('/partners/forgot', { form: { email: pia.email } })).status).toBe(200);
  });

  it('are throttled by network, over many addresses; other networks go on', async () => {
    await signedIn(pia);
    const from = (ip: string) => ({ 'cf-connecting-ip': ip });
    const at = Math.floor(Date.now() / 900_000) * 900_000;
    await signIn({ ...pia, email: 'one@people.example' }, 'a wrong password', from('203.0.113.7'));
    await env.BOOKS.prepare("UPDATE guesses SET count = 200 WHERE key LIKE 'network:%' AND window_at = ?")
      .bind(at)
      .run();
    expect((await signIn(pia, PASSWORD, from('203.0.113.200'))).status).toBe(429);
    expect((await signIn(pia, PASSWORD, from('198.51.100.7'))).status).toBe(303);
  });

  it('a right password takes back what its address counted', async () => {
    await signedIn(pia);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 9; i++) expect((await signIn(pia, 'a wrong password')).status).toBe(400);
      expect((await signIn(pia)).status).toBe(303);
    }
  });
});

describe('a second factor that is set up while a password is being looked at', () => {
  it('the sign-in by that password alone opens nothing', async () => {
    await signedIn(pia);
    const real = await auth();
    const { hasher } = await readProgram(books());
    const user = await userByEmail(books(), pia.email);
    const late = {
      ...real,
      api: {
        ...real.api,
        signInEmail: async (given: never) => {
          const answer = await real.api.signInEmail(given);
          await books()
            .update(authUsers)
            .set({ twoFactorEnabled: true })
            .where(eq(authUsers.id, user?.id ?? ''));
          return answer;
        },
      },
    } as unknown as Auth;
    const before = await env.BOOKS.prepare('SELECT count(*) AS n FROM auth_sessions').first();
    const door = { auth: late, books: books(), hasher, machine_now: Date.now(), headers: new Headers() };
    expect(await trySignIn(door, { email: pia.email, password: PASSWORD })).toEqual({ ok: false, reason: 'expired' });
    expect(await env.BOOKS.prepare('SELECT count(*) AS n FROM auth_sessions').first()).toEqual(before);
  });
});

describe('operators', () => {
  it('set up a second factor before anything opens', async () => {
    const cookie = await signedIn(ana);
    for (const path of ['/console', '/console/settings', '/console/partners', '/console/no-such-page'])
      expect((await page(path, { cookie })).location).toBe('/console/second-factor');
    const post = await page('/console/settings/password', { cookie, form: {} });
    expect(post.location).toBe('/console/second-factor');
    expect((await page('/console/second-factor', { cookie })).status).toBe(200);
    const { cookie: next, secret } = await setUp(ana, cookie);
    expect((await page('/console', { cookie: next })).status).toBe(200);
    expect(textOf((await page('/console/settings', { cookie: next })).html)).toContain('Signing in and security');
    expect((await page('/console/second-factor', { cookie: next })).location).toBe('/console/settings');
    const signed = await signInWith(ana, await codeOf(secret));
    expect(signed.location).toBe('/console');
  });

  it('nobody but an operator reaches the page that sets it up; a partner’s pages do not open to an operator', async () => {
    for (const options of [{}, { as: await readerOf('pia') }]) {
      const seen = await page('/console/second-factor', options);
      expect([seen.status, seen.location]).toEqual([303, '/console/sign-in']);
      const posted = await page('/console/second-factor/code', { ...options, form: { code: '000000' } });
      expect([posted.status, posted.location]).toEqual([303, '/console/sign-in']);
    }
    const { cookie } = await setUp(ana, await signedIn(ana));
    expect((await page('/partners/settings/security', { cookie })).status).toBe(303);
  });

  it('who signs in at the other door comes to their own', async () => {
    const { secret } = await setUp(ana, await signedIn(ana));
    const signed = await signInWith({ ...ana, home: '/partners' }, await codeOf(secret));
    expect(signed.location).toBe('/console');
    await signedIn(pia);
    expect((await signIn({ ...pia, home: '/console' })).location).toBe('/partners');
  });

  it('moving to another phone leaves only the page that sets up a second factor', async () => {
    const { secret, cookie } = await setUp(ana, await signedIn(ana));
    const form = { off_password: PASSWORD, code: await codeOf(secret), kind: 'app' };
    const ended = await page('/console/settings/off', { cookie, form });
    expect(ended.location).toBe('/console/second-factor');
    expect((await page('/console', { cookie: cookiesOf(ended) })).location).toBe('/console/second-factor');
  });

  it('sign in anew after twelve hours', async () => {
    const { cookie } = await setUp(ana, await signedIn(ana));
    const aged = (hours: number) =>
      env.BOOKS.prepare('UPDATE auth_sessions SET created_at = ?')
        .bind(Date.now() - hours * 3_600_000)
        .run();
    await aged(11.9);
    expect((await page('/console', { cookie })).status).toBe(200);
    await aged(12);
    expect((await page('/console', { cookie })).location).toContain('/console/sign-in');
    expect((await page('/console/second-factor', { cookie })).location).toContain('/console/sign-in');
  });
});
