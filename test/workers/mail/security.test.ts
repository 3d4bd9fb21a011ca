import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { page } from '../../support/pages.ts';
import { begin, earnings, friday, month, pay, signup, START } from '../earnings/play.ts';
import { PASSWORD, signedIn, somebody } from '../identity/people.ts';
import { ben, call, newPartner, rows, tokenOf } from '../partner/api.ts';
import { outbox, Post, type Sent } from './post.ts';

const ann = { ...somebody('partner', 'ann'), email: 'ann@partners.example' };
const bob = { ...somebody('partner', 'bob'), email: 'bob@partners.example' };
const T = '2026-04-06T18:00:00Z';
const LATER = '2026-04-06T19:00:00Z';

let post = new Post();
beforeEach(async () => {
  await begin();
  post = new Post();
  post.public_url = 'http://localhost';
});

/** What an address is mailed about since the last look; the mails about passwords of the set-up left out. */
async function told(address: string, at = T): Promise<Sent[]> {
  const before = post.to(address).length;
  await post.run(at);
  return post
    .to(address)
    .slice(before)
    .filter((mail) => !/password/i.test(mail.subject));
}

const setByApi = async (partner_id: string, paypal_email: string | null, at = T) =>
  call('PATCH', '/v1/me', { as: await tokenOf(partner_id, 'read payout', at), now: at, body: { paypal_email } });

const PAGE = { paypal_email: 'new@pay.example', paypal_again: 'new@pay.example', password: PASSWORD };

describe('an API token that is issued', () => {
  it('in the Partner Center is told to the partner’s contact: what, when, from where, and what to do', async () => {
    const cookie = await signedIn(ann);
    await told(ann.email);
    const form = { scope_read: 'yes', days: '30', password: PASSWORD };
    const issued = await page('/partners/settings/tokens', { cookie, at: LATER, form });
    const token = /<pre[^>]*>([\w.-]+)<\/pre>/.exec(issued.html)?.[1] ?? '';
    expect(token).not.toBe('');
    const [mail, ...more] = await told(ann.email, LATER);
    expect([mail?.subject, more]).toEqual(['An API token was issued for you', []]);
    for (const text of [mail?.text ?? '', mail?.html ?? '']) {
      expect(text).toContain('On 6 April 2026');
      expect(text).toContain('in the Partner Center');
      expect(text).toContain('http://localhost/partners/forgot');
      expect(text).toContain('revoke');
      expect(text).not.toContain(token);
    }
  });

  it('by an operator’s key for a day or less is told to nobody: a company’s own pages fetch those', async () => {
    await told(ann.email);
    for (const body of [{ expires_in: 86_400 }, { expires_in: 600 }, { scope: 'read payout' }])
      expect((await call('POST', '/v1/partners/ann/tokens', { as: ben, now: T, body })).status).toBe(201);
    expect(await told(ann.email)).toEqual([]);
    await call('POST', '/v1/partners/ann/tokens', { as: ben, now: T, body: { expires_in: 86_401 } });
    expect(await told(ann.email)).toHaveLength(1);
  });

  it('by an operator’s key is told too, once for a key of the caller’s; the token stands in no mail and no row', async () => {
    await told(ann.email);
    const ask = () => call('POST', '/v1/partners/ann/tokens', { as: ben, now: T, key: 'once', body: {} });
    const [first, replay] = [await ask(), await ask()];
    expect([first.status, replay.status, replay.body.token]).toEqual([201, 200, first.body.token]);
    const mails = await told(ann.email);
    expect(mails.map((mail) => mail.subject)).toEqual(['An API token was issued for you']);
    expect(mails[0]?.text).toContain('by one of our people');
    const kept = JSON.stringify(await rows('SELECT * FROM mail_outbox'));
    for (const text of [kept, mails[0]?.text]) expect(text).not.toContain(first.body.token);
  });

  it('what came to nothing is told to nobody', async () => {
    await told(ann.email);
    const body = { scope: 'payout', expires_in: 30 * 86_400 };
    expect((await call('POST', '/v1/partners/ann/tokens', { now: T, body })).status).toBe(422);
    expect((await call('POST', '/v1/partners/nobody/tokens', { now: T, body: {} })).status).toBe(404);
    expect(await told(ann.email)).toEqual([]);
  });
});

