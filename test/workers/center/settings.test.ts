import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { page, readerOf, textOf, type PageSeen } from '../../support/pages.ts';
import { begin, earnings, friday, month, pay, signup, START } from '../earnings/play.ts';
import { codeOf, PASSWORD, setUp, signedIn, signIn, somebody } from '../identity/people.ts';
import { outbox, Post, type Sent } from '../mail/post.ts';
import { call, newPartner, rows } from '../partner/api.ts';

const ann = { ...somebody('partner', 'ann'), email: 'ann@partners.example' };
const HOUR = 3_600_000;
const later = (hours: number, from: string) => new Date(Date.parse(from) + hours * HOUR).toISOString();

let cookie = '';
let post = new Post();
beforeEach(async () => {
  await begin();
  cookie = await signedIn(ann);
  post = new Post();
  post.public_url = 'http://localhost';
});

const open = (path: string, at: string) => page(path, { cookie, at });
const send = (path: string, at: string, form: Record<string, string>) => page(path, { cookie, at, form });
const said = ({ html }: PageSeen) => textOf(html);

function setPaypal(address: string, at: string, proof: Record<string, string> = { password: PASSWORD }) {
  return send('/partners/settings/paypal', at, { paypal_email: address, paypal_again: address, ...proof });
}

/** What was mailed to an address up to an instant, and the path of the link in it. */
async function mailed(address: string, at: string): Promise<{ mail: Sent | undefined; path: string }> {
  await post.run(at);
  const mail = post.to(address).at(-1);
  const [url = ''] = /http:\/\/localhost\/partners\/(?:stop|email)\/\S+/.exec(mail?.text ?? '') ?? [];
  return { mail, path: url === '' ? '' : new URL(url).pathname };
}

