import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { freshDatabases } from '../../support/books.ts';
import { page, textOf } from '../../support/pages.ts';
import { outbox } from '../mail/post.ts';
import {
  admit,
  again,
  auth,
  cookiesOf,
  failingBooks,
  mailTo,
  PASSWORD,
  setPassword,
  signedIn,
  signIn,
  somebody,
} from './people.ts';

beforeEach(freshDatabases);

const pia = somebody('partner', 'pia');
const NEW = 'another four quiet words';

describe('setting a password by a mailed link', () => {
  it('an unknown address looks the same as a known one: body, status, headers; only the known one gets a mail', async () => {
    await signedIn(pia);
    const asked = async (email: string) => page('/partners/forgot', { form: { email } });
    const [known, unknown] = [await asked(pia.email), await asked('nobody@people.example')];
    expect([unknown.status, unknown.html]).toEqual([known.status, known.html]);
    expect([...unknown.headers]).toEqual([...known.headers]);
    expect((await outbox('password_letter')).length).toBe(1);
    const letter = (await mailTo(pia.email)).find((mail) => mail.subject === 'Set a new password');
    expect(letter?.text).toMatch(/\/partners\/password\/\S+/);
    expect(await mailTo('nobody@people.example')).toEqual([]);
  });

  it('the link of the mail works once; all sessions and all other links end, and the person is told', async () => {
    const cookie = await signedIn(pia);
    await mailTo(pia.email);
    const other = await (await auth()).passwordToken(pia.email);
    await page('/partners/forgot', { form: { email: pia.email } });
    const [letter] = await mailTo(pia.email);
    const path = new URL(/http\S+\/password\/\S+/.exec(letter?.text ?? '')?.[0] ?? '').pathname;
    // Opening the link does nothing: mail scanners follow links.
    expect((await page(path)).headers.get('referrer-policy')).toBe('no-referrer');
    expect((await page('/partners', { cookie })).status).toBe(200);
    const form = { password: NEW, again: NEW };
    expect((await page(path, { form })).location).toContain('/partners/sign-in');
    expect((await page('/partners', { cookie })).status).toBe(303);
    for (const used of [path, `/partners/password/${other}`]) {
      const refused = await page(used, { form });
      expect([refused.status, textOf(refused.html)]).toEqual([400, expect.stringContaining('This link has been used')]);
    }
    expect((await signIn(pia, PASSWORD)).status).toBe(400);
    expect((await signIn(pia, NEW)).status).toBe(303);
    expect((await mailTo(pia.email)).map((mail) => mail.subject)).toEqual(['Your password was set']);
  });

  it('who was shut out by others’ guesses at the address signs in by a new password', async () => {
    await signedIn(pia);
    for (let i = 0; i < 11; i++) await signIn(pia, `a guess, number ${i}`);
    expect((await signIn(pia)).status).toBe(429);
    expect((await setPassword(pia, NEW)).status).toBe(303);
    expect((await signIn(pia, NEW)).status).toBe(303);
  });

  it('a short password, or two that differ, leave the link as it was', async () => {
    await admit(pia);
    const token = await (await auth()).passwordToken(pia.email);
    const set = (password: string, same = password) =>
      page(`/partners/password/${token}`, { form: { password, again: same } });
    expect((await set('too short')).status).toBe(400);
    expect((await set(NEW, PASSWORD)).status).toBe(400);
    expect((await set(NEW)).status).toBe(303);
  });

  it('mails about a password are ordered a few times at most, known address or not', async () => {
    for (const email of [pia.email, 'nobody@people.example']) {
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) statuses.push((await page('/partners/forgot', { form: { email } })).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    }
  });

  it('a failure between a person’s row and their password leaves nobody shut out: another link sets it', async () => {
    await admit(pia);
    const token = await (await auth()).passwordToken(pia.email);
    const form = { password: NEW, again: NEW };
    const broken = await page(`/partners/password/${token}`, {
      form,
      bindings: { BOOKS: failingBooks(/insert into "auth_accounts"/i) },
    });
    expect(broken.status).toBe(503);
    const rows = await env.BOOKS.prepare('SELECT count(*) AS n FROM auth_accounts').first<{ n: number }>();
    expect(rows?.n).toBe(0);
    expect((await signIn(pia, NEW)).status).toBe(400);
    expect((await setPassword(pia, NEW)).status).toBe(303);
    expect((await signIn(pia, NEW)).status).toBe(303);
  });
});

describe('changing one’s password', () => {
  const own = '/partners/settings/security';
  const form = { present: PASSWORD, password: NEW, again: NEW };

  it('asks for the present one, ends all other sessions, goes on under a new token, and is told by mail', async () => {
    const cookie = await signedIn(pia);
    const other = await again(pia);
    const wrong = await page(`${own}/password`, { cookie, form: { ...form, present: 'not my password at all' } });
    expect([wrong.status, textOf(wrong.html)]).toEqual([400, expect.stringContaining('not your present password')]);
    expect((await page(own, { cookie: other })).status).toBe(200);
    const changed = await page(`${own}/password`, { cookie, form });
    expect(changed.location).toBe(`${own}?done=password`);
    const next = cookiesOf(changed);
    expect(next).not.toBe(cookie);
    expect((await page(own, { cookie: next })).status).toBe(200);
    for (const former of [cookie, other]) expect((await page(own, { cookie: former })).status).toBe(303);
    expect((await signIn(pia, PASSWORD)).status).toBe(400);
    expect((await signIn(pia, NEW)).status).toBe(303);
    expect((await mailTo(pia.email)).filter((mail) => mail.subject === 'Your password was set').length).toBe(2);
  });

  it('ends the links to set another one that were mailed before', async () => {
    const cookie = await signedIn(pia);
    const token = await (await auth()).passwordToken(pia.email);
    expect((await page(`${own}/password`, { cookie, form })).status).toBe(303);
    const link = await page(`/partners/password/${token}`, { form: { password: PASSWORD, again: PASSWORD } });
    expect(link.status).toBe(400);
    expect((await signIn(pia, NEW)).status).toBe(303);
  });

  it('a short one is refused by its field', async () => {
    const cookie = await signedIn(pia);
    const refused = await page(`${own}/password`, { cookie, form: { ...form, password: 'short', again: 'short' } });
    expect([refused.status, refused.html]).toEqual([400, expect.stringMatching(/id="password-fault">At least 12/)]);
  });

  it('guesses of the present one by whoever holds a session are throttled', async () => {
    const cookie = await signedIn(pia);
    const guess = (present: string) => page(`${own}/password`, { cookie, form: { ...form, present } });
    for (let i = 0; i < 10; i++) expect((await guess(`a guess, number ${i}`)).status).toBe(400);
    expect((await guess(PASSWORD)).status).toBe(429);
  });
});
