import { beforeEach, describe, expect, it } from 'vitest';

import { call, ingest, newPartner, tokenOf } from '../partner/api.ts';
import { begin, commissions, earnings, month, pay, signup, START, VESTS } from './play.ts';

let ann: string;
beforeEach(async () => {
  ann = await begin();
});

describe('GET /v1/referrals', () => {
  it('shows tracked accounts, recognisable and no more', async () => {
    await signup('acme');
    await signup('beta');
    await pay('acme', 'pay1', month(1));
    const { body } = await call('GET', '/v1/referrals', { as: ann, now: month(2) });
    expect(body.data).toEqual([
      {
        account_id: 'acme',
        company: 'acme Inc.',
        email: 'j•••@acme.example',
        source: 'how_heard',
        signed_up_at: START,
        flags: [],
        status: 'vesting',
        vests_at: VESTS,
      },
      {
        account_id: 'beta',
        company: 'beta Inc.',
        email: 'j•••@beta.example',
        source: 'how_heard',
        signed_up_at: START,
        flags: [],
        status: 'signed_up',
        vests_at: null,
      },
    ]);
    expect((await call('GET', '/v1/referrals?limit=1', { as: ann, now: month(2) })).body.data).toHaveLength(1);
    const vested = await call('GET', '/v1/referrals', { as: ann, now: month(5) });
    expect(vested.body.data[0].status).toBe('vested');
  });

  it('W: one account with its gates, each with clause and day', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1));
    const { body } = await call('GET', '/v1/referrals/acme', { as: ann, now: month(2) });
    expect(body).toMatchObject({
      account_id: 'acme',
      status: 'vesting',
      first_pay_date: '2026-04-17',
      earning_nothing: [],
    });
    const shut = body.gates.find((gate: { passed: boolean }) => !gate.passed);
    expect(shut).toMatchObject({ gate: 'vested', clause: 'V1', opens_on: '2026-04-05' });
    expect(body.gates.map((gate: { gate: string }) => gate.gate).slice(0, 5)).toEqual([
      'tracked',
      'not_self_referral',
      'not_refunded',
      'vested',
      'in_closed_week',
    ]);
  });

  it('S1: the partner’s own account is shown, flagged, and earns nothing', async () => {
    await call('POST', '/v1/signups', {
      as: ingest,
      now: START,
      body: { account_id: 'own', email: 'Ann+biz@partners.example', how_heard: 'ann@partners.example' },
    });
    await pay('own', 'pay1', month(1));
    const { body } = await call('GET', '/v1/referrals/own', { as: ann, now: month(2) });
    expect(body).toMatchObject({ flags: ['self_referral'], status: 'self_referral' });
    expect(body.gates.find((gate: { passed: boolean }) => !gate.passed)).toMatchObject({
      gate: 'not_self_referral',
      clause: 'S1',
    });
    expect((await commissions(month(2))).data).toEqual([]);
  });

  it('V2, C1: an account that ended before it vested, and payments that earn nothing', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1));
    await call('POST', '/v1/payments', {
      as: ingest,
      now: month(2),
      body: { payment_id: 'eur', account_id: 'acme', amount: 5000, currency: 'EUR', paid_at: month(2) },
    });
    await call('POST', '/v1/accounts/acme/cancellation', {
      as: ingest,
      now: month(3),
      body: { cancelled_at: month(3) },
    });
    const { body } = await call('GET', '/v1/referrals/acme', { as: ann, now: month(3) });
    expect(body).toMatchObject({
      status: 'forfeited',
      first_pay_date: null,
      earning_nothing: [{ payment_id: 'eur', paid_at: month(2), reason: 'foreign_currency' }],
    });
    expect((await commissions(month(3))).data).toMatchObject([
      { status: 'forfeited', amount: 1975, reason: 'forfeit' },
    ]);
    expect((await earnings(month(3))).totals).toMatchObject({ forfeited: 1975, pending: 0 });
  });

  it('another partner’s account is not found, with the same words as an unknown one', async () => {
    await signup('acme');
    await newPartner('bea', {}, START);
    const bea = await tokenOf('bea', 'read', START);
    const other = await call('GET', '/v1/referrals/acme', { as: bea, now: START });
    const unknown = await call('GET', '/v1/referrals/nothing', { as: bea, now: START });
    expect([other.status, other.body]).toEqual([404, unknown.body]);
  });
});
