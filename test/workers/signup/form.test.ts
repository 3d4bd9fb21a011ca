import { beforeEach, describe, expect, it } from 'vitest';

import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const T0 = '2026-03-01T12:00:00Z';
const T1 = '2026-03-01T12:05:00Z';
const clicked = (code: string, at = '2026-02-20T00:00:00Z') => giveToken({ code, at });
const record = (account_id: string, more: object = {}, at = T1) =>
  call('POST', '/v1/signups', { at, body: { account_id, email: 'client@client.example', ...more } });

interface FormAnswer {
  account_id: string;
  signup_ref: string;
}

async function form(fields: Record<string, string>, options: Parameters<typeof sendForm>[1] = {}): Promise<FormAnswer> {
  const response = await sendForm({ email: 'client@client.example', ...fields }, { at: T0, ...options });
  expect(response.status).toBe(201);
  return response.json();
}

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('eve');
});

describe('a browser form', () => {
  it('L1: takes the token of the cookie or of a hidden field, and of two the later click', async () => {
    const cookie = `__Host-lastclick=${await clicked('ann', '2026-02-20T00:00:00Z')}`;
    const { account_id } = await form({ referral_token: await clicked('eve', '2026-02-21T00:00:00Z') }, { cookie });
    expect((await call('GET', `/v1/accounts/${account_id}`, { as: 'ana' })).body).toMatchObject({
      opened_by: 'form',
      referrer: { partner_id: 'eve' },
    });
  });

  it('L1: of two cookies of the name, as after a change of COOKIE_DOMAIN, the later click', async () => {
    const [older, later] = [await clicked('ann', '2026-02-20T00:00:00Z'), await clicked('eve', '2026-02-21T00:00:00Z')];
    // Browsers send the older cookie first.
    const { account_id } = await form({}, { cookie: `__Host-lastclick=${older}; a=1; __Host-lastclick=${later}` });
    const { body } = await call('GET', `/v1/accounts/${account_id}`, { as: 'ana' });
    expect(body).toMatchObject({ referrer: { partner_id: 'eve' } });
  });

  it('is joined to the account whose trusted record brings its signup_ref, once', async () => {
    const { signup_ref } = await form({ referral_token: await clicked('ann') });
    expect((await record('a1', { signup_ref })).body).toMatchObject({
      referrer: { partner_id: 'ann', source: 'last_click' },
      flags: [],
    });
    expect((await record('a2', { signup_ref, email: 'two@client.example' })).body).toMatchObject({
      referrer: null,
      flags: ['invalid_signup_ref'],
    });
  });

  it('is joined by the same token: its answer then counts as the record’s own', async () => {
    const referral_token = await clicked('ann', '2026-03-02T00:00:00Z');
    await form({ referral_token, how_heard: 'eve@partners.example' });
    expect((await record('a1', { referral_token })).body).toMatchObject({
      referrer: { partner_id: 'eve', source: 'how_heard' },
    });
  });

  it('cannot claim another’s account id: the id in it is a hint, never a key', async () => {
    await record('victim');
    const { account_id } = await form({ account_id: 'victim', referral_token: await clicked('eve') });
    expect(account_id).not.toBe('victim');
    expect((await call('GET', '/v1/accounts/victim', { as: 'ana' })).body).toMatchObject({
      referrer: null,
      decisions: [{ outcome: 'no_referrer' }],
    });
    const { account_id: early } = await form({
      account_id: 'not-yet',
      referral_token: await clicked('eve'),
      email: 'x@else.example',
    });
    expect(early).not.toBe('not-yet');
    expect((await record('not-yet', { email: 'y@else.example' })).body['referrer']).toBeNull();
  });

  it('cannot override an account that the server has recorded', async () => {
    await record('a1', { referral_token: await clicked('ann') }, T0);
    await form({ referral_token: await clicked('eve', '2026-03-01T11:00:00Z') }, { at: T1 });
    expect((await call('GET', '/v1/accounts/a1', { as: 'ana' })).body).toMatchObject({
      referrer: { partner_id: 'ann' },
      decisions: [{ partner_id: 'ann' }],
    });
  });

  it('cannot unpark a stranger’s payments', async () => {
    const payment = { payment_id: 'p1', account_id: 'victim', amount: 7900, currency: 'USD', paid_at: T0 };
    await call('POST', '/v1/payments', { body: payment });
    await form({ account_id: 'victim', referral_token: await clicked('eve') });
    expect((await call('POST', '/v1/payments', { body: payment })).body).toMatchObject({
      status: 'parked',
      commission: null,
    });
  });

  it('by address alone it is evidence: the referrer is shown, its lines held until an operator’s word', async () => {
    await form({ referral_token: await clicked('eve') });
    const answer = await record('a1');
    expect(answer.body).toMatchObject({ referrer: { partner_id: 'eve', source: 'last_click' }, flags: ['form_join'] });
    expect((await call('GET', '/v1/holds', { as: 'ana' })).body['data']).toMatchObject([
      { kind: 'form_join', account_id: 'a1', partner_id: 'eve' },
    ]);
    const [{ hold_id }] = (await call('GET', '/v1/holds', { as: 'ana' })).body['data'] as unknown as [
      { hold_id: string },
    ];
    await call('POST', `/v1/holds/${hold_id}/decision`, {
      as: 'ana',
      body: { decision: 'deny', reason: 'the client said no' },
    });
    expect((await call('GET', '/v1/accounts/a1', { as: 'ana' })).body).toMatchObject({ referrer: null, flags: [] });
  });

  it('by address alone it outranks nothing: neither the client’s own token nor the client’s own answer', async () => {
    await form({ referral_token: await clicked('eve', '2026-03-01T11:59:00Z') });
    expect((await record('a1', { referral_token: await clicked('ann') })).body).toMatchObject({
      referrer: { partner_id: 'ann' },
      flags: [],
    });
    expect((await record('a2', { how_heard: 'ann@partners.example' })).body).toMatchObject({
      referrer: { partner_id: 'ann', source: 'how_heard' },
      flags: [],
    });
  });

  it('by address alone the last of several counts, within 24 hours before the record and not after it', async () => {
    await form({ referral_token: await clicked('eve') }, { at: '2026-02-28T12:00:00Z' });
    expect((await record('a0', {}, T0)).body['referrer']).toBeNull();
    await form({ referral_token: await clicked('eve') }, { at: '2026-03-01T11:00:00Z' });
    await form({ referral_token: await clicked('ann') }, { at: '2026-03-01T11:30:00Z' });
    await form({ referral_token: await clicked('eve') }, { at: '2026-03-01T12:00:05Z' });
    expect((await record('a1', {}, T0)).body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: ['form_join'] });
  });

  it('goes on to `next` on an allowed origin only, with the signup_ref added', async () => {
    const next = 'https://www.example.com/welcome?x=1';
    const sent = await sendForm({ email: 'a@client.example', next }, { at: T0, origin: 'https://www.example.com' });
    expect(sent.status).toBe(303);
    const url = new URL(sent.headers.get('location') ?? '');
    expect([url.origin, url.pathname, url.searchParams.get('x')]).toEqual(['https://www.example.com', '/welcome', '1']);
    expect(url.searchParams.get('signup_ref')).toMatch(/^sr_/);
    const elsewhere = [
      'https://evil.example/',
      '//evil.example',
      'javascript:alert(1)',
      'https://www.example.com@evil.example/',
      'https://user:pw@www.example.com/',
      'http://www.example.com/',
      '/\\evil.example',
    ];
    for (const target of elsewhere) {
      const answer = await sendForm({ email: 'a@client.example', next: target }, { at: T0 });
      expect([target, answer.status, answer.headers.get('location')]).toEqual([target, 201, null]);
    }
  });

  it('from another origin is refused, and so is another content type', async () => {
    expect((await sendForm({ email: 'a@client.example' }, { origin: 'https://evil.example' })).status).toBe(403);
    const json = await call('POST', '/signups', { as: 'nobody', body: { email: 'a@client.example' } });
    expect(json).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect((await sendForm({ email: 'no address' }, { at: T0 })).status).toBe(400);
  });

  it('never says whether an address or id was known', async () => {
    await record('a1', { referral_token: await clicked('ann') }, T0);
    const known = await form({ account_id: 'a1', referral_token: await clicked('ann') });
    const unknown = await form({
      account_id: 'zz',
      email: 'nobody@nowhere.example',
      referral_token: await clicked('ann'),
    });
    expect(Object.keys(known).toSorted()).toEqual(Object.keys(unknown).toSorted());
  });
});