describe('PayPal address (P3)', () => {
  const T = '2026-04-06T18:00:00Z';

  it('is typed twice, and asks for the password; what fails sets nothing', async () => {
    const form = { paypal_email: 'new@pay.example', paypal_again: 'nwe@pay.example', password: PASSWORD };
    const differs = await send('/partners/settings/paypal', T, form);
    expect([differs.status, differs.html]).toEqual([400, expect.stringContaining('The two are not the same')]);
    // What was typed stands there again, the password does not.
    expect(differs.html).toContain('value="nwe@pay.example"');
    expect(differs.html).not.toContain(PASSWORD);
    expect((await setPaypal('no address', T)).status).toBe(400);
    for (const proof of [{}, { password: 'not my password at all' }, { code: '000000', kind: 'app' }]) {
      const wrong = await setPaypal('new@pay.example', T, proof as Record<string, string>);
      expect([wrong.status, wrong.html]).toEqual([400, expect.stringContaining('This is not your present password')]);
    }
    expect(await rows("SELECT * FROM partner_facts WHERE field = 'paypal' AND n > 6")).toEqual([]);
    expect((await setPaypal('new@pay.example', T)).location).toBe('/partners/settings?done=paypal');
  });

  it('asks for a code where there is a second factor; the password alone is not enough', async () => {
    const { secret, cookie: next } = await setUp(ann, cookie);
    cookie = next;
    expect((await open('/partners/settings', T)).html).not.toContain('type="password"');
    expect((await setPaypal('new@pay.example', T)).status).toBe(400);
    expect((await setPaypal('new@pay.example', T, { code: await codeOf(secret), kind: 'app' })).status).toBe(303);
    // That code is used.
    expect((await setPaypal('more@pay.example', T, { code: await codeOf(secret), kind: 'app' })).status).toBe(400);
  });

  it('another address serves after 72 hours, as the page says; both are told with a link', async () => {
    expect(said(await open('/partners/settings', T))).toContain('Payouts go to ann@pay.example');
    await setPaypal('new@pay.example', T);
    const waits = said(await open('/partners/settings', T));
    expect(waits).toContain('from 9 April 2026, 11:00 on (P3). Until then payouts go to ann@pay.example');
    expect(said(await open('/partners/settings', later(72, T)))).toContain('Payouts go to new@pay.example');
    for (const address of ['ann@pay.example', 'new@pay.example']) {
      const { mail, path } = await mailed(address, T);
      expect(path).toMatch(/^\/partners\/stop\//);
      expect(mail?.html).toContain(path);
    }
    // Neither letter names the other address.
    expect(post.to('ann@pay.example')[0]?.text).not.toContain('new@pay.example');
    expect(post.to('new@pay.example')[0]?.text).not.toContain('ann@pay.example');
  });

  it('an address of another partner is not told to be taken, and does not serve', async () => {
    await newPartner('bob', { paypal_email: 'bob@pay.example' }, START);
    expect((await setPaypal('bob@pay.example', T)).location).toBe('/partners/settings?done=paypal');
    const text = said(await open('/partners/settings', later(73, T)));
    expect(text).toContain('bob@pay.example waits for one of us to look at it');
    expect(text).not.toMatch(/taken|another partner|in use/i);
  });
});

describe('the link that stops payouts (P3)', () => {
  const T = '2026-04-06T18:00:00Z';
  const AFTER = later(73, T);

  async function stopLink(): Promise<string> {
    await signup('acme');
    await pay('acme', 'pay1', month(1), 80_000);
    await setPaypal('thief@pay.example', T);
    return (await mailed('ann@pay.example', T)).path;
  }

  it('opening it does nothing; its button stops, for the freeze and for the explanation, until an operator decides', async () => {
    const path = await stopLink();
    const shown = await page(path, { at: T });
    expect([shown.status, shown.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(await rows('SELECT * FROM holds')).toEqual([]);
    const stopped = await page(path, { at: T, form: {} });
    expect([stopped.status, stopped.location]).toEqual([303, path]);
    expect(said(await page(path, { at: T }))).toContain('Payouts to the new address are stopped');
    // Once more changes nothing.
    await page(path, { at: later(1, T), form: {} });
    const holds = await rows<{ hold_id: string; kind: string; clause: string }>('SELECT * FROM holds');
    expect(holds).toMatchObject([
      { kind: 'address_in_use', clause: 'P3', partner_id: 'ann', opened_at: Date.parse(T) },
    ]);

    const gateOf = async (now: string) =>
      ((await earnings(now)).next_payout as { gates: { gate: string; passed: boolean }[] }).gates.find(
        ({ gate }) => gate === 'paypal_address',
      );
    // The former one serves meanwhile, and then nothing does.
    expect(await gateOf(later(1, T))).toMatchObject({ passed: true });
    expect(await gateOf(AFTER)).toMatchObject({ passed: false, detail: expect.stringContaining('operator’s check') });
    await friday('2026-04-17');
    expect(await rows('SELECT * FROM payouts')).toEqual([]);
    expect(said(await open('/partners/settings', AFTER))).toContain('thief@pay.example waits for one of us');

    const hold_id = holds[0]?.hold_id ?? '';
    const word = { decision: 'release', reason: 'She has been called, and it is hers.' };
    const decided = await call('POST', `/v1/holds/${hold_id}/decision`, { now: '2026-04-20T18:00:00Z', body: word });
    expect(decided.status).toBe(201);
    expect(await gateOf('2026-04-21T18:00:00Z')).toMatchObject({ passed: true });
    await friday('2026-04-24');
    expect(await rows('SELECT pay_date FROM payouts')).toEqual([{ pay_date: '2026-04-24' }]);
  });

  it('denied, the address never serves; another one does', async () => {
    const path = await stopLink();
    await page(path, { at: T, form: {} });
    const [hold] = await rows<{ hold_id: string }>('SELECT hold_id FROM holds');
    const word = { decision: 'deny', reason: 'Somebody else was in the account.' };
    await call('POST', `/v1/holds/${hold?.hold_id}/decision`, { now: later(2, T), body: word });
    expect(said(await open('/partners/settings', AFTER))).toContain('thief@pay.example waits for one of us');
    await setPaypal('thief@pay.example', AFTER);
    await friday('2026-04-17');
    expect(await rows('SELECT * FROM payouts')).toEqual([]);
    await setPaypal('mine@pay.example', '2026-04-18T18:00:00Z');
    await friday('2026-04-24');
    expect(await rows('SELECT p.email FROM payouts o JOIN people p ON p.person_id = o.person_id')).toEqual([
      { email: 'mine@pay.example' },
    ]);
  });

  it('works after the address has begun to serve too, and by the letter to the new address', async () => {
    await stopLink();
    const { path } = await mailed('thief@pay.example', T);
    expect((await page(path, { at: AFTER, form: {} })).status).toBe(303);
    expect(said(await open('/partners/settings', AFTER))).toContain('thief@pay.example waits for one of us');
  });

  it('a token that was altered, is another page’s or too old is a page that does not exist', async () => {
    const path = await stopLink();
    const missing = await page('/partners/stop/no-such-token', { at: T });
    expect(missing.status).toBe(404);
    const altered = `${path.slice(0, -6)}${path.endsWith('AAAAAA') ? 'BBBBBB' : 'AAAAAA'}`;
    for (const other of [altered, path.replace('/stop/', '/email/')])
      for (const form of [undefined, {}]) {
        const seen = await page(other, { at: T, ...(form ? { form } : {}) });
        expect([seen.status, said(seen)]).toEqual([404, said(missing)]);
      }
    expect((await page(path, { at: later(24 * 61, T), form: {} })).status).toBe(404);
    expect(await rows('SELECT * FROM holds')).toEqual([]);
  });

  it('a form of another site is refused', async () => {
    const path = await stopLink();
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await page(path, { at: T, form: {}, headers })).status).toBe(403);
    expect(await rows('SELECT * FROM holds')).toEqual([]);
  });
});

describe('name, country and residency (P4)', () => {
  const T = '2026-04-06T18:00:00Z';
  const answers = (yes: string[]) =>
    Object.fromEntries(
      ['us_citizen', 'us_green_card', 'us_over_183_days', 'us_worked_last_year'].map((name) => [
        name,
        yes.includes(name) ? 'yes' : 'no',
      ]),
    );

  it('name and country are kept; a country that does not exist is refused by its field', async () => {
    expect((await send('/partners/settings/profile', T, { name: 'Ann Other', country: 'XX' })).status).toBe(400);
    await send('/partners/settings/profile', T, { name: 'Ann Other', country: 'PT' });
    const text = await open('/partners/settings', T);
    expect(text.html).toMatch(/name="name"[^>]*value="Ann Other"/);
    expect(text.html).toMatch(/<option value="PT" selected[^>]*>Portugal/);
    expect(said(text)).toContain('Unanswered: until you have answered, nothing is paid');
  });

  it.each([
    [['us_citizen'], 'the form W-9 is asked for'],
    [['us_green_card', 'us_over_183_days'], 'the form W-9 is asked for'],
    [['us_over_183_days', 'us_worked_last_year'], 'One of us has to look at your answers'],
    [['us_worked_last_year'], 'the form W-8BEN is asked for, and one of us looks at it'],
    [[], 'the form W-8BEN is asked for. You are paid'],
  ])('P4: the answers %j come to “%s”', async (yes, outcome) => {
    await send('/partners/settings/profile', T, { name: 'Ann', country: 'PT' });
    const partial = await send('/partners/settings/residency', T, { us_citizen: 'yes' });
    expect([partial.status, partial.html]).toEqual([400, expect.stringContaining('Please answer this too')]);
    expect((await send('/partners/settings/residency', T, answers(yes))).status).toBe(303);
    expect(said(await open('/partners/settings', T))).toContain(outcome);
  });

  it('a move to the United States waits for an operator, and says so', async () => {
    await send('/partners/settings/profile', T, { name: 'Ann', country: 'PT' });
    await send('/partners/settings/profile', later(1, T), { name: 'Ann', country: 'US' });
    expect(said(await open('/partners/settings', later(1, T)))).toContain('one of us has to see it');
  });
});

describe('change of the email address', () => {
  const T = '2026-04-06T18:00:00Z';
  const NEXT = 'ann@elsewhere.example';
  const ask = (email: string, at = T, password = PASSWORD) => send('/partners/settings/email', at, { email, password });
  const contact = async () =>
    (
      await rows<{ email: string }>(
        "SELECT p.email FROM partner_facts f JOIN people p ON p.person_id = f.value WHERE f.partner_id = 'ann' AND f.field = 'contact' ORDER BY f.n DESC LIMIT 1",
      )
    )[0]?.email;
  const login = async () =>
    (await rows<{ email: string }>("SELECT email FROM auth_users WHERE partner_id = 'ann'"))[0]?.email;
  const confirm = (path: string, at = T, answer = 'confirm') => page(path, { at, form: { answer } });

  it('asks for the password, then both addresses; only once both have confirmed does it change, in one write', async () => {
    expect((await ask(NEXT, T, 'not my password at all')).status).toBe(400);
    expect((await ask(ann.email)).status).toBe(422);
    expect((await ask(NEXT)).location).toBe('/partners/settings/email?done=asked');
    const former = await mailed(ann.email, T);
    const next = await mailed(NEXT, T);
    expect([former.mail?.subject, next.mail?.subject]).toEqual([
      'Your email address is to be changed',
      'Confirm your email address',
    ]);
    expect(former.path).not.toBe(next.path);
    for (const { path } of [former, next]) expect((await page(path, { at: T })).status).toBe(200);
    expect(await contact()).toBe(ann.email);
    expect(said(await open('/partners/settings/email', T))).toContain(
      'not confirmed it, the new one has not confirmed it',
    );
    await confirm(next.path);
    // Twice from one side is not both.
    await confirm(next.path);
    expect([await contact(), await login()]).toEqual([ann.email, ann.email]);
    const done = await confirm(former.path);
    expect(done.status).toBe(303);
    expect(said(await page(former.path, { at: T }))).toContain('The address is changed');
    expect([await contact(), await login()]).toEqual([NEXT, NEXT]);
    expect((await signIn({ ...ann, email: NEXT })).status).toBe(303);
    expect((await signIn(ann)).status).toBe(400);
    // What the change kept of the address is gone; it is the contact's now.
    const kept = await rows('SELECT p.email FROM email_changes c JOIN people p ON p.person_id = c.person_id');
    expect(kept).toEqual([{ email: null }]);
  });

  it('either side calls it off, and so does the partner; a new wish replaces the former one', async () => {
    await ask(NEXT);
    const { path } = await mailed(NEXT, T);
    await ask('ann@third.example', later(1, T));
    expect(said(await page(path, { at: later(1, T) }))).toContain('The change was called off');
    await confirm(path, later(1, T));
    const third = await mailed('ann@third.example', later(1, T));
    await confirm(third.path, later(1, T), 'off');
    expect(said(await open('/partners/settings/email', later(1, T)))).not.toContain('ann@third.example');
    await ask(NEXT, later(2, T));
    await send('/partners/settings/email/off', later(2, T), {});
    const outcomes = await rows<{ outcome: string }>('SELECT outcome FROM email_changes');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['called_off', 'called_off', 'called_off']);
    expect(await contact()).toBe(ann.email);
  });

  it('lapses after two days', async () => {
    await ask(NEXT);
    const [former, next] = [await mailed(ann.email, T), await mailed(NEXT, T)];
    await confirm(former.path, later(48, T));
    expect((await confirm(next.path, later(48.01, T))).status).toBe(404);
    expect(await contact()).toBe(ann.email);
    expect(said(await open('/partners/settings/email', later(48.01, T)))).not.toContain(NEXT);
  });

  it('an address by which somebody else signs in is asked all the same, and is not taken over', async () => {
    await newPartner('bob', {}, START);
    await readerOf('bob', 'bob@elsewhere.example');
    expect((await ask('bob@elsewhere.example')).location).toBe('/partners/settings/email?done=asked');
    const [former, next] = [await mailed(ann.email, T), await mailed('bob@elsewhere.example', T)];
    await confirm(former.path);
    expect((await confirm(next.path)).status).toBe(409);
    expect([await contact(), await login()]).toEqual([ann.email, ann.email]);
  });

  it('a few are asked for in a day at most', async () => {
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await ask(`ann${i}@elsewhere.example`)).status);
    expect(statuses).toEqual([303, 303, 303, 303, 303, 429]);
  });

  it('what an operator changes moves the sign-in too', async () => {
    await call('PATCH', '/v1/partners/ann', { now: T, body: { email: NEXT } });
    expect([await contact(), await login()]).toEqual([NEXT, NEXT]);
  });
});

