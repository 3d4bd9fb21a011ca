import { env } from 'cloudflare:workers';
import { expect } from 'vitest';

import { openAuth, type Auth } from '../../../src/identity/auth.ts';
import { insertUser } from '../../../src/identity/user.repo.ts';
import { localSecrets } from '../../support/local.ts';
import { page, textOf, type PageSeen } from '../../support/pages.ts';
import { books } from '../../support/world.ts';
import { Post } from '../mail/post.ts';

export const PASSWORD = 'four quiet words here';

export function auth(): Promise<Auth> {
  return openAuth({
    books: books(),
    public_url: 'http://localhost',
    program_name: 'Lastclick',
    auth_secret: localSecrets.AUTH_SECRET,
    now: Date.now(),
  });
}

/** Somebody of a test: a partner of that id, or an operator of that name. */
export interface Somebody {
  role: 'partner' | 'operator';
  name: string;
  email: string;
  home: '/partners' | '/console';
}

export const somebody = (role: Somebody['role'], name: string): Somebody => ({
  role,
  name,
  email: `${name}@people.example`,
  home: role === 'partner' ? '/partners' : '/console',
});

/** Lets somebody sign in, without a password yet. */
export async function admit({ role, name, email }: Somebody): Promise<void> {
  const who = role === 'partner' ? { partner_id: name } : { operator_name: name };
  await insertUser(books(), { email, name, role, ...who }, Date.now());
}

/** Sets somebody's password by a mailed link; returns the page that answered. */
export async function setPassword({ email, home }: Somebody, password = PASSWORD): Promise<PageSeen> {
  const token = await (await auth()).passwordToken(email);
  return page(`${home}/password/${token}`, { form: { password, again: password } });
}

/** The cookies that an answer set and did not take away, as a browser sends them back. */
export function cookiesOf({ headers }: { headers: Headers }): string {
  return headers
    .getSetCookie()
    .filter((cookie) => !/max-age=0/i.test(cookie))
    .map((cookie) => cookie.split(';')[0] ?? '')
    .join('; ');
}

export function signIn(
  who: Somebody,
  password = PASSWORD,
  headers: Record<string, string> = {},
  cookie?: string,
): Promise<PageSeen> {
  const form = { email: who.email, password };
  return page(`${who.home}/sign-in`, { form, headers, ...(cookie === undefined ? {} : { cookie }) });
}

/** Somebody with a password who has signed in: their cookie. */
export async function signedIn(who: Somebody): Promise<string> {
  await admit(who);
  expect((await setPassword(who)).status).toBe(303);
  return again(who);
}

/** The cookie of another sign-in. */
export async function again(who: Somebody, headers: Record<string, string> = {}): Promise<string> {
  const signed = await signIn(who, PASSWORD, headers);
  expect(signed.status).toBe(303);
  return cookiesOf(signed);
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(base32: string): Uint8Array<ArrayBuffer> {
  const bits = [...base32].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** The figures that an app shows for a key, `steps` half minutes from now (RFC 6238). */
export async function codeOf(secret: string, steps = 0): Promise<string> {
  const key = await crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']);
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer));
  const offset = mac.getUint8(19) & 15;
  return String((mac.getUint32(offset) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

/** Where somebody of a home sets up a second factor, and their own page. */
export const places = {
  '/partners': { own: '/partners/settings/security', set_up: '/partners/settings/security/second-factor' },
  '/console': { own: '/console/settings', set_up: '/console/second-factor' },
} as const;

/** Begins to set up a second factor: the key, and the address that the form sends back. */
export async function begin(who: Somebody, cookie: string): Promise<{ secret: string; uri: string }> {
  const shown = await page(places[who.home].set_up, { cookie, form: { present: PASSWORD } });
  expect(shown.status).toBe(200);
  const uri = (/name="uri" value="([^"]+)"/.exec(shown.html)?.[1] ?? '').replaceAll('&amp;', '&');
  return { uri, secret: new URL(uri).searchParams.get('secret') ?? '' };
}

/** Sets up a second factor: the key, the recovery codes, and the cookie that goes on. The code of the step before now is used by it. */
export async function setUp(
  who: Somebody,
  cookie: string,
): Promise<{ secret: string; codes: string[]; cookie: string }> {
  const { secret, uri } = await begin(who, cookie);
  const form = { code: await codeOf(secret, -1), uri };
  const done = await page(`${places[who.home].set_up}/code`, { cookie, form });
  expect([done.status, textOf(done.html)]).toEqual([200, expect.stringContaining('Your recovery codes')]);
  const codes = [...done.html.matchAll(/<li>([0-9A-Za-z]{5}-[0-9A-Za-z]{5})<\/li>/g)].map((match) => match[1] ?? '');
  return { secret, codes, cookie: cookiesOf(done) };
}

/** Gives a password and then a code: what came of the code. */
export async function signInWith(who: Somebody, code: string, kind: 'app' | 'recovery' = 'app'): Promise<PageSeen> {
  const first = await signIn(who);
  expect(first.location).toContain(`${who.home}/sign-in/code`);
  return page(`${who.home}/sign-in/code`, { cookie: cookiesOf(first), form: { code, kind } });
}

/** Books that fail at the statements that match, as if the connection broke. */
export function failingBooks(matching: RegExp): D1Database {
  const failing = <T extends object>(database: T): T =>
    new Proxy(database, {
      get(target, name) {
        const own = Reflect.get(target, name) as unknown;
        if (typeof own !== 'function') return own;
        return (...given: unknown[]) => {
          if (name === 'prepare' && matching.test(String(given[0])))
            throw new Error('D1_ERROR: Network connection lost.');
          const answer = own.apply(target, given) as unknown;
          return name === 'withSession' ? failing(answer as object) : answer;
        };
      },
    });
  return failing(env.BOOKS);
}

/** Sends what mail is due now, and answers with what went to an address. */
export async function mailTo(address: string): Promise<Post['sent']> {
  const post = new Post();
  await post.run(new Date(Date.now() + 1000).toISOString());
  return post.to(address);
}
