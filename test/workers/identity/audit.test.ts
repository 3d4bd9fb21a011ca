import { beforeEach, describe, expect, it } from 'vitest';

import { userByEmail } from '../../../src/identity/user.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { page } from '../../support/pages.ts';
import { books } from '../../support/world.ts';
import { call } from '../partner/api.ts';
import { rows } from '../privacy/ask.ts';
import {
  again,
  codeOf,
  cookiesOf,
  failingBooks,
  PASSWORD,
  places,
  setPassword,
  setUp,
  signedIn,
  somebody,
  type Somebody,
} from './people.ts';

beforeEach(freshDatabases);

const pia = somebody('partner', 'pia');
const cyd = somebody('operator', 'cyd');
const NEW = 'another four quiet words';

interface Entry {
  actor: string;
  action: string;
  subject: string;
  via: string | null;
  details: string;
  before: string | null;
  after: string | null;
}

/** What the audit log has taken since the last look. */
let seen = 0;
beforeEach(() => {
  seen = 0;
});
async function logged(): Promise<Entry[]> {
  const all = await rows<Entry & { seq: number }>('SELECT * FROM audit_log WHERE seq > ? ORDER BY seq', seen);
  seen = all.at(-1)?.seq ?? seen;
  return all;
}
const short = ({ actor, action, via }: Entry) => `${actor} ${action} ${via}`;

async function subjectOf(who: Somebody): Promise<string> {
  return `user:${(await userByEmail(books(), who.email))?.id}`;
}

describe.each([
  { who: pia, actor: 'partner:pia', via: 'center' },
  { who: cyd, actor: 'cyd', via: 'console' },
])('what $actor does to their own access stands in the audit log', ({ who, actor, via }) => {
  const { own } = places[who.home];

  it('a password set by a mailed link, and one changed by the present one', async () => {
    let cookie = await signedIn(who);
    const [set, ...more] = await logged();
    expect([set, more]).toMatchObject([
      { actor, action: 'password.set', via: 'mail_link', subject: await subjectOf(who), details: '{}' },
      [],
    ]);
    if (who.role === 'operator') ({ cookie } = await setUp(who, cookie));
    await logged();
    const form = { present: PASSWORD, password: NEW, again: NEW };
    const wrong = await page(`${own}/password`, { cookie, form: { ...form, present: 'not my password at all' } });
    expect([wrong.status, await logged()]).toEqual([400, []]);
    expect((await page(`${own}/password`, { cookie, form })).status).toBe(303);
    expect(await logged()).toMatchObject([
      { actor, action: 'password.change', via, subject: await subjectOf(who), details: '{}' },
    ]);
  });

  it('a second factor switched on and off, and recovery codes made anew', async () => {
    const cookie = await signedIn(who);
    await logged();
    const { secret, cookie: next, codes } = await setUp(who, cookie);
    expect((await logged()).map(short)).toEqual([`${actor} second_factor.on ${via}`]);
    const proof = { recovery_password: PASSWORD, recovery_code: await codeOf(secret), kind: 'app' };
    expect((await page(`${own}/recovery`, { cookie: next, form: proof })).status).toBe(200);
    expect((await logged()).map(short)).toEqual([`${actor} recovery_codes.renew ${via}`]);
    // A code that has been used takes nothing away, and logs nothing.
    const off = { off_password: PASSWORD, code: proof.recovery_code, kind: 'app' };
    expect((await page(`${own}/off`, { cookie: next, form: off })).status).toBe(400);
    expect(await logged()).toEqual([]);
    const right = { ...off, code: await codeOf(secret, 1) };
    expect((await page(`${own}/off`, { cookie: next, form: right })).status).toBe(303);
    expect((await logged()).map(short)).toEqual([`${actor} second_factor.off ${via}`]);
    const kept = JSON.stringify(await rows('SELECT * FROM audit_log'));
    for (const secretText of [secret, ...codes, PASSWORD, who.email]) expect(kept).not.toContain(secretText);
  });

  it('another session ended, and all others; where there is none to end, nothing is logged', async () => {
    let cookie = await signedIn(who);
    if (who.role === 'operator') {
      const { cookie: next, codes } = await setUp(who, cookie);
      cookie = next;
      for (const code of codes.slice(0, 2)) await another(who, code);
    } else for (let i = 0; i < 2; i++) await again(who);
    await logged();
    const ids = [...(await page(own, { cookie })).html.matchAll(/name="session_id" value="([^"]+)"/g)];
    const session_id = ids[0]?.[1] ?? '';
    const end = () => page(`${own}/sessions/end`, { cookie, form: { session_id } });
    expect([ids.length, (await end()).status]).toEqual([2, 303]);
    expect(await logged()).toMatchObject([
      { actor, action: 'sessions.end', via, subject: await subjectOf(who), details: JSON.stringify({ session_id }) },
    ]);
    expect([(await end()).status, await logged()]).toEqual([303, []]);
    const others = () => page(`${own}/sessions/end-others`, { cookie, form: {} });
    expect((await others()).status).toBe(303);
    expect(await logged()).toMatchObject([{ actor, action: 'sessions.end', via, details: '{"others":true}' }]);
    expect([(await others()).status, await logged()]).toEqual([303, []]);
    expect((await page(own, { cookie })).status).toBe(200);
  });
});

/** Signs somebody with a second factor in once more, by a recovery code. */
async function another(who: Somebody, code: string): Promise<void> {
  const first = await page(`${who.home}/sign-in`, { form: { email: who.email, password: PASSWORD } });
  const done = await page(`${who.home}/sign-in/code`, {
    cookie: cookiesOf(first),
    form: { code, kind: 'recovery' },
  });
  expect(done.status).toBe(303);
}

it('another’s session is not ended, and nothing is logged', async () => {
  const cookie = await signedIn(pia);
  await signedIn(somebody('partner', 'bob'));
  await logged();
  const [theirs] = await rows<{ id: string }>(
    "SELECT s.id FROM auth_sessions s JOIN auth_users u ON u.id = s.user_id WHERE u.partner_id = 'bob'",
  );
  const form = { session_id: theirs?.id ?? '' };
  await page('/partners/settings/security/sessions/end', { cookie, form });
  expect(await logged()).toEqual([]);
  expect(await rows('SELECT id FROM auth_sessions WHERE id = ?', theirs?.id)).toHaveLength(1);
});

it('a session is ended and logged in one write: where the log does not take it, the session stands', async () => {
  const cookie = await signedIn(pia);
  await again(pia);
  await logged();
  const broken = await page('/partners/settings/security/sessions/end-others', {
    cookie,
    form: {},
    bindings: { BOOKS: failingBooks(/insert into "?audit_log/i) },
  });
  expect(broken.status).toBe(503);
  expect(await rows('SELECT id FROM auth_sessions')).toHaveLength(2);
});

it('operators find it by the API: by action, subject and door', async () => {
  await signedIn(pia);
  await setPassword(pia, NEW);
  const subject = await subjectOf(pia);
  const found = async (query: string) => (await call('GET', `/v1/audit-log?${query}`)).body.data as Entry[];
  expect((await found('action=password')).length).toBe(2);
  expect((await found(`subject=${subject}`)).map(({ action }) => action)).toEqual(['password.set', 'password.set']);
  expect((await found('via=mail_link&actor=partner:pia')).length).toBe(2);
});
