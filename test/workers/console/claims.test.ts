import { beforeEach, describe, expect, it } from 'vitest';

import { auditLog } from '../../../src/program/program.schema.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { operatorReader, page, textOf, type Reader } from '../../support/pages.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { askedBy, doOn, wellFormed } from './vault.ts';

const NOW = '2026-03-02T12:00:00Z';
const SIGNUP = '2026-02-20T12:00:00Z';
let ana: Reader;

async function tokenOf(partner_id: string): Promise<string> {
  const { body } = await call('POST', `/v1/partners/${partner_id}/tokens`, { as: 'ana', at: NOW, body: {} });
  return String(body['token']);
}

async function signup(account_id: string, more: object = {}): Promise<void> {
  const body = { account_id, email: `holder@${account_id.replace('_', '-')}.example`, signed_up_at: SIGNUP, ...more };
  expect((await call('POST', '/v1/signups', { at: SIGNUP, body })).status).toBe(201);
  const payment = { payment_id: `pay_${account_id}`, account_id, amount: 7900, currency: 'USD', paid_at: SIGNUP };
  expect((await call('POST', '/v1/payments', { at: SIGNUP, body: payment })).status).toBe(201);
}

async function claim(partner_id: string, body: object): Promise<string> {
  const token = await tokenOf(partner_id);
  const filed = await call('POST', '/v1/claims', { as: { token }, at: NOW, body });
  expect(filed.status).toBe(201);
  return String(filed.body['claim_id']);
}

beforeEach(async () => {
  await freshDatabases();
  ana = await operatorReader('ana');
  await givePartner('pia');
  await givePartner('quinn');
});

const doing = (as = ana) => ({ as, at: NOW });
const open = async (path: string, at = NOW) => wellFormed(await page(path, { as: ana, at }));
const logged = async () => (await books().select().from(auditLog)).map(({ actor, action }) => `${actor} ${action}`);

describe('claims', () => {
  it('R3: support records the client’s yes with what shows it, after the commission was named', async () => {
    await signup('acct_1');
    const claim_id = await claim('pia', { kind: 'claim', account_id: 'acct_1', note: 'We spoke at the fair' });
    expect((await open('/console/claims')).html).toContain(`/console/claims/${claim_id}"`);
    const seen = textOf((await open(`/console/claims/${claim_id}`)).html);
    for (const words of ['waits for the client', 'We spoke at the fair', 'Record the client’s word'])
      expect(seen).toContain(words);
    const path = `/console/claims/${claim_id}/confirmation`;
    const bare = await askedBy(path, { answer: 'yes' }, doing());
    expect([bare.status, textOf(bare.html)]).toEqual([400, expect.stringContaining('What shows it is needed')]);
    const done = await doOn(path, { answer: 'yes', evidence: 'Ticket 42, from the holder’s address' }, doing());
    expect(done.question).toContain('19.75 USD are booked for pia');
    expect(done.location).toBe(`/console/claims/${claim_id}?done=confirmed`);
    expect((await booked('acct_1')).map(({ partner_id, amount }) => [partner_id, amount])).toEqual([['pia', 1975]]);
    const after = textOf((await open(`/console/claims/${claim_id}`)).html);
    for (const words of ['granted', 'Ticket 42', 'claim.confirmation', 'yes']) expect(after).toContain(words);
    expect(await logged()).toContain('ana claim.confirmation');
    const other = await askedBy(path, { answer: 'no', evidence: 'Another ticket' }, doing());
    expect([other.status, textOf(other.html)]).toEqual([422, expect.stringContaining('decided already')]);
    expect(textOf((await open('/console/claims')).html)).toContain('None waits');
    expect((await open('/console/claims?status=all')).html).toContain(claim_id);
    await expectTheLaw(['acct_1']);
  });

  it('R4: an audit shows the clicks that it went by, with whose they were', async () => {
    await signup('acct_1', { referral_token: await giveToken({ code: 'pia', at: '2026-02-19T12:00:00Z' }) });
    const claim_id = await claim('quinn', { kind: 'audit', account_id: 'acct_1' });
    const text = textOf((await open(`/console/claims/${claim_id}`)).html);
    for (const words of ['Audit', 'unchanged', 'The recorded clicks', 'pia', 'won']) expect(text).toContain(words);
    expect((await open('/console/claims/clm_none')).status).toBe(404);
  });
});

