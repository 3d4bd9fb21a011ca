import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { paidInvoice } from '../../../src/stripe/extract-invoice.rules.ts';
import { eventOf, extract, HEARD_TYPES } from '../../../src/stripe/extract.rules.ts';

const T = 1_772_366_400;
const AT = T * 1000;
const fixture = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/stripe', `${name}.json`), 'utf8')) as Record<
    string,
    unknown
  >;

/** What a type's event of a fixture's object says, with other fields. */
function said(type: string, name: string, fields: Record<string, unknown>, created = T) {
  const event = eventOf({ type, created, data: { object: { ...fixture(name), ...fields } } });
  return event && extract(event);
}

const facts = (...args: Parameters<typeof said>) =>
  (said(...args)?.facts ?? []).map(({ object_id, kind, at, value }) => [object_id, kind, at, value]);

describe('what an event says', () => {
  it('customer: that it is, when it was created, its account, token and address', () => {
    const metadata = { account_id: 'acme', referral_token: '1abc', signup_ref: 'sr_1' };
    const fields = { id: 'cus_1', created: T - 9, email: 'jo@client.example', name: 'Jo', metadata, discount: null };
    expect(facts('customer.updated', 'customer', fields)).toEqual([
      ['cus_1', 'customer', AT - 9000, {}],
      ['cus_1', 'account', AT - 9000, { account_id: 'acme', of: 'customer' }],
      ['cus_1', 'token', AT - 9000, { token: '1abc' }],
      ['cus_1', 'signup_ref', AT - 9000, { signup_ref: 'sr_1' }],
    ]);
    const event = said('customer.updated', 'customer', fields);
    expect(event?.links).toEqual([['cus_1', 'account/acme']]);
    expect(event?.addresses).toEqual([
      { customer: 'cus_1', email: 'jo@client.example', name: 'Jo', at: AT, of: 'customer' },
    ]);
  });

  it.each([
    [
      {
        subscription: null,
        parent: { subscription_details: { subscription: 'sub_1', metadata: { referral_token: '1r' } } },
      },
    ],
    [{ subscription: 'sub_1', parent: null, subscription_details: { metadata: { referral_token: '1r' } } }],
    [{ subscription: { id: 'sub_1' }, parent: null, subscription_details: { metadata: { referral_token: '1r' } } }],
  ])('invoice: the subscription and what rides on its renewals, old shape or new %#', (shape) => {
    const told = facts('invoice.paid', 'invoice', { id: 'in_1', customer: 'cus_1', created: T, ...shape });
    expect(told).toContainEqual(['cus_1', 'token', AT, { token: '1r' }]);
    expect(told).toContainEqual(['sub_1', 'subscription', AT, { customer: 'cus_1' }]);
  });

  it.each([
    [
      'charge.succeeded',
      'charge',
      { id: 'ch_1', invoice: 'in_1', payment_intent: 'pi_1' },
      ['ch_1', 'pays', 0, { invoice: 'in_1' }],
    ],
    ['charge.succeeded', 'charge', { id: 'ch_1', payment_intent: 'pi_1' }, ['ch_1', 'charge', 0, { intent: 'pi_1' }]],
    [
      'payment_intent.succeeded',
      'payment_intent',
      { id: 'pi_1', invoice: 'in_1' },
      ['pi_1', 'pays', 0, { invoice: 'in_1' }],
    ],
    [
      'invoice_payment.paid',
      'invoice_payment',
      { invoice: 'in_1', payment: { payment_intent: 'pi_1' } },
      ['pi_1', 'pays', 0, { invoice: 'in_1' }],
    ],
    ['invoice.paid', 'invoice', { id: 'in_1', charge: 'ch_1' }, ['ch_1', 'pays', 0, { invoice: 'in_1' }]],
    [
      'invoice.paid',
      'invoice',
      { id: 'in_1', payments: { data: [{ payment: { payment_intent: 'pi_1' } }] } },
      ['pi_1', 'pays', 0, { invoice: 'in_1' }],
    ],
    ['charge.refunded', 'charge', { id: 'ch_1', amount_refunded: 40 }, ['ch_1', 'charge_refunded', AT, { amount: 40 }]],
    [
      'refund.created',
      'refund',
      { id: 're_1', charge: 'ch_1', created: T },
      ['re_1', 'refund', AT, { charge: 'ch_1', intent: null, invoice: null, amount: 100 }],
    ],
    ['charge.refund.updated', 'refund', { id: 're_1', status: 'failed' }, ['re_1', 'refund_failed', AT, {}]],
    ['refund.failed', 'refund', { id: 're_1', status: 'failed' }, ['re_1', 'refund_failed', AT, {}]],
    ['refund.updated', 'refund', { id: 're_1', status: 'canceled' }, ['re_1', 'refund_failed', AT, {}]],
    ['charge.dispute.funds_withdrawn', 'dispute', { id: 'dp_1' }, ['dp_1', 'dispute_out', AT, {}]],
    ['charge.dispute.closed', 'dispute', { id: 'dp_1', status: 'lost' }, ['dp_1', 'dispute_out', AT, {}]],
    ['charge.dispute.closed', 'dispute', { id: 'dp_1', status: 'won' }, ['dp_1', 'dispute_in', AT, {}]],
    ['charge.dispute.funds_reinstated', 'dispute', { id: 'dp_1' }, ['dp_1', 'dispute_in', AT, {}]],
    ['charge.dispute.closed', 'dispute', { id: 'dp_1', status: 'warning_closed' }, ['dp_1', 'dispute_closed', AT, {}]],
    [
      'customer.subscription.deleted',
      'subscription',
      { id: 'sub_1', ended_at: T },
      ['sub_1', 'subscription_ended', AT, { customer: 'cus_QXg1o8vcGmoR32' }],
    ],
    [
      'credit_note.created',
      'credit_note',
      { id: 'cn_1', invoice: 'in_1', created: T, type: 'post_payment', out_of_band_amount: 70 },
      ['cn_1', 'refund', AT, { charge: null, intent: null, invoice: 'in_1', amount: 70 }],
    ],
    ['promotion_code.created', 'promotion_code', { id: 'promo_1' }, ['promo_1', 'promotion', 0, { code: 'fall20' }]],
    [
      'customer.discount.created',
      'promotion_code',
      { id: 'di_1', customer: 'cus_1', start: T, promotion_code: 'promo_1' },
      ['cus_1', 'code', AT, { code: 'promo_1' }],
    ],
    [
      'checkout.session.completed',
      'checkout.session',
      { customer: 'cus_1', client_reference_id: `1${'a'.repeat(80)}`, created: T },
      ['cus_1', 'token', AT, { token: `1${'a'.repeat(80)}` }],
    ],
  ] as const)('%s: %#', (type, name, fields, expected) => {
    expect(facts(type, name, fields)).toContainEqual(expected);
  });

  it('no fact of what means nothing: an unknown type, a subscription that never lived, the site’s own reference', () => {
    expect(said('plan.created', 'subscription', {})).toBeNull();
    expect(said('constructor', 'customer', {})).toBeNull();
    const kinds = (...args: Parameters<typeof said>) => facts(...args).map(([, kind]) => kind);
    expect(kinds('customer.subscription.updated', 'subscription', { status: 'incomplete_expired' })).toEqual(['seen']);
    expect(
      kinds('checkout.session.completed', 'checkout.session', { customer: 'cus_1', client_reference_id: 'user-17' }),
    ).toEqual(['seen']);
    expect(kinds('credit_note.created', 'credit_note', { out_of_band_amount: 70 })).toEqual(['seen']);
  });

  it.each(HEARD_TYPES)('%s: nothing breaks it', (type) => {
    for (const object of [
      {},
      { id: 7 },
      { id: 'x', customer: {}, lines: 3, discounts: 'no', metadata: [], payment: null },
      { id: 'x', created: -1, amount: 0.5, customer: 'c d' },
    ]) {
      const event = eventOf({ type, created: T, data: { object } });
      expect(event).not.toBeNull();
      if (event) expect(() => extract(event)).not.toThrow();
    }
  });
});

