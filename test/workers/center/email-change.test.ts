import { beforeEach, expect, it } from 'vitest';

import { page } from '../../support/pages.ts';
import { begin } from '../earnings/play.ts';
import { PASSWORD, signedIn, somebody } from '../identity/people.ts';
import { Post } from '../mail/post.ts';
import { call, rows } from '../partner/api.ts';

const T = '2026-04-06T18:00:00Z';
const ann = { ...somebody('partner', 'ann'), email: 'ann@partners.example' };
const THEIRS = 'thief@elsewhere.example';

let cookie = '';
let post = new Post();
beforeEach(async () => {
  await begin();
  cookie = await signedIn(ann);
  post = new Post();
  post.public_url = 'http://localhost';
});

/** The path of the link in the last mail to an address. */
async function linkTo(address: string): Promise<string> {
  await post.run(T);
  const [url = ''] = /http:\/\/localhost\/partners\/email\/\S+/.exec(post.to(address).at(-1)?.text ?? '') ?? [];
  return new URL(url).pathname;
}

const logins = () => rows<{ email: string }>("SELECT email FROM auth_users WHERE partner_id = 'ann'");

it('a change that waits ends where an operator sets another address: the mailbox that was lost confirms nothing any more', async () => {
  await page('/partners/settings/email', { cookie, at: T, form: { email: THEIRS, password: PASSWORD } });
  const links = [await linkTo(ann.email), await linkTo(THEIRS)];
  const safe = 'ann@safe.example';
  expect((await call('PATCH', '/v1/partners/ann', { now: T, body: { email: safe } })).status).toBe(200);
  for (const path of links) await page(path, { at: T, form: { answer: 'confirm' } });
  expect(await logins()).toEqual([{ email: safe }]);
  expect(await rows('SELECT outcome FROM email_changes')).toEqual([{ outcome: 'called_off' }]);
  expect(await rows(`SELECT email FROM people WHERE email = '${THEIRS}'`)).toEqual([]);
});

it('a change that both sides confirm is done, and logged as having come by the letters', async () => {
  await page('/partners/settings/email', { cookie, at: T, form: { email: THEIRS, password: PASSWORD } });
  for (const path of [await linkTo(ann.email), await linkTo(THEIRS)])
    await page(path, { at: T, form: { answer: 'confirm' } });
  expect(await logins()).toEqual([{ email: THEIRS }]);
  expect(await rows('SELECT outcome FROM email_changes')).toEqual([{ outcome: 'done' }]);
  expect(await rows("SELECT via FROM audit_log WHERE action = 'partner.change' ORDER BY seq DESC LIMIT 1")).toEqual([
    { via: 'mail_link' },
  ]);
});

it('an address that an operator sets is told to the former one, which has not confirmed it', async () => {
  await call('PATCH', '/v1/partners/ann', { now: T, body: { email: 'ann@safe.example' } });
  await call('PATCH', '/v1/partners/ann', { now: T, body: { name: 'Ann Other' } });
  await post.run(T);
  expect(post.to(ann.email).map((mail) => mail.subject)).toContain('Your email address was changed');
  expect(post.to(ann.email).at(-1)?.text).not.toContain('ann@safe.example');
  expect(post.to('ann@safe.example').map((mail) => mail.subject)).not.toContain('Your email address was changed');
});
