import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const SIGNED_UP = '2026-03-01T12:00:00Z';
const PAID = '2026-03-02T12:00:00Z';
const LATER = '2026-05-01T12:00:00Z';

async function signUp(account_id: string, code: string | null, at = SIGNED_UP, email = `jo@${account_id}.example`) {
  const referral_token = code === null ? {} : { referral_token: await giveToken({ code, at: '2026-02-20T00:00:00Z' }) };
  return call('POST', '/v1/signups', { at, body: { account_id, email, signed_up_at: at, ...referral_token } });
}
const pay = (payment_id: string, account_id: string, paid_at = PAID) =>
  call('POST', '/v1/payments', {
    at: paid_at,
    body: { payment_id, account_id, amount: 7900, currency: 'USD', paid_at },
  });
const order = (body: object, as: 'ana' | 'ben', at = LATER) =>
  call('POST', '/v1/accounts/a1/exceptions', {
    as,
    at,
    body: { clause: 'R1', partner_id: 'bob', reason: 'they met at the fair', ...body },
  });
const due = async (account_id: string, partner_id: string) =>
  (await booked(account_id))
    .filter((line) => line.partner_id === partner_id)
    .reduce((sum, line) => sum + line.amount, 0);

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  await givePartner('bob');
});

describe('exceptions', () => {
  it('R1: a tracked referrer is overruled only with a reason and a second operator’s agreement', async () => {
    await signUp('a1', 'ann');
    await pay('p1', 'a1');
    const proposed = await order({}, 'ana');
    expect(proposed).toMatchObject({ status: 202, body: { status: 'proposed', decision_id: null } });
    expect(await order({}, 'ana')).toMatchObject({ status: 202 });
    expect(await due('a1', 'ann')).toBe(1975);
    const other = await order({ reason: 'another reason' }, 'ben');
    expect(other.status).toBe(202);
    const done = await order({}, 'ben');
    expect(done).toMatchObject({ status: 201, body: { status: 'done', clause: 'R1' } });
    expect(await order({}, 'ana')).toMatchObject({ status: 200, body: done.body });
    expect([await due('a1', 'ann'), await due('a1', 'bob')]).toEqual([0, 1975]);
    await expectTheLaw(['a1']);
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana', at: LATER });
    expect(account.body['referrer']).toMatchObject({ partner_id: 'bob', source: 'operator' });
    expect((await order({ reason: '' }, 'ana')).status).toBe(400);
  });

  it('R5: an exception may earn from an instant on, and on nothing before it', async () => {
    await signUp('a1', null);
    await pay('p1', 'a1');
    await pay('p2', 'a1', '2026-04-02T12:00:00Z');
    const words = { clause: 'R5', earns_from: '2026-04-01T00:00:00Z' };
    await order(words, 'ana');
    await order(words, 'ben');
    expect(await due('a1', 'bob')).toBe(1975);
    await expectTheLaw(['a1']);
  });

  it('S1: overruling another clause does not lift self-referral; overruling S1 does', async () => {
    await signUp('a1', null, SIGNED_UP, 'Bob+shop@partners.example');
    await pay('p1', 'a1');
    await order({}, 'ana');
    await order({}, 'ben');
    expect(await due('a1', 'bob')).toBe(0);
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana', at: LATER });
    expect(account.body['flags']).toContain('self_referral');
    await order({ clause: 'S1' }, 'ana');
    await order({ clause: 'S1' }, 'ben');
    expect(await due('a1', 'bob')).toBe(1975);
  });

  it('R6: exceptions are listed with who and why, and counted by clause', async () => {
    await signUp('a1', 'ann');
    await order({}, 'ana');
    await order({}, 'ben');
    const { body } = await call('GET', '/v1/exceptions', { as: 'ana', at: LATER });
    expect(body).toMatchObject({
      data: [{ account_id: 'a1', clause: 'R1', proposed_by: 'ana', agreed_by: 'ben', reason: 'they met at the fair' }],
      counts: [{ clause: 'R1', count: 1 }],
    });
  });

  it('an unknown account is 404, an unknown partner 422, a clause about money 400', async () => {
    expect((await order({}, 'ana')).status).toBe(404);
    await signUp('a1', 'ann');
    expect((await order({ partner_id: 'nobody' }, 'ana')).status).toBe(422);
    expect((await order({ clause: 'P2' }, 'ana')).status).toBe(400);
  });
});

