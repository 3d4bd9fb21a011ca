import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import type { ProgramEnv } from '../../../src/http/env.ts';
import { sweepStripe } from '../../../src/stripe/sweep.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import {
  at,
  customer,
  dispute,
  due,
  event,
  invoice,
  lines,
  NOW,
  parked,
  refund,
  told,
} from '../../support/stripe-objects.ts';
import { givePartner, giveToken } from '../../support/world.ts';

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann');
});

const token = () => giveToken({ code: 'ann', at: '2026-02-28T12:00:00Z' });
const sweep = (hours: number) => sweepStripe(env as unknown as ProgramEnv, NOW + hours * 3_600_000);

const checkout = (more: Record<string, unknown> = {}, type = 'completed', second = 6) =>
  event(`checkout.session.${type}`, at(0, second), {
    id: 'cs_1',
    object: 'checkout.session',
    created: at(0, -60),
    mode: 'payment',
    payment_status: 'paid',
    customer: 'cus_1',
    invoice: null,
    invoice_creation: { enabled: false },
    payment_intent: 'pi_1',
    amount_total: 9480,
    currency: 'usd',
    total_details: { amount_discount: 0, amount_tax: 1580 },
    ...more,
  });
const intent = (more: Record<string, unknown> = {}) =>
  event('payment_intent.succeeded', at(0, 5), {
    id: 'pi_1',
    object: 'payment_intent',
    created: at(0, 1),
    customer: 'cus_1',
    amount: 9480,
    amount_received: 9480,
    ...more,
  });

describe('C1: a one-off checkout of a customer, without an invoice', () => {
  it('earns on its amount without tax, by its payment intent, in any order and once', async () => {
    await told(intent(), checkout({ client_reference_id: await token() }), customer(), checkout(), intent());
    expect(await lines()).toEqual([['commission', 1975]]);
    expect(await parked()).toEqual([]);
    await told(refund('re_1', 2, 9480, { charge: null }));
    expect(await due()).toBe(0);
    await expectTheLaw(['cus_1']);
  });

  it('once its money has come, where that takes days', async () => {
    await told(customer(), checkout({ client_reference_id: await token(), payment_status: 'unpaid' }));
    expect(await lines()).toEqual([]);
    await told(checkout({}, 'async_payment_succeeded', 90_000));
    expect(await lines()).toEqual([['commission', 1975]]);
  });

  it('not where an invoice is made of it, which earns', async () => {
    const client_reference_id = await token();
    await told(customer(), checkout({ client_reference_id, invoice_creation: { enabled: true } }));
    expect(await lines()).toEqual([]);
    const pays = { id: 'inpay_1', invoice: 'in_1', payment: { payment_intent: 'pi_1' } };
    await told(intent(), invoice(), event('invoice_payment.paid', at(0, 5), pays));
    expect(await lines()).toEqual([['commission', 1975]]);
    expect(await parked()).toEqual([]);
  });
});

describe('what earns nothing because nobody says what it is', () => {
  it('a payment of a customer that no invoice is known of is listed, until one is', async () => {
    await told(customer({ metadata: { referral_token: await token() } }), intent());
    expect(await parked()).toEqual([['stripe.pi_1', 'no_invoice']]);
    const charge = { id: 'ch_1', created: at(0, 2), customer: 'cus_1', payment_intent: 'pi_1', captured: true };
    await told(event('charge.succeeded', at(0, 5), charge));
    expect(await parked()).toEqual([['stripe.pi_1', 'no_invoice']]);
    await told(invoice('in_1', 0, { charge: 'ch_1' }));
    expect(await parked()).toEqual([]);
    expect(await lines()).toEqual([['commission', 1975]]);
  });

  it('an operator who records it as a payment has it off the list, and its refund counts', async () => {
    await told(customer({ metadata: { referral_token: await token() } }), intent());
    const body = {
      payment_id: 'pi_1',
      account_id: 'cus_1',
      amount: 7900,
      currency: 'USD',
      paid_at: '2026-03-01T12:00:05Z',
    };
    expect((await call('POST', '/v1/payments', { body })).status).toBe(201);
    await sweep(7);
    expect(await parked()).toEqual([]);
    await told(refund('re_1', 2, 7900, { charge: null }));
    expect(await due()).toBe(0);
    expect(await parked()).toEqual([]);
  });

  it('a guest’s checkout that came by a partner’s link is listed', async () => {
    await told(checkout({ customer: null, client_reference_id: await token() }));
    expect(await parked()).toEqual([['stripe.pi_1', 'no_customer']]);
    await told(checkout({ id: 'cs_2', customer: null, payment_intent: 'pi_2' }));
    expect(await parked()).toEqual([['stripe.pi_1', 'no_customer']]);
  });
});

