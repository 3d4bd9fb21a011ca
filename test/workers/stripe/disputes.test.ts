import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { at, customer, dispute, due, event, invoice, parked, refund, told } from '../../support/stripe-objects.ts';
import { givePartner, giveToken } from '../../support/world.ts';

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

const paid = async () => {
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
  return [customer({ metadata: { referral_token } }), invoice('in_1', 0, { charge: 'ch_1', payment_intent: 'pi_1' })];
};
const moved = (amount: number, currency = 'usd') => ({ object: 'balance_transaction', amount, currency });

describe('C2: a dispute of the whole charge after a partial refund', () => {
  const events = async () => [
    ...(await paid()),
    refund('re_1', 1, 3000),
    dispute('funds_withdrawn', 3),
    dispute('closed', 9, { status: 'lost' }),
  ];

  it.each([
    ['in order', [0, 1, 2, 3, 4]],
    ['the refund last', [0, 1, 3, 4, 2]],
    ['the payment last', [4, 3, 2, 0, 1]],
  ])('takes back what is left, and nothing waits: %s', async (_, order) => {
    const all = await events();
    await told(...order.map((i) => all[i]!));
    expect(await due()).toBe(0);
    expect(await parked()).toEqual([]);
    await expectTheLaw(['cus_1']);
  });

  it('won: what the refund left is earned again; the refund failed too: all of it', async () => {
    const all = await events();
    await told(...all.slice(0, 4), dispute('closed', 9, { status: 'won' }));
    expect(await due()).toBe(1225);
    await told(refund('re_1', 1, 3000, { status: 'failed' }));
    expect(await due()).toBe(1975);
    expect(await parked()).toEqual([]);
    await expectTheLaw(['cus_1']);
  });

  it('a refund that fails while the dispute is lost: all is gone all the same', async () => {
    await told(...(await events()), refund('re_1', 1, 3000, { status: 'failed' }));
    expect(await due()).toBe(0);
    expect(await parked()).toEqual([]);
    await expectTheLaw(['cus_1']);
  });
});

describe('C2: a dispute that is lost in part', () => {
  const back = [moved(-7900), moved(3000)];

  it.each([
    ['the money’s return is told before the end', ['funds_withdrawn', 'funds_reinstated', 'closed']],
    ['and after it', ['funds_withdrawn', 'closed', 'funds_reinstated']],
    ['and first of all', ['funds_reinstated', 'closed', 'funds_withdrawn']],
    ['only the end is told', ['closed']],
  ])('what came back is earned, the rest is not: %s', async (_, steps) => {
    const told_as: Record<string, object> = {
      funds_withdrawn: { balance_transactions: [moved(-7900)] },
      funds_reinstated: { status: 'lost', balance_transactions: back },
      closed: { status: 'lost', balance_transactions: back },
    };
    await told(...(await paid()));
    for (const step of steps) await told(dispute(step, step === 'funds_withdrawn' ? 3 : 9, { ...told_as[step] }));
    // 3000 of 7900 came back: 25 % of it.
    expect(await due()).toBe(750);
    expect(await parked()).toEqual([]);
    expect((await call('GET', '/v1/holds', { as: 'ana' })).body['data']).toEqual([]);
    await expectTheLaw(['cus_1']);
  });

  it('in the share that came back, where the account settles in another currency', async () => {
    const balance_transactions = [moved(-10_000, 'eur'), moved(5000, 'eur')];
    await told(
      ...(await paid()),
      dispute('funds_withdrawn', 3),
      dispute('closed', 9, { status: 'lost', balance_transactions }),
    );
    expect(await due()).toBe(988);
  });

  it('a dispute that was won is won, whatever the exchange did', async () => {
    const balance_transactions = [moved(-10_000, 'eur'), moved(9800, 'eur')];
    const won = { status: 'won', balance_transactions };
    await told(
      ...(await paid()),
      dispute('funds_withdrawn', 3),
      dispute('closed', 9, won),
      dispute('funds_reinstated', 9, won),
    );
    expect(await due()).toBe(1975);
  });

  it('what came back was the refund’s part: nothing is left', async () => {
    await told(...(await paid()), refund('re_1', 1, 3000), dispute('funds_withdrawn', 3));
    await told(dispute('closed', 9, { status: 'lost', balance_transactions: back }));
    expect(await due()).toBe(0);
    expect(await parked()).toEqual([]);
    await expectTheLaw(['cus_1']);
  });
});

it.each([
  [7900, 4000],
  [4000, 7900],
])('C2: a dispute whose amount is corrected counts alike in either order: %i, then %i', async (first, second) => {
  await told(...(await paid()), dispute('funds_withdrawn', 3, { amount: first }));
  await told(dispute('updated', 4, { amount: second }));
  expect(await due()).toBe(0);
  await expectTheLaw(['cus_1']);
});

it('C2: what a server has told under the id of a dispute stands, whose money never went out by Stripe', async () => {
  await told(...(await paid()), dispute('created', 3));
  const body = { refund_id: 'dp_1', payment_id: 'in_1', amount: 7900, refunded_at: '2026-03-04T12:00:00Z' };
  expect((await call('POST', '/v1/refunds', { body })).status).toBe(201);
  await told(dispute('updated', 4));
  expect(await due()).toBe(0);
});

it('C2: an invoice that two payments paid: refunds and disputes of either count', async () => {
  const referral_token = await giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
  const pays = (n: number, amount_paid: number) =>
    event('invoice_payment.paid', at(0, 5), {
      id: `inpay_${n}`,
      invoice: 'in_1',
      amount_paid,
      payment: { type: 'payment_intent', payment_intent: `pi_${n}` },
    });
  await told(
    dispute('funds_withdrawn', 3, { charge: 'ch_2', payment_intent: 'pi_2', amount: 3900 }),
    refund('re_1', 1, 2000),
    customer({ metadata: { referral_token } }),
    pays(1, 4000),
    invoice(),
  );
  expect(await due()).toBe(1475);
  expect(await parked()).toEqual([['stripe.dp_1', 'unknown_payment']]);
  await told(pays(2, 3900));
  expect(await due()).toBe(500);
  expect(await parked()).toEqual([]);
  await expectTheLaw(['cus_1']);
});

it('C2: an inquiry holds and takes nothing back; one that becomes a dispute does', async () => {
  await told(...(await paid()), dispute('created', 3, { status: 'warning_needs_response' }));
  const held = async () =>
    ((await call('GET', '/v1/holds', { as: 'ana' })).body['data'] as unknown as unknown[]).length;
  expect([await due(), await held()]).toEqual([1975, 1]);
  await told(dispute('updated', 5, { status: 'needs_response' }), dispute('funds_withdrawn', 5));
  expect([await due(), await held()]).toEqual([0, 1]);
  await told(dispute('closed', 8, { status: 'won' }), dispute('funds_reinstated', 8, { status: 'won' }));
  expect([await due(), await held()]).toEqual([1975, 0]);
  await expectTheLaw(['cus_1']);
});
