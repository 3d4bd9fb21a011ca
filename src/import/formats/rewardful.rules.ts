import type { FieldRule, Format } from './format.rules.ts';

const text = (...from: string[]): FieldRule => ({ from, as: 'text' });
const instant = (...from: string[]): FieldRule => ({ from, as: 'instant' });

const PAYMENT_COLUMNS = [
  'stripe_invoice_id',
  'sale_stripe_invoice_id',
  'invoice_id',
  'stripe_charge_id',
  'sale_stripe_charge_id',
  'charge_id',
  'sale_id',
  'payment_id',
];
const REFUNDED = ['refund_amount_cents', 'sale_refund_amount_cents'];
const paymentId = [text(...PAYMENT_COLUMNS)];
const accountId = [text('stripe_customer_id', 'customer_id', 'sale_referral_stripe_customer_id', 'referral_id')];
const partnerId: FieldRule[] = [{ from: ['affiliate_id', 'sale_affiliate_id'], as: 'id' }];
const affiliateEmail = [text('affiliate_email', 'sale_affiliate_email')];
const currency: FieldRule[] = [{ from: ['sale_currency', 'currency'], as: 'currency', otherwise: 'USD' }];
const paid = { column: 'state', is: ['paid'] };

/**
 * Rewardful. Column names are the fields of its API's objects, a nested one with its object's name before it
 * (`sale_charge_amount_cents`), and those of its own import template. Amounts are minor units where a column says `cents`.
 */
export const REWARDFUL: Format = {
  name: 'Rewardful',
  kinds: {
    partners: {
      needs: [['email', 'affiliate_email']],
      fields: {
        partner_id: [{ from: ['id', 'affiliate_id', 'token', 'link_token'], as: 'id' }],
        name: [
          text('name', 'affiliate_name'),
          { from: ['first_name', 'last_name'], as: 'text', together: true },
          { from: ['affiliate_first_name', 'affiliate_last_name'], as: 'text', together: true },
        ],
        email: [text('email', 'affiliate_email')],
        country: [{ from: ['country', 'country_code'], as: 'country' }],
        paypal_email: [text('paypal_email', 'affiliate_paypal_email')],
        code: [text('token', 'link_token', 'links_token')],
        status: [
          { from: [], as: 'text', when: { column: 'state', is: ['disabled', 'suspended'] }, otherwise: 'suspended' },
        ],
      },
    },
    signups: {
      needs: [['stripe_customer_id', 'customer_id', 'referral_id'], ['customer_email']],
      fields: {
        account_id: accountId,
        email: [text('customer_email')],
        name: [text('customer_name')],
        signed_up_at: [instant('became_lead_at', 'created_at', 'became_conversion_at')],
        partner_id: partnerId,
        how_heard: affiliateEmail,
      },
    },
    payments: {
      needs: [PAYMENT_COLUMNS, ['charged_at', 'sale_charged_at']],
      skip: { column: 'state', is: ['voided'] },
      fields: {
        payment_id: paymentId,
        account_id: accountId,
        amount: [
          { from: ['charge_amount_cents', 'sale_charge_amount_cents'], as: 'minor' },
          { from: ['charge_amount', 'sale_amount'], as: 'money' },
        ],
        tax_amount: [{ from: ['tax_amount_cents', 'sale_tax_amount_cents'], as: 'minor' }],
        currency,
        paid_at: [instant('charged_at', 'sale_charged_at')],
        paid_elsewhere_at: [{ from: ['paid_at'], as: 'instant', when: paid, needed: true }],
      },
    },
    refunds: {
      needs: [PAYMENT_COLUMNS, REFUNDED],
      skip: { column: REFUNDED, is: ['', '0'] },
      fields: {
        refund_id: paymentId,
        payment_id: paymentId,
        amount: [{ from: REFUNDED, as: 'minor' }],
        refunded_at: [instant('refunded_at', 'sale_updated_at', 'updated_at')],
      },
    },
  },
  commissions: {
    needs: [['amount', 'amount_cents', 'commission_amount_cents']],
    skip: { column: 'state', is: ['voided'] },
    fields: {
      payment_id: paymentId,
      account_id: accountId,
      partner_id: partnerId,
      partner_email: affiliateEmail,
      amount: [{ from: ['amount', 'amount_cents', 'commission_amount_cents'], as: 'minor' }],
      currency: [{ from: ['currency'], as: 'currency', otherwise: 'USD' }],
      paid_at: [{ from: ['paid_at'], as: 'instant', when: paid, needed: true }],
    },
  },
};
