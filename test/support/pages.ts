import { symmetricEncrypt } from 'better-auth/crypto';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { generateSignedCookie } from 'hono/cookie';

import type { ProgramEnv } from '../../src/http/env.ts';
import { createProgramApp } from '../../src/http/program.ts';
import { SESSION_COOKIE } from '../../src/identity/auth.ts';
import { authSessions, authTwoFactors, authUsers } from '../../src/identity/identity.schema.ts';
import { insertUser, userOfOperator, userOfPartner } from '../../src/identity/user.repo.ts';
import { localSecrets } from './local.ts';
import { books } from './world.ts';

const app = createProgramApp();
const origin = 'http://localhost';

/** Somebody who has signed in: the cookie of their session. */
export interface Reader {
  cookie: string;
  user_id: string;
}

async function sessionFor(user_id: string): Promise<Reader> {
  const token = crypto.randomUUID();
  const at = new Date();
  await books()
    .insert(authSessions)
    .values({
      id: crypto.randomUUID(),
      token,
      userId: user_id,
      expiresAt: new Date(at.getTime() + 86_400_000),
      createdAt: at,
      updatedAt: at,
      userAgent: 'A browser of tests',
    });
  const signed = await generateSignedCookie(SESSION_COOKIE, token, localSecrets.AUTH_SECRET, { secure: true });
  return { cookie: signed.split(';')[0] ?? '', user_id };
}

/** A partner who has signed in, as one whose application was approved; the partner itself is there already. */
export async function readerOf(partner_id: string, email = `${partner_id}@readers.example`): Promise<Reader> {
  await insertUser(books(), { email, name: partner_id, role: 'partner', partner_id }, Date.now());
  const user = await userOfPartner(books(), partner_id);
  if (!user) throw new Error('nobody signs in for this partner');
  return sessionFor(user.id);
}

/** A second factor as the auth library keeps one, with two recovery codes left. */
async function giveSecondFactor(user_id: string): Promise<void> {
  const seal = (data: string) => symmetricEncrypt({ key: localSecrets.AUTH_SECRET, data });
  await books().update(authUsers).set({ twoFactorEnabled: true }).where(eq(authUsers.id, user_id));
  await books()
    .insert(authTwoFactors)
    .values({
      id: crypto.randomUUID(),
      userId: user_id,
      secret: await seal('secret of tests'),
      backupCodes: await seal(JSON.stringify(['aaaaa-bbbbb', 'ccccc-ddddd'])),
      verified: true,
      failedVerificationCount: 0,
    })
    .onConflictDoNothing();
}

/** An operator who has signed in; with a second factor unless told otherwise. */
export async function operatorReader(name: string, two_factor = true): Promise<Reader> {
  await insertUser(
    books(),
    { email: `${name}@console.example`, name, role: 'operator', operator_name: name },
    Date.now(),
  );
  const user = await userOfOperator(books(), name);
  if (!user) throw new Error('nobody signs in under this name');
  if (two_factor) await giveSecondFactor(user.id);
  if (!two_factor) await books().delete(authTwoFactors).where(eq(authTwoFactors.userId, user.id));
  return sessionFor(user.id);
}

/** A page as it came. */
export interface PageSeen {
  status: number;
  headers: Headers;
  html: string;
  /** Where it leads to, of a redirect. */
  location: string | null;
}

/** Opens a page, or posts a form of one, at an instant of the program's clock (RFC 3339). */
export async function page(
  path: string,
  options: {
    as?: Reader;
    at?: string;
    form?: Record<string, string> | FormData;
    cookie?: string;
    headers?: Record<string, string>;
    /** Bindings in the place of the test's own, such as the vault. */
    bindings?: Partial<ProgramEnv>;
  } = {},
): Promise<PageSeen> {
  const { as, at, form } = options;
  const cookie = options.cookie ?? as?.cookie;
  const headers = {
    ...(cookie === undefined ? {} : { cookie }),
    ...(at === undefined ? {} : { 'x-clock': at }),
    ...(form === undefined ? {} : { origin, 'sec-fetch-site': 'same-origin' }),
    ...(form === undefined || form instanceof FormData ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    ...options.headers,
  };
  const body =
    form === undefined ? {} : { body: form instanceof FormData ? form : new URLSearchParams(form).toString() };
  const response = await app.request(
    `${origin}${path}`,
    { method: form === undefined ? 'GET' : 'POST', headers, redirect: 'manual', ...body },
    { ...(env as unknown as ProgramEnv), PUBLIC_URL: origin, ...options.bindings },
  );
  return {
    status: response.status,
    headers: response.headers,
    html: await response.text(),
    location: response.headers.get('location'),
  };
}

/** The text of a page without its markup, white space folded. */
export function textOf(html: string): string {
  return html
    .replaceAll(/<(?:style|script)[^]*?<\/(?:style|script)>/g, ' ')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&#39;', '’')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/\s+/g, ' ');
}