describe('API tokens', () => {
  const T = '2026-04-06T18:00:00Z';
  // Tokens are for the address that the pages are opened at.
  const own_url = { PUBLIC_URL: 'http://localhost' } as Partial<typeof env>;
  const issue = (scopes: string[], days: string, password = PASSWORD) =>
    send('/partners/settings/tokens', T, {
      ...Object.fromEntries(scopes.map((scope) => [`scope_${scope}`, 'yes'])),
      days,
      password,
    });
  const tokenIn = ({ html }: PageSeen) => /<pre[^>]*>([\w.-]+)<\/pre>/.exec(html)?.[1] ?? '';

  it('are issued as the API does, shown once, listed, and revoked', async () => {
    const issued = await issue(['read'], '30');
    const token = tokenIn(issued);
    expect((await call('GET', '/v1/me', { as: token, now: T, env: own_url })).status).toBe(200);
    expect(
      (
        await call('POST', '/v1/links', {
          as: token,
          now: T,
          env: own_url,
          body: { destination: 'https://www.example.com/' },
        })
      ).status,
    ).toBe(403);
    const listed = await open('/partners/settings/tokens', T);
    expect(listed.html).not.toContain(token);
    const [own] = await rows<{ jti: string; issued_by: string; expires_at: number }>(
      "SELECT * FROM tokens WHERE issued_by = 'partner:ann'",
    );
    expect(own?.expires_at).toBe(Date.parse(T) + 30 * 24 * HOUR);
    expect(listed.html).toContain(own?.jti);
    expect((await send('/partners/settings/tokens/revoke', T, { jti: own?.jti ?? '' })).status).toBe(303);
    expect((await call('GET', '/v1/me', { as: token, now: T, env: own_url })).status).toBe(401);
  });

  it('one for payouts holds for a day at most; nothing chosen, or a wrong password, issues none', async () => {
    const before = await rows('SELECT jti FROM tokens');
    expect((await issue(['read', 'payout'], '30')).status).toBe(422);
    expect((await issue([], '1')).status).toBe(400);
    expect((await issue(['read'], '7')).status).toBe(400);
    expect((await issue(['payout'], '1', 'not my password at all')).status).toBe(400);
    expect(await rows('SELECT jti FROM tokens')).toEqual(before);
    const token = tokenIn(await issue(['read', 'payout'], '1'));
    const set = { paypal_email: 'api@pay.example' };
    expect((await call('PATCH', '/v1/me', { as: token, now: T, env: own_url, body: set })).status).toBe(200);
  });

  it('another partner’s token is one that does not exist', async () => {
    await newPartner('bob', {}, START);
    const theirs = await call('POST', '/v1/partners/bob/tokens', { now: T, env: own_url, body: {} });
    const asked = async (jti: string) => {
      const seen = await send('/partners/settings/tokens/revoke', T, { jti });
      return [seen.status, seen.html];
    };
    expect(await asked(theirs.body.jti)).toEqual(await asked('tok_that_never_was'));
    expect((await call('GET', '/v1/me', { as: theirs.body.token, now: T, env: own_url })).status).toBe(200);
  });
});

