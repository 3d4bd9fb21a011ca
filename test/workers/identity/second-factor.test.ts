import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { page, textOf } from '../../support/pages.ts';
import {
  again,
  begin,
  codeOf,
  cookiesOf,
  mailTo,
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
const { own, set_up } = places['/partners'];
const wrongText = expect.stringContaining('This code is not right, or it has been used already');

describe('setting up a second factor', () => {
  it('shows a picture and the key in letters, turns on by a first code, and ends all other sessions', async () => {
    const cookie = await signedIn(pia);
    const other = await again(pia);
    const { secret, uri } = await begin(pia, cookie);
    expect(secret).toMatch(/^[A-Z2-7]{32,}$/);
    expect(new URL(uri).pathname).toContain(encodeURIComponent(pia.email));
    const wrong = await page(`${set_up}/code`, { cookie, form: { code: '000000', uri } });
    // The picture is shown again, with no style or script in it.
    expect([wrong.status, textOf(wrong.html), wrong.html]).toEqual([
      400,
      wrongText,
      expect.stringContaining('<svg class="qr"'),
    ]);
    expect(wrong.html).not.toMatch(/style=|<script|<style/);
    // Until a code was right nothing is asked for.
    expect((await signIn(pia)).location).toBe('/partners');
    const done = await page(`${set_up}/code`, { cookie, form: { code: await codeOf(secret), uri } });
    expect([done.status, textOf(done.html)]).toEqual([200, expect.stringContaining('Your second factor is on')]);
    expect((await page('/partners', { cookie: cookiesOf(done) })).status).toBe(200);
    for (const former of [cookie, other]) expect((await page('/partners', { cookie: former })).status).toBe(303);
    expect((await mailTo(pia.email)).map((mail) => mail.subject)).toContain('Your second factor is on');
  });

  it('asks for the password first; what is no key of an app is not drawn', async () => {
    const cookie = await signedIn(pia);
    const wrong = await page(set_up, { cookie, form: { present: 'not my password at all' } });
    expect([wrong.status, wrong.html]).toEqual([400, expect.not.stringContaining('otpauth')]);
    const odd = await page(`${set_up}/code`, { cookie, form: { code: '', uri: 'https://evil.example/?secret=AAAA' } });
    expect(odd.html).not.toContain('evil.example');
  });

  it('the code that turned it on opens no sign-in: each code is accepted once', async () => {
    const { secret } = await setUp(pia, await signedIn(pia));
    const used = await signInWith(pia, await codeOf(secret, -1));
    expect([used.status, textOf(used.html)]).toEqual([400, wrongText]);
    const signed = await signInWith(pia, await codeOf(secret));
    expect([signed.status, signed.location]).toEqual([303, '/partners']);
    expect((await page('/partners', { cookie: cookiesOf(signed) })).status).toBe(200);
    const replayed = await signInWith(pia, await codeOf(secret));
    expect([replayed.status, textOf(replayed.html)]).toEqual([400, wrongText]);
  });

  it('of the same code given twice at the same moment one opens', async () => {
    const { secret } = await setUp(pia, await signedIn(pia));
    const challenges = [cookiesOf(await signIn(pia)), cookiesOf(await signIn(pia))];
    const code = await codeOf(secret);
    const tries = await Promise.all(
      challenges.map((cookie) => page('/partners/sign-in/code', { cookie, form: { code, kind: 'app' } })),
    );
    expect(tries.map((tried) => tried.status).toSorted()).toEqual([303, 400]);
  });

  it('a right password alone opens nothing, whatever cookies it left', async () => {
    await setUp(pia, await signedIn(pia));
    const first = await signIn(pia);
    expect((await page('/partners', { cookie: cookiesOf(first) })).status).toBe(303);
    expect(first.headers.getSetCookie().some((cookie) => /^__Host-session=[^;]+\.[^;]+;/.test(cookie))).toBe(false);
    for (const cookie of first.headers.getSetCookie()) expect(cookie).toMatch(/^__Host-/);
  });

  it('a challenge is answered for its own person, whoever is signed in beside it', async () => {
    const { secret, cookie } = await setUp(pia, await signedIn(pia));
    const ray = somebody('partner', 'ray');
    await setUp(ray, await signedIn(ray));
    const challenge = cookiesOf(await signIn(ray));
    const mixed = `${cookie}; ${challenge}`;
    const form = { code: await codeOf(secret), kind: 'app' };
    expect((await page('/partners/sign-in/code', { cookie: mixed, form })).status).toBe(400);
  });

  it('guesses are throttled by person, over all challenges', async () => {
    const { secret } = await setUp(pia, await signedIn(pia));
    for (let i = 0; i < 10; i++) expect((await signInWith(pia, String(100_000 + i))).status).toBe(400);
    expect((await signInWith(pia, '123450')).status).toBe(429);
    expect((await signInWith(pia, await codeOf(secret))).status).toBe(429);
  });
});

describe('recovery codes', () => {
  it('are ten, are shown once, and each opens once', async () => {
    const { codes, cookie } = await setUp(pia, await signedIn(pia));
    expect(new Set(codes).size).toBe(10);
    const [first = ''] = codes;
    const overview = await page(own, { cookie });
    expect(textOf(overview.html)).toContain('You have 10 recovery codes left');
    for (const code of codes) expect(overview.html).not.toContain(code);
    const signed = await signInWith(pia, first, 'recovery');
    expect(signed.status).toBe(303);
    expect(textOf((await page(own, { cookie: cookiesOf(signed) })).html)).toContain('You have 9 recovery codes left');
    const replayed = await signInWith(pia, first, 'recovery');
    expect([replayed.status, textOf(replayed.html)]).toEqual([400, wrongText]);
  });

  it('one used twice at the same moment opens once', async () => {
    const { codes } = await setUp(pia, await signedIn(pia));
    const challenges = [cookiesOf(await signIn(pia)), cookiesOf(await signIn(pia))];
    const form = { code: codes[3] ?? '', kind: 'recovery' };
    const tries = await Promise.all(challenges.map((cookie) => page('/partners/sign-in/code', { cookie, form })));
    expect(tries.map((tried) => tried.status).toSorted()).toEqual([303, 400]);
  });

  it('are renewed by the password and a code, not by the password alone: the former ones open nothing', async () => {
    const { secret, codes, cookie } = await setUp(pia, await signedIn(pia));
    const renew = (form: Record<string, string>) => page(`${own}/recovery`, { cookie, form });
    // Each field of the page has a name of its own: its label leads to it.
    const ids = [...(await page(own, { cookie })).html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.length).toBe(new Set(ids).size);
    const code = await codeOf(secret);
    expect((await renew({ recovery_password: 'not my password at all', recovery_code: code })).status).toBe(400);
    for (const without of [{ recovery_password: PASSWORD }, { recovery_password: PASSWORD, recovery_code: '000000' }])
      expect((await renew(without)).status).toBe(400);
    const made = await renew({ recovery_password: PASSWORD, recovery_code: code });
    const renewed = [...made.html.matchAll(/<li>([0-9A-Za-z-]{11})<\/li>/g)].map((match) => match[1] ?? '');
    expect(renewed.length).toBe(10);
    expect(renewed.some((known) => codes.includes(known))).toBe(false);
    expect((await signInWith(pia, codes[0] ?? '', 'recovery')).status).toBe(400);
    expect((await signInWith(pia, renewed[0] ?? '', 'recovery')).status).toBe(303);
    expect((await mailTo(pia.email)).map((mail) => mail.subject)).toContain('You have new recovery codes');
  });
});

describe('taking one’s own second factor away', () => {
  it('asks for the password and a code, and is told by mail', async () => {
    const { secret, codes, cookie } = await setUp(pia, await signedIn(pia));
    const off = (off_password: string, code: string, kind = 'app') =>
      page(`${own}/off`, { cookie, form: { off_password, code, kind } });
    expect((await off('not my password at all', codes[0] ?? '', 'recovery')).status).toBe(400);
    expect((await off(PASSWORD, '000000')).status).toBe(400);
    const ended = await off(PASSWORD, await codeOf(secret));
    expect([ended.status, ended.location]).toEqual([303, `${own}?done=off`]);
    expect((await signIn(pia)).location).toBe('/partners');
    expect((await mailTo(pia.email)).map((mail) => mail.subject)).toContain('Your second factor is off');
  });
});