describe('a PayPal address (P3)', () => {
  it('the first one, by the API, is told to the contact, with a link that stops payouts to it', async () => {
    await newPartner('bob', {}, START);
    expect((await setByApi('bob', 'thief@pay.example')).status).toBe(200);
    const mails = (await told(bob.email)).filter((mail) => !mail.subject.includes('token'));
    expect(mails.map((mail) => mail.subject)).toEqual(['A PayPal address was set for you']);
    const [{ text } = { text: '' }] = mails;
    expect(text).toContain('On 6 April 2026');
    expect(text).toContain('through the API');
    expect(text).not.toContain('thief@pay.example');
    const path = new URL(/http:\S+\/partners\/stop\/\S+/.exec(text)?.[0] ?? '').pathname;
    expect((await page(path, { at: LATER, form: {} })).status).toBe(303);
    expect(await rows("SELECT partner_id FROM holds WHERE kind = 'address_in_use'")).toEqual([{ partner_id: 'bob' }]);
  });

  it('one that replaces another is told to the contact as well as to both addresses; set again it tells nothing', async () => {
    const cookie = await signedIn(ann);
    await told(ann.email);
    expect((await page('/partners/settings/paypal', { cookie, at: LATER, form: PAGE })).status).toBe(303);
    const [mail, ...more] = await told(ann.email, LATER);
    expect([mail?.subject, more]).toEqual(['Your PayPal address was changed', []]);
    expect(mail?.text).toContain('in the Partner Center');
    expect(mail?.text).toMatch(/\/partners\/stop\//);
    expect(mail?.text).not.toContain('@pay.example');
    expect([post.to('ann@pay.example').length, post.to('new@pay.example').length]).toEqual([1, 1]);
    await page('/partners/settings/paypal', { cookie, at: LATER, form: PAGE });
    expect(await told(ann.email, LATER)).toEqual([]);
  });

  it('what an operator sets, and what is removed, is told too; the stop link of a letter stops what it told of', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1), 80_000);
    await call('PATCH', '/v1/partners/ann', { now: T, body: { paypal_email: null } });
    const removed = (await told(ann.email)).at(-1);
    expect(removed?.subject).toBe('Your PayPal address was removed');
    expect(removed?.text).toContain('by one of our people');
    expect(removed?.text).not.toContain('/stop/');
    await call('PATCH', '/v1/partners/ann', { now: T, body: { paypal_email: 'ann@pay.example' } });
    const [again] = await told(ann.email);
    expect(again?.subject).toBe('A PayPal address was set for you');
    const path = new URL(/http:\S+\/partners\/stop\/\S+/.exec(again?.text ?? '')?.[0] ?? '').pathname;
    await page(path, { at: LATER, form: {} });
    const { gates } = (await earnings(LATER)).next_payout as { gates: { gate: string; passed: boolean }[] };
    expect(gates.find(({ gate }) => gate === 'paypal_address')).toMatchObject({ passed: false });
    await friday('2026-04-17');
    expect(await rows('SELECT * FROM payouts')).toEqual([]);
  });

  it('goes to a partner who has switched all mails off, and a name that changes tells nothing', async () => {
    const cookie = await signedIn(ann);
    await page('/partners/settings/mails', { cookie, at: T, form: {} });
    await told(ann.email);
    await page('/partners/settings/profile', { cookie, at: T, form: { name: 'Ann Other', country: 'US' } });
    expect(await told(ann.email)).toEqual([]);
    await page('/partners/settings/paypal', { cookie, at: LATER, form: PAGE });
    expect((await told(ann.email, LATER)).length).toBe(1);
    expect((await outbox('security_letter')).filter(({ status }) => status === 'dropped')).toEqual([]);
  });

  it('is told in the write that sets it, or not at all', async () => {
    const { n } = (await env.BOOKS.prepare('SELECT count(*) AS n FROM mail_outbox').first<{ n: number }>()) ?? {
      n: -1,
    };
    await env.BOOKS.exec("CREATE TRIGGER no_fact BEFORE INSERT ON partner_facts BEGIN SELECT RAISE(ABORT, 'no'); END");
    const failed = await call('PATCH', '/v1/partners/ann', { now: T, body: { paypal_email: 'new@pay.example' } });
    await env.BOOKS.exec('DROP TRIGGER no_fact');
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(await rows('SELECT count(*) AS n FROM mail_outbox')).toEqual([{ n }]);
  });
});

it('of an applicant’s address, which is perhaps nobody’s, nothing is told', async () => {
  await newPartner('cyd', { status: 'applied' }, START);
  await call('PATCH', '/v1/partners/cyd', { now: T, body: { paypal_email: 'cyd@pay.example' } });
  expect(await told('cyd@partners.example')).toEqual([]);
});