describe('C1: what a paid invoice is worth', () => {
  const paid = (fields: Record<string, unknown>) =>
    paidInvoice(
      { ...fixture('invoice'), status: 'paid', amount_due: 1200, amount_paid: 1200, total: 1200, ...fields },
      AT,
    );

  it.each([
    ['old tax', { tax: 200 }, 200],
    ['new total_taxes', { total_taxes: [{ amount: 150 }, { amount: 50 }] }, 200],
    ['total_tax_amounts', { total_tax_amounts: [{ amount: 200, inclusive: true }] }, 200],
    ['a proration gives tax back', { total_taxes: [{ amount: 250 }, { amount: -50 }] }, 200],
    ['more tax given back than taken', { total_tax_amounts: [{ amount: 50 }, { amount: -80 }] }, 0],
    ['no tax', {}, 0],
    ['a balance covers half: half the tax', { tax: 201, amount_paid: 600, amount_due: 600 }, 101],
  ])('%s', (_, fields, tax) => {
    expect(paid(fields)?.tax).toBe(tax);
  });

  it('paid out of band, whatever the version says of it', () => {
    expect(paid({ amount_paid: 0 })?.amount).toBe(1200);
    expect(paid({ paid_out_of_band: true })?.amount).toBe(1200);
    expect(paid({ amount_paid: 0, amount_due: 0, total: 0 })?.amount).toBe(0);
    // A part by card, the rest out of band.
    expect(paid({ amount_paid: 500, tax: 200 })).toMatchObject({ amount: 1200, tax: 200 });
    expect(paid({ amount_paid: 500, status: 'open' })?.amount).toBe(500);
  });

  it('the plan is the price of the largest line, the same in both shapes', () => {
    const old = [
      { amount: 5, price: { id: 'price_a' } },
      { amount: 9, price: { id: 'price_b' } },
    ];
    const since = old.map(({ amount, price }) => ({ amount, pricing: { price_details: { price: price.id } } }));
    for (const data of [old, since]) expect(paid({ lines: { data } })?.plan).toBe('price_b');
    expect(paid({ lines: { data: [{ amount: 5, plan: { id: 'gold' } }] } })).toMatchObject({
      plan: 'gold',
      currency: 'USD',
    });
  });
});
