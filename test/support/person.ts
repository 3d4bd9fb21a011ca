import { createHmac } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { symmetricEncrypt } from 'better-auth/crypto';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

import { systemNow } from '../../src/clock.ts';
import { localSecrets } from './local.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
// Headless Chromium calls itself so, and is taken for the bot that it is.
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** Chromium, for people who look at pages. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
}

/** How somebody looks at pages. */
export interface Looking {
  scripts?: boolean;
  width?: number;
  dark?: boolean;
}

/** A browser of somebody's own: with cookies of its own, and by default without scripts, as every page has to work. */
export function personAt(browser: Browser, origin: string, looking: Looking = {}): Promise<BrowserContext> {
  const { scripts = false, width = 1180, dark = false } = looking;
  return browser.newContext({
    baseURL: origin,
    javaScriptEnabled: scripts,
    viewport: { width, height: 900 },
    colorScheme: dark ? 'dark' : 'light',
    userAgent: USER_AGENT,
  });
}

/** Fills in fields by their labels. */
export async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
}

/** Presses a button or follows a link by what it says, and waits for the page that it leads to. */
export async function press(page: Page, name: string, role: 'button' | 'link' = 'button'): Promise<void> {
  await page.getByRole(role, { name, exact: true }).first().click();
  await page.waitForLoadState('load');
}

/** The link of the latest mail of a kind, out of the local outbox. */
export async function linkInMail(page: Page, kind: string, pattern: RegExp): Promise<string> {
  await page.goto('/outbox');
  await page.getByRole('link', { name: kind, exact: true }).first().click();
  const text = await page.innerText('pre');
  const [link] = pattern.exec(text) ?? [];
  if (link === undefined) throw new Error(`the mail ${kind} has no such link`);
  return link;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The six figures that an authenticator app shows at an instant for a key in base 32 (RFC 6238, SHA-1, 30 s). */
export function codeOf(key: string, at_ms: number): string {
  const bits = [...key.replaceAll(/[\s=]/g, '')].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = (bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at_ms / 30_000)));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Where pictures of pages are kept, if they are to be: `SCREENSHOTS` is a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: false });
}

/** Signs somebody in who may: the cookie of a new session in their browser. */
export async function signInAs(
  context: BrowserContext,
  books: D1Database,
  origin: string,
  who: { email: string; role: 'partner' | 'operator'; partner_id?: string; operator_name?: string },
): Promise<void> {
  const { email, role, partner_id = null, operator_name = null } = who;
  const [user_id, token, now] = [`usr_${email}`, `token-of-${email}`, systemNow()];
  await books.batch([
    books
      .prepare(
        `INSERT INTO auth_users (id, email, email_verified, name, two_factor_enabled, role, partner_id, operator_name, created_at, updated_at)
         VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .bind(user_id, email, email, role === 'operator' ? 1 : 0, role, partner_id, operator_name, now, now),
    books
      .prepare(
        `INSERT INTO auth_sessions (id, token, user_id, expires_at, created_at, updated_at)
         SELECT ?, ?, id, ?, ?, ? FROM auth_users WHERE email = ? ON CONFLICT DO NOTHING`,
      )
      .bind(`session-${email}`, token, now + 86_400_000, now, now, email),
  ]);
  if (role === 'operator') {
    const seal = (data: string) => symmetricEncrypt({ key: localSecrets.AUTH_SECRET, data });
    await books
      .prepare(
        `INSERT INTO auth_two_factors (id, user_id, secret, backup_codes, verified, failed_verification_count)
         SELECT ?, id, ?, ?, 1, 0 FROM auth_users WHERE email = ? ON CONFLICT DO NOTHING`,
      )
      .bind(`factor-${email}`, await seal('secret of tests'), await seal(JSON.stringify(['aaaaa-bbbbb'])), email)
      .run();
  }
  const mac = createHmac('sha256', localSecrets.AUTH_SECRET).update(token).digest('base64');
  const value = encodeURIComponent(`${token}.${mac}`);
  await context.addCookies([
    {
      name: '__Host-session',
      value,
      url: origin.replace('http:', 'https:'),
      httpOnly: true,
      secure: true,
      sameSite: 'Lax',
    },
  ]);
}
