import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const AT = '2026-06-01T00:00:00Z';
const tell = (path: string, body: object, as: 'ingest' | 'ana' | 'ben' = 'ingest') =>
  call('POST', path, { at: AT, as, body });
const payment = (payment_id = 'p1', paid_at = '2026-03-02T00:00:00Z') =>
  tell('/v1/payments', { payment_id, account_id: 'a1', amount: 7900, currency: 'USD', paid_at });
const refund = (refund_id: string, amount: number, payment_id = 'p1') =>
  tell('/v1/refunds', { refund_id, payment_id, amount, refunded_at: '2026-03-09T00:00:00Z' });
const reversal = (refund_id: string) =>
  tell(`/v1/refunds/${refund_id}/reversal`, { reversed_at: '2026-03-19T00:00:00Z' });
const end = (cancelled_at = '2026-04-01T00:00:00Z') => tell('/v1/accounts/a1/cancellation', { cancelled_at });

let signup: () => ReturnType<typeof tell>;

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-20T00:00:00Z' });
  signup = () =>
    tell('/v1/signups', {
      account_id: 'a1',
      email: 'c@client.example',
      signed_up_at: '2026-03-01T00:00:00Z',
      referral_token,
    });
});

/** Each pair of doors at once on the same account; whoever comes first, the books are those of one order or the other: the same here. */
const PAIRS: [name: string, before: () => Promise<unknown>, doors: (() => Promise<{ status: number }>)[]][] = [
  [
    'two refunds of one payment',
    async () => [await signup(), await payment()],
    [() => refund('r1', 3000), () => refund('r2', 4000)],
  ],
  ['a payment and its refund', () => signup(), [() => payment(), () => refund('r1', 3000)]],
  [
    'a refund and its reversal',
    async () => [await signup(), await payment()],
    [() => refund('r1', 3000), () => reversal('r1')],
  ],
  [
    'a payment, its refund and its reversal',
    () => signup(),
    [() => reversal('r1'), () => payment(), () => refund('r1', 3000)],
  ],
  ['a payment and the signup', async () => undefined, [() => payment(), () => signup()]],
  [
    'a payment, a refund, an end and the signup',
    async () => undefined,
    [() => payment(), () => refund('r1', 3000), () => end(), () => signup()],
  ],
  ['two payments', () => signup(), [() => payment('p1'), () => payment('p2', '2026-02-01T00:00:00Z')]],
  ['a payment and an end', () => signup(), [() => payment(), () => end()]],
  [
    'a void of the payment and its refund',
    async () => [await signup(), await payment()],
    [() => tell('/v1/payments/p1/void', { reason: 'wrong' }, 'ana'), () => refund('r1', 3000)],
  ],
  ['the same payment twice', () => signup(), [() => payment(), () => payment(), () => payment()]],
];

describe('pairs of doors at once', () => {
  it.each(PAIRS)('%s', async (_name, before, doors) => {
    await before();
    const answers = await Promise.all(doors.map((door) => door()));
    expect(answers.filter((answer) => ![200, 201, 202].includes(answer.status))).toEqual([]);
    await expectTheLaw(['a1']);
    const together = await booked('a1');
    // One after the other, on books of their own.
    await freshDatabases();
    await givePartner('ann');
    await before();
    for (const door of doors) await door();
    await expectTheLaw(['a1']);
    expect(await booked('a1')).toEqual(together);
  });

  it('two refunds that together exceed the payment: one is booked, the other refused', async () => {
    await signup();
    await payment();
    const answers = await Promise.all([refund('r1', 5000), refund('r2', 5000)]);
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([201, 422]);
    await expectTheLaw(['a1']);
  });
});
