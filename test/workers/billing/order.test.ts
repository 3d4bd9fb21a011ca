import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';

type Told = [path: string, body: object];

const payment = (payment_id: string, paid_at: string, more: object = {}): Told => [
  '/v1/payments',
  { payment_id, account_id: 'a1', amount: 7900, currency: 'USD', paid_at, ...more },
];

/** A life with a late first payment, partial and failed refunds, an end that forfeits, and a return in time. */
async function life(): Promise<Told[]> {
  const referral_token = await giveToken({ code: 'ann', at: '2026-01-10T00:00:00Z' });
  return [
    [
      '/v1/signups',
      { account_id: 'a1', email: 'c@client.example', signed_up_at: '2026-01-11T09:00:00Z', referral_token },
    ],
    payment('p1', '2026-01-12T10:00:00Z', { tax_amount: 650 }),
    payment('p2', '2026-02-12T10:00:00Z'),
    payment('p3', '2026-03-28T10:00:00Z', { plan: 'pro' }),
    ['/v1/refunds', { refund_id: 'r1', payment_id: 'p1', amount: 2500, refunded_at: '2026-01-20T00:00:00Z' }],
    ['/v1/refunds', { refund_id: 'r2', payment_id: 'p1', amount: 5400, refunded_at: '2026-02-20T00:00:00Z' }],
    ['/v1/refunds/r2/reversal', { reversed_at: '2026-02-25T00:00:00Z' }],
    ['/v1/accounts/a1/cancellation', { cancelled_at: '2026-03-05T00:00:00Z' }],
    ['/v1/accounts/a1/cancellation', { cancelled_at: '2026-04-01T00:00:00Z' }],
  ];
}

async function tell(events: readonly Told[]): Promise<void> {
  for (const [path, body] of events) {
    const { status } = await call('POST', path, { at: '2026-06-01T00:00:00Z', body });
    expect([200, 201, 202]).toContain(status);
  }
}

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

it('any order and any duplication of the same events gives the same books', async () => {
  const events = await life();
  await tell(events);
  const expected = await booked('a1');
  expect(expected.length).toBeGreaterThan(6);
  const orders = fc.shuffledSubarray([...events, ...events], {
    minLength: events.length * 2,
    maxLength: events.length * 2,
  });
  await fc.assert(
    fc.asyncProperty(orders, async (order) => {
      await freshDatabases();
      await givePartner('ann');
      await tell(order);
      expect(await booked('a1')).toEqual(expected);
      await expectTheLaw(['a1']);
    }),
    { numRuns: 12 },
  );
}, 60_000);