describe('holds', () => {
  it('S3: a possible self-referral is listed with its age and denied with what it takes back', async () => {
    await givePartner('rosa', { email: 'rosa@studio.example' });
    const referral_token = await giveToken({ code: 'rosa', at: '2026-02-19T12:00:00Z' });
    await signup('acct_2', { email: 'office@studio.example', referral_token });
    const list = await open('/console/holds?kind=self_referral');
    expect(textOf(list.html)).toMatch(/possible self-referral .*10 days/);
    const path = /\/console\/holds\/hold_[0-9a-f]+/.exec(list.html)?.[0] ?? '';
    expect(textOf((await open(path)).html)).toContain('19.75 USD of rosa are held');
    const form = { decision: 'deny', reason: 'It is her own studio' };
    const done = await doOn(`${path}/decision`, form, doing());
    expect(done.question).toContain('19.75 USD of rosa are held');
    expect(done.question).toContain('19.75 USD are taken back from rosa');
    expect(done.location).toBe(`${path}?done=denied`);
    expect(textOf((await open(path)).html)).toContain('It is her own studio');
    expect(await logged()).toContain('ana hold.deny');
    expect((await askedBy(`${path}/decision`, { decision: 'release', reason: 'No' }, doing())).status).toBe(422);
    expect(textOf((await open('/console/holds')).html)).toContain('None.');
    expect((await open('/console/holds?status=decided')).html).toContain(path);
    await expectTheLaw(['acct_2']);
  });

  it('P4: a partner’s hold names what is payable and waits', async () => {
    await givePartner('tom', { country: 'DE' });
    const { body } = await call('POST', '/v1/partners/tom/tokens', { as: 'ana', at: NOW, body: { scope: 'payout' } });
    const as = { token: String(body['token']) };
    await call('PATCH', '/v1/me', { as, at: NOW, body: { country: 'US' } });
    await call('POST', '/v1/partners/tom/adjustments', {
      as: 'ana',
      at: NOW,
      body: { adjustment_id: 'a1', amount: 900, reason: 'x' },
    });
    const path = /\/console\/holds\/hold_[0-9a-f]+/.exec((await open('/console/holds')).html)?.[0] ?? '';
    const done = await doOn(`${path}/decision`, { decision: 'release', reason: 'Seen the papers' }, doing());
    expect(done.question).toContain('9.00 USD is payable to tom');
    expect(done.location).toBe(`${path}?done=released`);
    expect(textOf((await open('/console/partners/tom')).html)).toContain('Residency (P4): passed');
  });
});

describe('parked facts, lists and signals', () => {
  it('a parked payment is dismissed with its amount and its reason', async () => {
    const body = { payment_id: 'pay_x', account_id: 'nobody', amount: 7900, currency: 'USD', paid_at: SIGNUP };
    expect((await call('POST', '/v1/payments', { at: SIGNUP, body })).status).toBe(202);
    const list = await open('/console/parked');
    expect(textOf(list.html)).toContain('nobody has opened this account');
    const path = '/console/parked/payment.pay_x/dismissal';
    expect(list.html).toContain(path);
    const done = await doOn(path, { reason: 'A test of the shop' }, doing());
    expect(done.question).toContain('The payment pay_x of 79.00 USD never was');
    expect(done.location).toBe('/console/parked?done=dismissed');
    expect(textOf((await open('/console/parked')).html)).toContain('Nothing is parked');
    expect((await open('/console/parked/payment.none/dismissal')).status).toBe(404);
    expect((await open('/console/parked/nonsense/dismissal')).status).toBe(404);
  });

  it('B1: a list is accepted after its verdicts were counted', async () => {
    await signup('acct_1');
    const rows = [{ email: 'new@client.example' }, { email: 'holder@acct-1.example' }, { email: 'nonsense' }];
    const as = { token: await tokenOf('pia') };
    const handed = await call('POST', '/v1/expected-clients', { as, at: NOW, body: rows });
    const list_id = String(handed.body['list_id']);
    expect((await open('/console/expected')).html).toContain(`/console/expected/${list_id}"`);
    const seen = textOf((await open(`/console/expected/${list_id}`)).html);
    for (const words of ['new@client.example', 'have an account already', 'malformed']) expect(seen).toContain(words);
    const done = await doOn(`/console/expected/${list_id}/acceptance`, { reason: 'Known clients' }, doing());
    expect(done.question).toContain('1 rows are accepted, and attribute signups to pia up to 1 April 2026');
    expect(done.question).toContain('1 have an account already');
    expect(done.location).toBe(`/console/expected/${list_id}?done=accepted`);
    expect(await logged()).toContain('ana expected.accept');
    expect((await askedBy(`/console/expected/${list_id}/acceptance`, { reason: 'Again' }, doing())).status).toBe(422);
  });

  it('signals and failed mails open, by kind and by page', async () => {
    const referral_token = await giveToken({ code: 'pia', at: '2026-02-20T11:59:58Z' });
    await signup('acct_3', { referral_token });
    expect(textOf((await open('/console/signals?kind=quick_signup')).html)).toContain('2 seconds after the click');
    expect(textOf((await open('/console/signals?kind=own_browser')).html)).toContain('Nothing was noticed');
    for (const path of [
      '/console/signals?cursor=x',
      '/console/mails',
      '/console/mails?cursor=abc',
      '/console/holds?cursor=%00',
    ])
      expect((await open(path)).status).toBe(200);
  });
});
