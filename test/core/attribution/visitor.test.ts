import { expect, it } from 'vitest';

import { cookieKeys, mintToken, newClickId, newVisitorId } from '../../../src/attribution/token.ts';
import { cookieValues, tokenCookie, visitorOf, type CookieSettings } from '../../../src/attribution/visitor.ts';
import { localSecrets } from '../../support/local.ts';

const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
const settings: CookieSettings = {
  cookie_name: '__Host-lastclick',
  cookie_domain: null,
  cookie_keys: keys.ok ? keys.keys : [],
};

const mint = (clicked_at: number) =>
  mintToken(
    { visitor_id: newVisitorId(), click_id: newClickId(clicked_at), partner_id: 'ana', code: 'mira' },
    settings.cookie_keys,
    settings.cookie_name,
  );
const asking = (cookie: string) => new Request('https://go.example.com/r/mira', { headers: { cookie } });

it('cookies of other names, and names that only begin alike, are left alone', () => {
  const header = 'a=b; __Host-lastclick=1; __Host-lastclickx=2; x__Host-lastclick=3;__Host-lastclick=4';
  expect(cookieValues(header, '__Host-lastclick')).toEqual(['1', '4']);
  expect(cookieValues(null, '__Host-lastclick')).toEqual([]);
});

it('L1: of several tokens that verify, the later click', async () => {
  const [early, late] = [mint(1000), mint(2000)];
  for (const order of [
    [early, late, 'forged'],
    [late, early],
    ['', late, early],
  ]) {
    const visitor = visitorOf(asking(order.map((value) => `__Host-lastclick=${value}`).join('; ')), settings);
    expect(visitor?.text).toBe(late);
  }
});

it('a cookie that does not verify names nobody', async () => {
  const token = mint(1000);
  expect(visitorOf(asking(`__Host-lastclick=${token}x`), settings)).toBeNull();
  expect(visitorOf(asking(`__Secure-lastclick=${token}`), settings)).toBeNull();
  expect(visitorOf(asking(`lastclick=${token}`), settings)).toBeNull();
});

it('the cookie is HttpOnly, Secure, Lax, for the whole host, and no longer than browsers keep one', () => {
  expect(tokenCookie('t', settings)).toBe(
    '__Host-lastclick=t; Max-Age=31536000; Path=/; Secure; HttpOnly; SameSite=Lax',
  );
  expect(tokenCookie('t', { ...settings, cookie_name: '__Secure-lastclick', cookie_domain: 'example.com' })).toBe(
    '__Secure-lastclick=t; Max-Age=31536000; Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax',
  );
});