describe('accounts that become one', () => {
  const move = (account_id: string, into_account_id: string, kind = 'merged') =>
    call('POST', `/v1/accounts/${account_id}/move`, {
      as: 'ana',
      at: LATER,
      body: { into_account_id, kind, reason: 'one client' },
    });

  it('L2, V1: the account opened first gives the referrer and the term; what was paid before stays as it is', async () => {
    await signUp('a1', 'ann');
    await pay('p1', 'a1');
    await signUp('a2', 'bob', '2026-04-01T12:00:00Z');
    await pay('p2', 'a2', '2026-04-01T13:00:00Z');
    const done = await move('a1', 'a2', 'handed_over');
    expect(done).toMatchObject({
      status: 201,
      body: { governed_by: 'a1', referrer: { partner_id: 'ann', source: 'last_click' } },
    });
    expect(await move('a1', 'a2', 'handed_over')).toMatchObject({ status: 200, body: done.body });
    expect([await due('a2', 'ann'), await due('a2', 'bob')]).toEqual([3950, 0]);
    // The term runs from the first payment of all: 90 days after p1, not after p2.
    const lines = (await booked('a2')).filter((line) => line.partner_id === 'ann');
    expect(new Set(lines.map((line) => line.payable_at))).toEqual(new Set([Date.parse('2026-05-31T11:00:00Z')]));
    await expectTheLaw(['a1', 'a2']);
  });

  it('V2: a client who ends one account and goes on in another within the days has forfeited nothing', async () => {
    await signUp('a1', 'ann');
    await pay('p1', 'a1');
    const at = '2026-03-20T12:00:00Z';
    await call('POST', '/v1/accounts/a1/cancellation', { at, body: { cancelled_at: at } });
    expect(await due('a1', 'ann')).toBe(0);
    await signUp('a2', null, '2026-03-25T12:00:00Z');
    await pay('p2', 'a2', '2026-03-25T13:00:00Z');
    await move('a1', 'a2', 'handed_over');
    expect(await due('a2', 'ann')).toBe(3950);
    await expectTheLaw(['a1', 'a2']);
  });

  it('L2: a later account merged into an earlier one brings no referrer to it', async () => {
    await signUp('a1', null);
    await signUp('a2', 'bob', '2026-04-01T12:00:00Z');
    await pay('p2', 'a2', '2026-04-01T13:00:00Z');
    expect(await move('a2', 'a1')).toMatchObject({ status: 201, body: { governed_by: 'a1', referrer: null } });
    expect(await due('a1', 'bob')).toBe(0);
    await expectTheLaw(['a1', 'a2']);
  });

  it('C2: what is told of the former id afterwards counts for the account that goes on', async () => {
    await signUp('a1', 'ann');
    await pay('p1', 'a1');
    await signUp('a2', null, '2026-04-01T12:00:00Z');
    await move('a1', 'a2');
    expect(await pay('p3', 'a1', '2026-05-02T12:00:00Z')).toMatchObject({
      status: 201,
      body: { commission: { partner_id: 'ann', amount: 1975 } },
    });
    const refund = { refund_id: 'r1', payment_id: 'p1', amount: 7900, refunded_at: LATER };
    expect(await call('POST', '/v1/refunds', { at: LATER, body: refund })).toMatchObject({
      body: { commission_change: -1975 },
    });
    expect(await due('a2', 'ann')).toBe(1975);
    await expectTheLaw(['a1', 'a2']);
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana', at: LATER });
    expect(account.body).toMatchObject({ account_id: 'a2', moved_in: [{ account_id: 'a1', kind: 'merged' }] });
  });

  it('C2: a payment told at the very moment of a merge counts for the account that goes on', async () => {
    await signUp('a1', 'ann');
    await signUp('a2', null, '2026-04-01T12:00:00Z');
    await Promise.all([move('a1', 'a2'), ...['p1', 'p2', 'p3'].map((id) => pay(id, 'a1', LATER))]);
    expect(await due('a2', 'ann')).toBe(3 * 1975);
    await expectTheLaw(['a1', 'a2']);
  });

  it('W: the partner sees one account, with the term and lines of both', async () => {
    await signUp('a1', 'ann');
    await pay('p1', 'a1');
    await signUp('a2', null, '2026-04-01T12:00:00Z');
    await pay('p2', 'a2', '2026-04-01T13:00:00Z');
    await move('a1', 'a2');
    const issued = await call('POST', '/v1/partners/ann/tokens', { as: 'ana', at: LATER, body: {} });
    const as = { token: String(issued.body['token']) };
    const list = await call('GET', '/v1/referrals', { as, at: LATER });
    expect(list.body['data']).toMatchObject([
      { account_id: 'a2', status: 'vesting', vests_at: '2026-05-31T11:00:00Z' },
    ]);
    const commissions = await call('GET', '/v1/earnings/commissions', { as, at: LATER });
    expect(commissions.body['data']).toMatchObject([
      { payment_id: 'p2', amount: 1975, vests_at: '2026-05-31T11:00:00Z', status: 'pending' },
      { payment_id: 'p1', amount: 1975, vests_at: '2026-05-31T11:00:00Z', status: 'pending' },
    ]);
  });

  it('R3: accounts whose client is still asked about a claim do not become one', async () => {
    await signUp('a1', 'ann');
    await signUp('a2', null, '2026-04-01T12:00:00Z');
    const issued = await call('POST', '/v1/partners/bob/tokens', { as: 'ana', at: LATER, body: {} });
    const as = { token: String(issued.body['token']) };
    const claim = await call('POST', '/v1/claims', { as, at: LATER, body: { account_id: 'a2', kind: 'claim' } });
    expect(await move('a1', 'a2')).toMatchObject({ status: 409, body: { code: 'account_held' } });
    const path = `/v1/claims/${String(claim.body['claim_id'])}/confirmation`;
    await call('POST', path, { as: 'ana', at: LATER, body: { confirmed: false, evidence: 'by telephone' } });
    expect((await move('a1', 'a2')).status).toBe(201);
  });

  it('R4: an audit of the account that goes on reads the clicks that came with either', async () => {
    await signUp('a1', 'ann', '2026-04-10T12:00:00Z');
    await signUp('a2', null, '2026-04-20T12:00:00Z');
    await move('a1', 'a2', 'handed_over');
    const issued = await call('POST', '/v1/partners/bob/tokens', { as: 'ana', at: LATER, body: {} });
    const as = { token: String(issued.body['token']) };
    const audit = await call('POST', '/v1/claims', { as, at: LATER, body: { account_id: 'a2', kind: 'audit' } });
    expect(audit.body).toMatchObject({
      outcome: 'unchanged',
      detail: expect.stringContaining('the last click that counts'),
    });
  });

  it('S3: accounts with an undecided hold do not become one; nor does one with itself, or one that has moved', async () => {
    await signUp('a1', 'ann');
    await signUp('a2', null, '2026-04-01T12:00:00Z');
    await signUp('a3', null, '2026-04-01T12:00:00Z');
    await call('PATCH', '/v1/accounts/a1', { at: LATER, body: { email: 'ann@partners.example' } });
    expect(await move('a1', 'a2')).toMatchObject({ status: 409, body: { code: 'account_held' } });
    expect((await move('a2', 'a2')).status).toBe(422);
    expect((await move('a9', 'a2')).status).toBe(404);
    expect((await move('a2', 'a3')).status).toBe(201);
    expect(await move('a2', 'a1')).toMatchObject({ status: 409, body: { code: 'already_decided' } });
    expect((await move('a3', 'a2')).status).toBe(404);
  });
});
