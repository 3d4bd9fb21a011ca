import type { FieldRule, Format } from './format.rules.ts';

const text = (...from: string[]): FieldRule => ({ from, as: 'text' });
const instant = (...from: string[]): FieldRule => ({ from, as: 'instant' });

const paymentId = [text('external_id', 'conversion_id')];
const accountId = [text('customer_id', 'customer_external_id')];
const partnerId: FieldRule[] = [{ from: ['affiliate_id'], as: 'id' }];
const affiliateEmail = [text('affiliate_email')];
const currency: FieldRule[] = [{ from: ['currency'], as: 'currency', otherwise: 'USD' }];
const paid = { column: 'commission_status', is: ['paid'] };

/** Tapfiliate. Column names are those of its conversion files (`external_id`, `affiliate_email`, …) and of its API's objects. Amounts are decimals. */
export const TAPFILIATE: Format = {
  name: 'Tapfiliate',
  kinds: {
    partners: {
      needs: [['email', 'affiliate_email']],
      fields: {
        partner_id: [{ from: ['id', 'affiliate_id', 'referral_code'], as: 'id' }],
        name: [text('name'), { from: ['firstname', 'lastname'], as: 'text', together: true }, text('company')],
        email: [text('email', 'affiliate_email')],
        country: [{ from: ['country', 'address_country', 'address_country_code', 'country_code'], as: 'country' }],
        paypal_email: [text('paypal_email', 'payout_paypal_email', 'paypal_address')],
        code: [text('referral_code')],
      },
    },
    signups: {
      needs: [
        ['customer_id', 'customer_external_id'],
        ['email', 'customer_email'],
      ],
      fields: {
        account_id: accountId,
        email: [text('customer_email', 'email')],
        name: [text('customer_name', 'name')],
        signed_up_at: [instant('created_at')],
        partner_id: partnerId,
        how_heard: affiliateEmail,
      },
    },
    payments: {
      needs: [['external_id', 'conversion_id'], ['amount'], ['created_at']],
      skip: { column: 'commission_status', is: ['disapproved'] },
      fields: {
        payment_id: paymentId,
        account_id: accountId,
        amount: [{ from: ['amount'], as: 'money' }],
        currency,
        paid_at: [instant('created_at')],
        paid_elsewhere_at: [
          { from: ['commission_paid_at', 'paid_at', 'created_at'], as: 'instant', when: paid, needed: true },
        ],
      },
    },
  },
  commissions: {
    needs: [['commission_amount']],
    skip: { column: 'commission_status', is: ['disapproved'] },
    fields: {
      payment_id: paymentId,
      account_id: accountId,
      partner_id: partnerId,
      partner_email: affiliateEmail,
      amount: [{ from: ['commission_amount'], as: 'money' }],
      currency,
      paid_at: [{ from: ['commission_paid_at', 'paid_at', 'created_at'], as: 'instant', when: paid, needed: true }],
    },
  },
};
