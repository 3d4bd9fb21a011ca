import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { sweep } from '../../../src/privacy/run.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { page } from '../../support/pages.ts';
import { books, givePartner } from '../../support/world.ts';
import { erase, everywhere, exported, rows } from '../privacy/ask.ts';
import { again, PASSWORD, setUp, signedIn, signIn, somebody } from './people.ts';

beforeEach(freshDatabases);

const pia = somebody('partner', 'pia');
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 Piascript';
const at = new Date(Date.now() + 60_000).toISOString();

/** A partner who signs in, has a second factor, and asks for another address. */
async function play(): Promise<string> {
  await givePartner('pia', { email: pia.email });
  await signedIn(pia);
  const cookie = await again(pia, { 'user-agent': AGENT });
  const form = { email: 'pia.next@people.example', password: PASSWORD };
  expect((await page('/partners/settings/email', { cookie, form })).status).toBe(303);
  return (await setUp(pia, cookie)).cookie;
}

describe('what signing in keeps of a person', () => {
  it('is handed out: who signs in, where, and what they asked for; no password, no key, no hash', async () => {
    await play();
    const { body } = await exported('PIA+x@people.example', at);
    const text = JSON.stringify(body);
    expect(body['sign_ins']).toMatchObject([{ email: pia.email, role: 'partner', partner_id: 'pia', two_factor: 1 }]);
    expect(body['sessions']).toHaveLength(1);
    expect(text).toContain('Piascript');
    expect(body['partners']).toMatchObject({ email_changes: [{ partner_id: 'pia' }] });
    const kept = await rows<{ secret: string; password: string; token: string }>(
      'SELECT t.secret, a.password, s.token FROM auth_two_factors t, auth_accounts a, auth_sessions s',
    );
    for (const row of kept) for (const secret of Object.values(row)) expect(text).not.toContain(secret);
  });

  it('goes with an erasure: nothing opens any more, and no name or address stands anywhere', async () => {
    const cookie = await play();
    expect((await erase(pia.email, at)).status).toBe(201);
    expect((await page('/partners', { cookie })).status).toBe(303);
    expect((await signIn(pia)).status).toBe(400);
    // The address that was asked for is another person until it is confirmed, and is erased by its own name.
    expect((await erase('pia.next@people.example', at)).status).toBe(201);
    const all = await everywhere();
    for (const word of [pia.email, 'pia.next@people.example', 'Piascript'])
      expect([word, all.includes(word)]).toEqual([word, false]);
    for (const table of ['auth_users', 'auth_sessions', 'auth_accounts', 'auth_two_factors', 'auth_verifications'])
      expect([table, await rows(`SELECT * FROM ${table}`)]).toEqual([table, []]);
    expect((await erase(pia.email, at)).body['status']).toBe('nothing');
  });

  it('an operator’s sign-in is erased too', async () => {
    const { cookie } = await setUp(somebody('operator', 'cyd'), await signedIn(somebody('operator', 'cyd')));
    expect((await erase('cyd@people.example', at)).status).toBe(201);
    expect((await page('/console', { cookie })).status).toBe(303);
    expect(await everywhere()).not.toContain('cyd@people.example');
  });

  it('is swept: sessions, links, guesses and codes that have ended, addresses of changes that lapsed', async () => {
    await play();
    await signIn(pia, 'a wrong password, this one');
    const run = (instant: number) => sweep({ books: books(), clicks: openDatabase(env.CLICKS) }, instant);
    await run(Date.now());
    for (const table of ['auth_sessions', 'guesses', 'used_codes'])
      expect((await rows(`SELECT * FROM ${table}`)).length).toBeGreaterThan(0);
    const ago = Date.now() - 1;
    await env.BOOKS.batch([
      env.BOOKS.prepare('UPDATE auth_sessions SET expires_at = ?').bind(ago),
      env.BOOKS.prepare('UPDATE auth_verifications SET expires_at = ?').bind(ago),
      env.BOOKS.prepare('UPDATE guesses SET window_at = ?').bind(ago - 3_600_000),
      env.BOOKS.prepare('UPDATE used_codes SET used_at = ?').bind(ago - 3_600_000),
    ]);
    await run(Date.now() + 3 * 86_400_000);
    for (const table of ['auth_sessions', 'auth_verifications', 'guesses', 'used_codes'])
      expect([table, await rows(`SELECT * FROM ${table}`)]).toEqual([table, []]);
    expect(await everywhere()).not.toContain('pia.next@people.example');
    expect((await rows('SELECT * FROM email_changes')).length).toBe(1);
    await run(Date.now() + 181 * 86_400_000);
    expect(await rows('SELECT * FROM email_changes')).toEqual([]);
    expect((await rows('SELECT * FROM auth_users')).length).toBe(1);
  });

  it('a session of an operator is swept after twelve hours, a partner’s is not', async () => {
    await signedIn(pia);
    await signedIn(somebody('operator', 'cyd'));
    await env.BOOKS.prepare('UPDATE auth_sessions SET created_at = ?')
      .bind(Date.now() - 13 * 3_600_000)
      .run();
    await sweep({ books: books(), clicks: openDatabase(env.CLICKS) }, Date.now());
    expect(await rows('SELECT u.role FROM auth_sessions s JOIN auth_users u ON u.id = s.user_id')).toEqual([
      { role: 'partner' },
    ]);
  });
});
