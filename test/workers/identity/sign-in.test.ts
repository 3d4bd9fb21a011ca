import { beforeEach, describe, expect, it } from 'vitest';

import { openAuth, type Auth } from '../../../src/identity/auth.ts';
import { insertUser } from '../../../src/identity/user.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { page, readerOf, textOf } from '../../support/pages.ts';
import { books } from '../../support/world.ts';

beforeEach(freshDatabases);

const PASSWORD = 'four quiet words here';
const email = 'Pia@partners.example';

function auth(): Promise<Auth> {
  return openAuth({
    books: books(),
    public_url: 'http://localhost',
    program_name: 'Lastclick',
    auth_secret: localSecrets.AUTH_SECRET,
    now: Date.now(),
  });
}

/** A partner who may sign in and has set a password by a mailed link. */
async function withPassword(password = PASSWORD): Promise<void> {
  await insertUser(books(), { email, name: 'Pia', role: 'partner', partner_id: 'pia' }, Date.now());
  const token = await (await auth()).passwordToken(email.toLowerCase());
  const form = { password, again: password };
  const set = await page(`/partners/password/${token}`, { form });
  expect(set.status).toBe(303);
}

const cookiesOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');

describe('signing in', () => {
  it('a password set by a mailed link opens the Partner Center; its cookie is __Host-, HttpOnly, Secure and Lax', async () => {
    await withPassword();
    const signed = await page('/partners/sign-in', { form: { email, password: PASSWORD, next: '/partners/earnings' } });
    expect([signed.status, signed.location]).toEqual([303, '/partners/earnings']);
    const [cookie = ''] = signed.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-session=[^;]+;/);
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
      expect(cookie.toLowerCase()).toContain(attribute.toLowerCase());
    expect(cookie.toLowerCase()).not.toContain('domain=');
    const home = await page('/partners', { cookie: cookiesOf(signed.headers) });
    expect(home.status).toBe(200);
  });

  it('who has not signed in is sent to sign in, and back', async () => {
    const home = await page('/partners/earnings?x=1');
    expect(home.location).toBe(`/partners/sign-in?next=${encodeURIComponent('/partners/earnings?x=1')}`);
    const form = await page(home.location ?? '');
    expect(textOf(form.html)).toContain('Sign in');
  });

  it('a form of another site is refused and does nothing', async () => {
    const reader = await readerOf('pia');
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const refused = await page('/partners/sign-out', { as: reader, form: {}, headers });
    expect(refused.status).toBe(403);
    expect((await page('/partners', { as: reader })).status).toBe(200);
  });

  it('a session that was signed out opens nothing', async () => {
    const reader = await readerOf('pia');
    expect((await page('/partners/sign-out', { as: reader, form: {} })).location).toBe('/partners/sign-in');
    expect((await page('/partners', { as: reader })).status).toBe(303);
  });
});