describe('payments that Stripe’s own events never told', () => {
  const imported = { account_id: 'acme', amount: 7900, currency: 'USD', paid_at: '2026-03-01T12:00:05Z' };
  const open = async (payment_id: string) => {
    const referral_token = await token();
    const signup = {
      account_id: 'acme',
      email: 'jo@client.example',
      signed_up_at: '2026-03-01T12:00:00Z',
      referral_token,
    };
    await call('POST', '/v1/signups', { body: signup });
    expect(
      (await call('POST', '/v1/payments', { body: { ...imported, payment_id } })).body['commission'],
    ).not.toBeNull();
  };

  it.each([
    ['by its invoice', 'in_1'],
    ['by its charge', 'ch_1'],
    ['by its payment intent', 'pi_1'],
  ])('C2: a refund of an imported payment counts: %s', async (_, payment_id) => {
    await open(payment_id);
    const charge = { id: 'ch_1', created: at(0, 3), payment_intent: 'pi_1', invoice: 'in_1', amount_refunded: 3950 };
    await told(event('charge.refunded', at(2), charge));
    expect(await due('acme')).toBe(988);
    expect(await parked()).toEqual([]);
    await told(dispute('created', 3), dispute('funds_withdrawn', 3));
    expect(await due('acme')).toBe(0);
    expect((await call('GET', '/v1/holds', { as: 'ana' })).body['data']).toMatchObject([
      { kind: 'dispute', payment_id },
    ]);
    await told(dispute('closed', 5, { status: 'won' }));
    expect(await due('acme')).toBe(988);
    await expectTheLaw(['acme']);
  });

  it('a refund told before the import is applied by the sweep', async () => {
    await told(refund('re_1', 2, 7900));
    expect(await parked()).toEqual([['stripe.re_1', 'unknown_payment']]);
    await open('ch_1');
    await sweep(7);
    expect(await parked()).toEqual([]);
    expect(await due('acme')).toBe(0);
  });
});

it('two accounts that a hold kept apart become one once it is decided, without another event', async () => {
  await told(customer({ metadata: { referral_token: await token() } }), invoice('in_1', 0, { charge: 'ch_1' }));
  const form =
    'INSERT INTO holds (hold_id, kind, account_id, partner_id, clause, facts, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?)';
  await env.BOOKS.prepare(form).bind('hold_x', 'self_referral', 'cus_1', 'ann', 'S3', '{}', NOW).run();
  await told(customer({ metadata: { account_id: 'acme' } }));
  expect((await parked()).map(([, reason]) => reason)).toEqual(['account_held']);
  const decision = { decision: 'release', reason: 'not he' };
  expect((await call('POST', '/v1/holds/hold_x/decision', { as: 'ana', body: decision })).status).toBe(201);
  await sweep(7);
  expect(await parked()).toEqual([]);
  expect(await due('acme')).toBe(1975);
  await expectTheLaw(['acme']);
});

it('a customer whose metadata has named two accounts is listed', async () => {
  await told(customer({ metadata: { account_id: 'b' } }), customer({ metadata: { account_id: 'a' } }));
  expect(await parked()).toEqual([['stripe.cus_1', 'two_accounts']]);
});

it('a dismissal holds for its reason alone', async () => {
  await told(refund('re_1', 2, 9900));
  const path = '/v1/parked/stripe.re_1/dismissal';
  expect((await call('POST', path, { as: 'ana', body: { reason: 'not ours' } })).status).toBe(201);
  await told(refund('re_1', 2, 9900));
  expect(await parked()).toEqual([]);
  // Another reason: its payment has become known, and the server has told the same id otherwise.
  const other = { refund_id: 're_1', payment_id: 'in_9', amount: 1, refunded_at: '2026-03-02T00:00:00Z' };
  expect((await call('POST', '/v1/refunds', { body: other })).status).toBe(202);
  await told(customer(), invoice('in_1', 0, { charge: 'ch_1' }));
  expect(await parked()).toContainEqual(['stripe.re_1', 'conflict']);
});
