import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const SIGNUP = '2026-03-01T12:00:00Z';

async function referredAccount(account_id: string): Promise<void> {
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
  const answer = await call('POST', '/v1/signups', {
    at: SIGNUP,
    body: { account_id, email: `${account_id}@client.example`, referral_token },
  });
  expect(answer).toMatchObject({
    status: 201,
    body: { referrer: { partner_id: 'ann', source: 'last_click', code: 'ann' }, flags: [] },
  });
}

const payment = (payment_id: string, account_id: string, more: object = {}) => ({
  payment_id,
  account_id,
  amount: 7900,
  currency: 'USD',
  paid_at: '2026-03-02T00:00:00Z',
  ...more,
});

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

describe('payments', () => {
  it('C1: 25 % of $79.00 is $19.75, vesting 90 days after the first payment', async () => {
    await referredAccount('a1');
    const answer = await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        status: 'recorded',
        commission: { partner_id: 'ann', amount: 1975, rate_bps: 2500, vests_at: '2026-05-30T23:00:00Z' },
      },
    });
  });

  it('replays: the same id with the same content is answered as before, with other content it is a conflict', async () => {
    await referredAccount('a1');
    const first = await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    const again = await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    expect(again).toEqual({ status: 200, body: first.body });
    expect(await call('POST', '/v1/payments', { body: payment('p1', 'a1', { amount: 7901 }) })).toMatchObject({
      status: 409,
      body: { code: 'conflict' },
    });
  });

  it('a payment of an unknown account is parked and applied when the account is told', async () => {
    const parked = await call('POST', '/v1/payments', { body: payment('p1', 'late') });
    expect(parked).toMatchObject({
      status: 202,
      body: { status: 'parked', reason: 'unknown_account', commission: null },
    });
    expect(await call('GET', '/v1/parked', { as: 'ana' })).toMatchObject({
      body: { data: [{ parked_id: 'payment.p1', reason: 'unknown_account' }] },
    });
    await referredAccount('late');
    expect(await call('POST', '/v1/payments', { body: payment('p1', 'late') })).toMatchObject({
      status: 200,
      body: { status: 'recorded', commission: { amount: 1975 } },
    });
    expect(await call('GET', '/v1/parked', { as: 'ana' })).toMatchObject({ body: { data: [] } });
  });

  it('C2: partial refund, full refund, reversal; told in any order', async () => {
    await referredAccount('a1');
    const reversal = { body: { reversed_at: '2026-03-09T00:00:00Z' } };
    expect(await call('POST', '/v1/refunds/r2/reversal', reversal)).toMatchObject({
      status: 202,
      body: { status: 'parked', reason: 'unknown_refund' },
    });
    const half = { refund_id: 'r1', payment_id: 'p1', amount: 3950, refunded_at: '2026-03-05T00:00:00Z' };
    const rest = { refund_id: 'r2', payment_id: 'p1', amount: 3950, refunded_at: '2026-03-06T00:00:00Z' };
    expect(await call('POST', '/v1/refunds', { body: half })).toMatchObject({
      status: 202,
      body: { reason: 'unknown_payment' },
    });
    expect(await call('POST', '/v1/payments', { body: payment('p1', 'a1') })).toMatchObject({
      status: 201,
      body: { commission: { amount: 988 } },
    });
    expect(await call('POST', '/v1/refunds', { body: rest })).toMatchObject({
      status: 201,
      body: { commission_change: -988 },
    });
    expect(await call('POST', '/v1/refunds/r2/reversal', reversal)).toMatchObject({
      status: 200,
      body: { status: 'recorded', commission_change: 988 },
    });
    expect(await call('POST', '/v1/refunds', { body: half })).toMatchObject({
      status: 200,
      body: { status: 'recorded', commission_change: -987 },
    });
    const tooLarge = { refund_id: 'r3', payment_id: 'p1', amount: 3951, refunded_at: '2026-03-10T00:00:00Z' };
    expect(await call('POST', '/v1/refunds', { body: tooLarge })).toMatchObject({
      status: 422,
      body: { code: 'refund_too_large' },
    });
  });

  it('a payment in another currency earns nothing until an operator gives its base', async () => {
    await referredAccount('a1');
    const told = await call('POST', '/v1/payments', { body: payment('p1', 'a1', { currency: 'EUR' }) });
    expect(told).toMatchObject({
      status: 201,
      body: { status: 'recorded', commission: null, reason: 'foreign_currency' },
    });
    expect(await call('POST', '/v1/payments/p1/conversion', { as: 'ingest', body: { amount: 8600 } })).toMatchObject({
      status: 403,
    });
    expect(await call('POST', '/v1/payments/p1/conversion', { as: 'ana', body: { amount: 8600 } })).toMatchObject({
      status: 201,
      body: { commission: { amount: 2150 } },
    });
    expect(await call('POST', '/v1/payments/p1/conversion', { as: 'ana', body: { amount: 8600 } })).toMatchObject({
      status: 200,
    });
    expect(await call('POST', '/v1/payments/p1/conversion', { as: 'ana', body: { amount: 8601 } })).toMatchObject({
      status: 409,
    });
  });

  it('V2: an end before vesting forfeits; a void of it restores; both keyed', async () => {
    await referredAccount('a1');
    await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    const end = { body: { cancelled_at: '2026-04-01T00:00:00Z' } };
    expect(await call('POST', '/v1/accounts/a1/cancellation', end)).toMatchObject({
      status: 201,
      body: { status: 'recorded' },
    });
    expect(await call('POST', '/v1/accounts/a1/cancellation', end)).toMatchObject({ status: 200 });
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana' });
    expect(account.body).toMatchObject({ payments: [{ payment_id: 'p1', commission: { amount: 0 } }] });
    expect(
      await call('POST', '/v1/accounts/a1/cancellation/void', { as: 'ana', body: { reason: 'a test order' } }),
    ).toMatchObject({ status: 200 });
    expect((await call('GET', '/v1/accounts/a1', { as: 'ana' })).body).toMatchObject({
      payments: [{ commission: { amount: 1975 } }],
    });
  });

  it('a voided payment never was', async () => {
    await referredAccount('a1');
    await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    expect(await call('POST', '/v1/payments/p1/void', { as: 'ana', body: { reason: 'wrong account' } })).toMatchObject({
      status: 200,
      body: { commission: null, reason: 'voided' },
    });
    expect(await call('POST', '/v1/payments', { body: payment('p1', 'a1') })).toMatchObject({ status: 200 });
    expect((await call('GET', '/v1/accounts/a1', { as: 'ana' })).body).toMatchObject({
      payments: [{ commission: null, reason: 'voided' }],
    });
  });

  it('P6: a closed partner earns nothing new; what was earned before stays', async () => {
    await referredAccount('a1');
    await call('POST', '/v1/payments', { body: payment('p1', 'a1') });
    const closing = { as: 'ana', at: '2026-03-10T00:00:00Z', body: { status: 'closed' } } as const;
    expect(await call('PATCH', '/v1/partners/ann', closing)).toMatchObject({ status: 200, body: { status: 'closed' } });
    const later = payment('p2', 'a1', { paid_at: '2026-04-02T00:00:00Z' });
    expect(await call('POST', '/v1/payments', { body: later })).toMatchObject({
      status: 201,
      body: { commission: null, reason: 'partner_closed' },
    });
    const account = await call('GET', '/v1/accounts/a1', { as: 'ana' });
    expect(account.body).toMatchObject({ payments: [{ commission: { amount: 1975 } }, { commission: null }] });
  });

  it('C2: a refund that failed takes no room, of a parked payment too', async () => {
    await call('POST', '/v1/payments', { body: payment('p1', 'nobody-yet') });
    const refund = (refund_id: string) => ({
      body: { refund_id, payment_id: 'p1', amount: 7900, refunded_at: '2026-03-05T00:00:00Z' },
    });
    expect(await call('POST', '/v1/refunds', refund('r1'))).toMatchObject({ status: 202 });
    expect(await call('POST', '/v1/refunds', refund('r2'))).toMatchObject({ status: 422 });
    await call('POST', '/v1/refunds/r1/reversal', { body: { reversed_at: '2026-03-06T00:00:00Z' } });
    expect(await call('POST', '/v1/refunds', refund('r2'))).toMatchObject({ status: 202, body: { status: 'parked' } });
  });
});
