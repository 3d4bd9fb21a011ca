import { beforeEach, describe, expect, it } from 'vitest';

import { call, ingest, newPartner, rows, tokenOf } from '../partner/api.ts';
import { begin, commissions, earnings, friday, month, outcome, pay, refund, signup, START, VESTS } from './play.ts';

let ann: string;
beforeEach(async () => {
  ann = await begin();
});

describe('GET /v1/earnings/commissions', () => {
  it('C2, C3, P7: one entry a payment, each later cause with its own', async () => {
    await signup('acme');
    for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
    await refund('r0', 'pay1', '2026-02-01T00:00:00Z', 3950);
    const unpaid = (await commissions('2026-06-06T00:00:00Z')).data;
    expect(unpaid).toHaveLength(6);
    expect(unpaid.at(-1)).toEqual({
      payment_id: 'pay1',
      account_id: 'acme',
      kind: 'commission',
      cause_id: null,
      at: START,
      paid_at: START,
      amount: 988,
      rate_bps: 2500,
      vests_at: VESTS,
      status: 'payable',
      payout_id: null,
      reason: 'refund',
    });
    await friday('2026-06-19');
    await outcome('2026-06-19', 'paid', '2026-06-22T00:00:00Z');
    await refund('r1', 'pay2', '2026-07-01T00:00:00Z');
    await call('POST', '/v1/refunds/r1/reversal', {
      as: ingest,
      now: '2026-07-02T00:00:00Z',
      body: { reversed_at: '2026-07-02T00:00:00Z' },
    });
    const [undone, clawback, ...paid] = (await commissions('2026-07-03T00:00:00Z')).data;
    expect(clawback).toMatchObject({
      payment_id: 'pay2',
      kind: 'clawback',
      amount: -1975,
      status: 'payable',
      reason: 'refund',
      cause_id: 'r1',
      vests_at: VESTS,
      payout_id: null,
    });
    expect(undone).toMatchObject({ kind: 'clawback', amount: 1975, reason: 'refund_reversal', status: 'payable' });
    expect(
      paid.map((entry: { status: string; payout_id: string }) => [entry.status, entry.payout_id.slice(0, 3)]),
    ).toEqual(Array.from({ length: 6 }, () => ['paid', 'po_']));
  });

  it('V1, C3: a late first payment moves the day, claws back what was paid and makes it due anew', async () => {
    await call('PATCH', '/v1/partners/ann', { body: { rate_bps: 10_000 }, now: START });
    await signup('acme');
    await pay('acme', 'pay1', month(1), 20_000);
    await friday('2026-04-17');
    await outcome('2026-04-17', 'paid', '2026-04-20T00:00:00Z');
    // Told late: the account had ended in February, and its next payment was a new term's (V2).
    await call('POST', '/v1/accounts/acme/cancellation', {
      as: ingest,
      now: month(5),
      body: { cancelled_at: month(2) },
    });
    const entries = (await commissions(month(5))).data;
    expect(entries).toMatchObject([
      { kind: 'clawback', amount: -20_000, reason: 'forfeit', status: 'payable' },
      { kind: 'commission', amount: 20_000, status: 'paid' },
    ]);
    expect((await earnings(month(5))).totals).toMatchObject({ paid: 20_000, owed_back: 20_000, forfeited: 0 });
  });

  it('P7: a returned payout is one new entry', async () => {
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: 20_000, reason: 'prize' },
      now: START,
    });
    await friday('2026-01-16');
    await outcome('2026-01-16', 'returned', '2026-01-20T00:00:00Z');
    const { data } = await commissions('2026-01-21T00:00:00Z');
    const [payout] = await rows<{ payout_id: string }>('SELECT payout_id FROM payouts');
    expect(data).toMatchObject([
      {
        kind: 'returned',
        amount: 20_000,
        status: 'payable',
        reason: 'returned',
        cause_id: payout?.payout_id,
        payment_id: null,
        account_id: null,
        payout_id: null,
        vests_at: null,
        paid_at: null,
      },
      {
        kind: 'adjustment',
        amount: 20_000,
        status: 'returned',
        reason: 'prize',
        cause_id: 'adj1',
        payout_id: payout?.payout_id,
      },
    ]);
    expect((await call('GET', '/v1/payouts', { as: ann, now: '2026-01-21T00:00:00Z' })).body.data).toMatchObject([
      { status: 'returned', reason: 'because' },
    ]);
  });

  it('S3: held entries say why and count as pending', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1));
    await call('PATCH', '/v1/partners/ann', { body: { paypal_email: 'jo@acme.example' }, now: month(2) });
    expect((await commissions(month(5))).data).toMatchObject([{ status: 'held', reason: 'self_referral' }]);
    expect((await earnings(month(5))).totals).toMatchObject({ pending: 1975, payable: 0 });
  });

  it('pages by booking order: nothing twice, nothing missed, though more is booked meanwhile', async () => {
    await signup('acme');
    for (let n = 1; n <= 9; n++) {
      await pay('acme', `pay${n}`, month(n));
      if (n % 3 === 0) await refund(`r${n}`, `pay${n}`, month(n), 100);
    }
    const whole = (await commissions(month(9))).data.map((entry: { payment_id: string }) => entry.payment_id);
    expect(whole).toEqual(['pay9', 'pay8', 'pay7', 'pay6', 'pay5', 'pay4', 'pay3', 'pay2', 'pay1']);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: { payment_id: string }[]; next_cursor: string | null } = await commissions(
        month(9),
        `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map((entry) => entry.payment_id));
      if (cursor === null) await pay('acme', 'meanwhile', month(9));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(whole);
    expect((await call('GET', '/v1/earnings/commissions?cursor=%21', { as: ann })).status).toBe(400);
  });

  it('shows a partner its own books alone', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1));
    await newPartner('bea', {}, START);
    const bea = await tokenOf('bea', 'read', START);
    for (const path of ['/v1/earnings/commissions', '/v1/payouts', '/v1/referrals']) {
      expect((await call('GET', path, { as: bea, now: month(1) })).body).toEqual({ data: [], next_cursor: null });
    }
    expect((await call('GET', '/v1/earnings', { as: bea, now: month(1) })).body.totals.pending).toBe(0);
  });
});
