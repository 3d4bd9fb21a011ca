import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../partner/api.ts';
import { begin, earnings, friday, month, outcome, pay, signup, START, VESTS } from './play.ts';

let ann: string;
beforeEach(async () => {
  ann = await begin();
});

describe('GET /v1/earnings', () => {
  it('C1, V1, P2: three payments of $79.00 earn $59.25, pending until they vest, and then below the threshold', async () => {
    await signup('acme');
    for (const n of [1, 2, 3]) await pay('acme', `pay${n}`, month(n));
    const none = { pending: 0, payable: 0, in_flight: 0, paid: 0, forfeited: 0, owed_back: 0 };
    const now = await earnings(month(3));
    expect(now).toMatchObject({
      partner_id: 'ann',
      currency: 'USD',
      as_of: month(3),
      totals: { ...none, pending: 5925 },
      threshold: 10_000,
    });
    expect(now.next_payout).toMatchObject({
      pay_date: '2026-03-06',
      week: { start: '2026-02-22', end: '2026-02-28' },
      amount: 0,
      will_pay: false,
    });
    expect(now.next_payout.gates.find((gate: { gate: string }) => gate.gate === 'vested')).toMatchObject({
      clause: 'V1',
      passed: false,
      opens_on: '2026-04-05',
    });
    // One millisecond before it vests, and then; the future as from what is known.
    expect((await earnings(month(3), '2026-04-05T18:59:59.999Z')).totals).toEqual({ ...none, pending: 5925 });
    expect((await earnings(month(3), VESTS)).totals).toEqual({ ...none, payable: 5925 });
    // The past as it stood.
    expect((await earnings(month(3), month(2))).totals).toEqual({ ...none, pending: 3950 });
    expect((await earnings(month(3), '2026-01-05T19:59:59Z')).totals).toEqual(none);
    // On the Friday after its week the threshold keeps it.
    await friday('2026-04-10');
    const later = await earnings('2026-04-16T00:00:00Z');
    expect(later.next_payout).toMatchObject({
      pay_date: '2026-04-17',
      week: { start: '2026-04-05', end: '2026-04-11' },
      amount: 5925,
      will_pay: false,
    });
    const shut = later.next_payout.gates.filter((gate: { passed: boolean }) => !gate.passed);
    expect(shut.map((gate: { gate: string }) => gate.gate)).toEqual(['threshold']);
  });

  it('P1, P2: paid on the first Friday after the week in which it reached the threshold', async () => {
    await signup('acme');
    for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
    await friday('2026-06-05');
    const before = await earnings('2026-06-11T00:00:00Z');
    expect(before.totals).toMatchObject({ payable: 11_850, in_flight: 0 });
    expect(before.next_payout).toMatchObject({
      pay_date: '2026-06-12',
      week: { start: '2026-05-31', end: '2026-06-06' },
      amount: 11_850,
      will_pay: true,
    });
    await friday('2026-06-12');
    expect((await earnings('2026-06-12T18:00:00Z')).totals).toMatchObject({ payable: 0, in_flight: 11_850 });
  });

  it('what the books say next is what the Friday does, and the past stays as it was', async () => {
    await signup('acme');
    for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
    await friday('2026-06-19');
    const frozen = await earnings('2026-06-19T18:00:00Z');
    expect(frozen.totals).toMatchObject({ payable: 0, in_flight: 11_850, paid: 0 });
    expect(frozen.next_payout.pay_date).toBe('2026-06-26');
    await outcome('2026-06-19', 'paid', '2026-06-22T00:00:00Z');
    expect((await earnings('2026-06-23T00:00:00Z')).totals).toMatchObject({ payable: 0, in_flight: 0, paid: 11_850 });
    expect((await earnings('2026-06-23T00:00:00Z', '2026-06-19T16:59:59Z')).totals).toMatchObject({
      payable: 11_850,
      in_flight: 0,
      paid: 0,
    });
    expect((await earnings('2026-06-23T00:00:00Z', '2026-06-20T00:00:00Z')).totals).toMatchObject({
      payable: 0,
      in_flight: 11_850,
      paid: 0,
    });
    const past = await earnings('2026-06-23T00:00:00Z', '2026-06-18T00:00:00Z');
    expect(past.next_payout).toMatchObject({ pay_date: '2026-06-19', amount: 11_850, will_pay: true });
    expect(past.next_payout.gates).toEqual(
      expect.arrayContaining([expect.objectContaining({ gate: 'threshold', passed: true })]),
    );
    const payouts = await call('GET', '/v1/payouts', { as: ann, now: '2026-06-23T00:00:00Z' });
    expect(payouts.body.data).toMatchObject([
      {
        pay_date: '2026-06-19',
        week: { start: '2026-06-07', end: '2026-06-13' },
        amount: 11_850,
        status: 'paid',
        currency: 'USD',
      },
    ]);
  });

  it('P3, P4, P6: the gates that keep a payout back are named', async () => {
    const shutOf = async (now: string) => {
      const { next_payout } = await earnings(now);
      return next_payout.gates
        .filter((gate: { passed: boolean }) => !gate.passed)
        .map((gate: { gate: string; clause: string }) => `${gate.gate} ${gate.clause}`);
    };
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: 20_000, reason: 'prize' },
      now: START,
    });
    expect(await shutOf('2026-01-20T00:00:00Z')).toEqual([]);
    await call('PATCH', '/v1/partners/ann', {
      body: { paypal_email: null, country: 'FR', status: 'suspended' },
      now: '2026-01-20T00:00:00Z',
    });
    expect(await shutOf('2026-01-20T00:00:00Z')).toEqual(['partner_active P6', 'residency P4', 'paypal_address P3']);
    expect((await earnings('2026-01-20T00:00:00Z')).next_payout).toMatchObject({ amount: 20_000, will_pay: false });
  });

  it('C3: what is owed back is not a negative payable', async () => {
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: -500, reason: 'taken back' },
      now: START,
    });
    const { totals, next_payout } = await earnings('2026-01-20T00:00:00Z');
    expect(totals).toMatchObject({ payable: 0, owed_back: 500 });
    expect(next_payout).toMatchObject({ amount: 0, will_pay: false });
  });

  it('refuses an as_of that is none', async () => {
    for (const as_of of ['yesterday', '2026-02-30T00:00:00Z', '1999-01-01T00:00:00Z', '']) {
      expect((await call('GET', `/v1/earnings?as_of=${as_of}`, { as: ann })).body.errors[0].path).toBe('query.as_of');
    }
    expect((await call('GET', '/v1/earnings?at=x', { as: ann })).status).toBe(400);
    expect((await call('GET', '/v1/earnings')).status).toBe(403);
  });
});