describe('which mails to get', () => {
  const T = '2026-04-06T18:00:00Z';

  it('a kind that is not wanted is not sent; what is about addresses goes all the same', async () => {
    const form = { paid_letter: 'yes', gate_letter: 'yes', address_letter: '' };
    expect((await send('/partners/settings/mails', T, form)).location).toBe('/partners/settings/mails?done=kept');
    const shown = await open('/partners/settings/mails', T);
    expect(shown.html).toMatch(/name="paid_letter" value="yes" checked/);
    expect(shown.html).not.toMatch(/name="list_letter" value="yes" checked/);
    expect(shown.html).not.toContain('address_letter');
    const list = await call('POST', '/v1/expected-clients', {
      as: (await call('POST', '/v1/partners/ann/tokens', { now: T, body: {} })).body.token,
      now: T,
      body: [{ email: 'new@client.example' }],
    });
    const accepted = await call('POST', `/v1/expected-clients/${list.body.list_id}/acceptance`, {
      now: T,
      body: { reason: 'known to us' },
    });
    expect(accepted.status).toBeLessThan(300);
    await setPaypal('new@pay.example', T);
    await post.run(T);
    expect((await outbox('list_letter')).map(({ status, reason }) => [status, reason])).toEqual([
      ['dropped', 'not_wanted'],
    ]);
    expect(post.to('new@pay.example').length).toBe(1);
  });
});

it('settings of somebody who has not signed in are the sign-in', async () => {
  for (const path of ['', '/email', '/mails', '/tokens', '/security', '/security/second-factor']) {
    const seen = await page(`/partners/settings${path}`);
    expect(seen.location).toContain('/partners/sign-in?next=');
    expect((await page(`/partners/settings${path}`, { form: {} })).location).toBe('/partners/sign-in');
  }
  expect(await env.BOOKS.prepare('SELECT count(*) AS n FROM email_changes').first()).toEqual({ n: 0 });
});
