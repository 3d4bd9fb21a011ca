import { compactVerify, importJWK } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const AT = '2026-03-01T12:00:00Z';
const signup = (account_id: string, more: object = {}) => ({
  account_id,
  email: `${account_id}@client.example`,
  signed_up_at: AT,
  ...more,
});
const post = (body: object, at = AT) => call('POST', '/v1/signups', { at, body });

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@partners.example' });
  await givePartner('bob', { email: 'bob@partners.example' });
});

describe('a trusted record', () => {
  it('L1: the last tracked click before signing up is the referrer, and the receipt says so', async () => {
    const answer = await post(
      signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' }) }),
    );
    expect(answer).toMatchObject({
      status: 201,
      body: { referrer: { partner_id: 'ann', source: 'last_click', clicked_at: '2026-02-20T00:00:00Z' }, flags: [] },
    });
    const { x, kty, crv } = JSON.parse(localSecrets.TOKEN_PRIVATE_JWK);
    const { payload } = await compactVerify(String(answer.body['receipt']), await importJWK({ x, kty, crv }, 'EdDSA'));
    const receipt = new TextDecoder().decode(payload);
    expect(JSON.parse(receipt)).toMatchObject({ account_id: 'a1', partner_id: 'ann', clause: 'L1', policy_version: 1 });
    expect(receipt).not.toContain('client.example');
  });

  it('L2: a click after the signup changes nothing; one in the same second counts', async () => {
    const later = await post(
      signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2026-03-01T12:00:01Z' }) }),
    );
    expect(later.body['referrer']).toBeNull();
    const same = await post(
      signup('a2', { referral_token: await giveToken({ code: 'ann', at: '2026-03-01T12:00:00.900Z' }) }),
    );
    expect(same.body['referrer']).toMatchObject({ partner_id: 'ann' });
  });

  it('L2: a click older than the click lifetime does not win; the last instant is included', async () => {
    const old = await post(
      signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2025-03-01T11:59:59Z' }) }),
    );
    expect(old.body).toMatchObject({ referrer: null, flags: ['invalid_token'] });
    const last = await post(
      signup('a2', { referral_token: await giveToken({ code: 'ann', at: '2025-03-01T12:00:00Z' }) }),
    );
    expect(last.body['referrer']).toMatchObject({ partner_id: 'ann' });
  });

  it('a forged token never loses the signup: it attributes nothing and is flagged', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
    const forged = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    expect(await post(signup('a1', { referral_token: forged }))).toMatchObject({
      status: 201,
      body: { referrer: null, flags: ['invalid_token'] },
    });
    expect(await post(signup('a2', { referral_token: 'nonsense' }))).toMatchObject({
      status: 201,
      body: { referrer: null, flags: ['invalid_token'] },
    });
  });

  it('L1: a token whose code the link store could not resolve is resolved at the signup', async () => {
    const answer = await post(
      signup('a1', { referral_token: await giveToken({ code: 'bob', at: '2026-02-20T00:00:00Z', partner_id: null }) }),
    );
    expect(answer.body['referrer']).toMatchObject({ partner_id: 'bob', code: 'bob' });
  });

  it('L1: a click on the link of a partner who was not active then does not win', async () => {
    await givePartner('sue', { status: 'suspended' });
    const answer = await post(
      signup('a1', { referral_token: await giveToken({ code: 'sue', at: '2026-02-20T00:00:00Z' }) }),
    );
    expect(answer.body['referrer']).toBeNull();
  });

  it('L3: without a click the answer names the one active partner whose registered address it holds', async () => {
    expect(
      (await post(signup('a1', { how_heard: 'From Ann <ANN@partners.example>, thanks!' }))).body['referrer'],
    ).toEqual({ partner_id: 'ann', source: 'how_heard' });
    expect((await post(signup('a2', { how_heard: 'joann@partners.example' }))).body['referrer']).toBeNull();
    expect(
      (await post(signup('a3', { how_heard: 'ann@partners.example and bob@partners.example' }))).body['referrer'],
    ).toBeNull();
    await givePartner('cyd', { email: 'cyd@partners.example', status: 'suspended' });
    expect((await post(signup('a4', { how_heard: 'cyd@partners.example' }))).body['referrer']).toBeNull();
  });

  it('L3: a tracked click outranks the answer', async () => {
    const referral_token = await giveToken({ code: 'bob', at: '2026-02-20T00:00:00Z' });
    expect(
      (await post(signup('a1', { referral_token, how_heard: 'ann@partners.example' }))).body['referrer'],
    ).toMatchObject({ partner_id: 'bob', source: 'last_click' });
  });

  it('S1, S3: the holder’s address equal to the partner’s blocks: shown, flagged, no line', async () => {
    const referral_token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
    const answer = await post(signup('a1', { email: 'Ann+shop@Partners.example', referral_token }));
    expect(answer.body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: ['self_referral'] });
    const payment = {
      payment_id: 'p1',
      account_id: 'a1',
      amount: 7900,
      currency: 'USD',
      paid_at: '2026-03-02T00:00:00Z',
    };
    expect((await call('POST', '/v1/payments', { body: payment })).body).toMatchObject({
      commission: null,
      reason: 'self_referral',
    });
  });

  it('S1: the PayPal address counts as the partner’s own, gmail dots and tags folded', async () => {
    await givePartner('dan', { paypal: 'dan.smith@gmail.com' });
    const referral_token = await giveToken({ code: 'dan', at: '2026-02-20T00:00:00Z' });
    expect((await post(signup('a1', { email: 'dansmith+x@googlemail.com', referral_token }))).body['flags']).toEqual([
      'self_referral',
    ]);
  });

  it('S2, L4: the partner as a secondary user is no self-referral', async () => {
    const referral_token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
    const answer = await post(
      signup('a1', { referral_token, users: [{ email: 'ann@partners.example', name: 'Ann' }] }),
    );
    expect(answer.body).toMatchObject({ referrer: { partner_id: 'ann' }, flags: [] });
  });

  it('replays: same content 200 with the first answer, other content 409', async () => {
    const body = signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' }) });
    const first = await post(body);
    expect(await post(body)).toEqual({ status: 200, body: first.body });
    expect(await post({ ...body, email: 'other@client.example' })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
  });

  it('two signups of one account at once: one is told, the other is its replay', async () => {
    const body = signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' }) });
    const answers = await Promise.all([post(body), post(body), post({ ...body, email: 'else@client.example' })]);
    const statuses = answers.map((answer) => answer.status).toSorted((a, b) => a - b);
    expect([
      [200, 201, 409],
      [201, 409, 409],
    ]).toContainEqual(statuses);
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana' });
    expect(account.body['decisions']).toHaveLength(1);
  });

  it('S3: an address that changes to the referrer’s own is held from then on, and denied only by an operator', async () => {
    await post(signup('a1', { referral_token: await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' }) }));
    const payment = {
      payment_id: 'p1',
      account_id: 'a1',
      amount: 7900,
      currency: 'USD',
      paid_at: '2026-03-02T00:00:00Z',
    };
    await call('POST', '/v1/payments', { body: payment });
    expect(
      await call('PATCH', '/v1/accounts/a1', { at: '2026-03-10T00:00:00Z', body: { email: 'ann@partners.example' } }),
    ).toMatchObject({ status: 200 });
    const holds = await call('GET', '/v1/holds', { as: 'ana' });
    expect(holds.body['data']).toMatchObject([
      { kind: 'self_referral', account_id: 'a1', partner_id: 'ann', clause: 'S3', opened_at: '2026-03-10T00:00:00Z' },
    ]);
    const [{ hold_id }] = holds.body['data'] as unknown as [{ hold_id: string }];
    const word = { decision: 'deny', reason: 'the same person' };
    expect(
      await call('POST', `/v1/holds/${hold_id}/decision`, { as: 'ana', body: word, at: '2026-03-11T00:00:00Z' }),
    ).toMatchObject({ status: 201 });
    expect(await call('POST', `/v1/holds/${hold_id}/decision`, { as: 'ana', body: word })).toMatchObject({
      status: 200,
    });
    expect(
      await call('POST', `/v1/holds/${hold_id}/decision`, { as: 'ben', body: { ...word, decision: 'release' } }),
    ).toMatchObject({ status: 409, body: { code: 'already_decided' } });
    expect((await call('POST', '/v1/payments', { body: { ...payment, payment_id: 'p2' } })).body).toMatchObject({
      commission: null,
      reason: 'self_referral',
    });
  });

  it('S3: the same match seen from the partner’s side and from the account’s opens one hold', async () => {
    const referral_token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
    await post(signup('a1', { email: 'joe@client.example', referral_token }));
    const paypal = { as: 'ana', at: '2026-03-05T00:00:00Z', body: { paypal_email: 'joe@client.example' } } as const;
    expect(await call('PATCH', '/v1/partners/ann', paypal)).toMatchObject({ status: 200 });
    const changed = { at: '2026-03-06T00:00:00Z', body: { email: 'joe+office@client.example' } };
    expect(await call('PATCH', '/v1/accounts/a1', changed)).toMatchObject({ status: 200 });
    const holds = await call('GET', '/v1/holds', { as: 'ana' });
    expect(holds.body['data']).toMatchObject([{ kind: 'self_referral', opened_at: '2026-03-05T00:00:00Z' }]);
  });
});
