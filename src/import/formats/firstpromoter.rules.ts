import type { FieldRule, Format } from './format.rules.ts';

const text = (...from: string[]): FieldRule => ({ from, as: 'text' });
const instant = (...from: string[]): FieldRule => ({ from, as: 'instant' });

const paymentId = [text('event_id', 'transaction_id')];
const accountId = [text('referral_uid', 'uid', 'lead_uid', 'customer_uid', 'referral_id')];
const partnerId: FieldRule[] = [{ from: ['promoter_id'], as: 'id' }];
const promoterEmail = [text('promoter_email')];
const currency: FieldRule[] = [{ from: ['original_sale_currency', 'currency'], as: 'currency', otherwise: 'USD' }];
const paid = { column: 'is_paid', is: ['true', '1', 'yes', 'paid'] };
const denied = { column: 'status', is: ['denied', 'rejected'] };

/** FirstPromoter. Column names are the fields of its API's objects, a nested one with its object's name before it. Amounts are decimals, before taxes. */
export const FIRSTPROMOTER: Format = {
  name: 'FirstPromoter',
  kinds: {
    partners: {
      needs: [['email', 'promoter_email']],
      fields: {
        partner_id: [{ from: ['id', 'promoter_id', 'ref_token', 'default_ref_id', 'ref_id'], as: 'id' }],
        name: [text('name', 'full_name'), { from: ['first_name', 'last_name'], as: 'text', together: true }],
        email: [text('email', 'promoter_email')],
        country: [{ from: ['country', 'country_code'], as: 'country' }],
        paypal_email: [text('paypal_email', 'paypal')],
        code: [text('ref_token', 'default_ref_id', 'ref_id')],
        status: [
          { from: ['status'], as: 'text', when: { column: 'status', is: ['active'] } },
          { from: [], as: 'text', when: { column: 'status', is: ['pending'] }, otherwise: 'applied' },
          {
            from: [],
            as: 'text',
            when: { column: 'status', is: ['blocked', 'archived', 'rejected'] },
            otherwise: 'suspended',
          },
        ],
      },
    },
    signups: {
      needs: [['uid', 'referral_uid', 'lead_uid', 'customer_uid', 'referral_id'], ['email']],
      fields: {
        account_id: accountId,
        email: [text('email')],
        name: [text('name')],
        signed_up_at: [instant('created_at', 'signed_up_at')],
        partner_id: partnerId,
        how_heard: promoterEmail,
      },
    },
    payments: {
      needs: [
        ['event_id', 'transaction_id'],
        ['sale_amount', 'original_sale_amount'],
      ],
      skip: { column: 'type', is: ['custom'] },
      fields: {
        payment_id: paymentId,
        account_id: accountId,
        amount: [{ from: ['original_sale_amount', 'sale_amount'], as: 'money' }],
        currency,
        paid_at: [instant('event_date', 'created_at')],
        plan: [{ from: ['plan_id'], as: 'id' }],
        paid_elsewhere_at: [
          {
            from: ['paid_at', 'status_updated_at', 'updated_at', 'created_at'],
            as: 'instant',
            when: paid,
            needed: true,
          },
        ],
      },
    },
    refunds: {
      needs: [
        ['refund_amount', 'refunded_amount'],
        ['event_id', 'transaction_id'],
      ],
      skip: { column: ['refund_amount', 'refunded_amount'], is: ['', '0', '0.00'] },
      uncounted: ['currency'],
      fields: {
        refund_id: paymentId,
        payment_id: paymentId,
        amount: [{ from: ['refund_amount', 'refunded_amount'], as: 'money' }],
        currency,
        refunded_at: [instant('refunded_at', 'refund_date', 'updated_at')],
      },
    },
  },
  commissions: {
    needs: [['amount', 'commission_amount']],
    skip: denied,
    fields: {
      payment_id: paymentId,
      account_id: accountId,
      partner_id: partnerId,
      partner_email: promoterEmail,
      amount: [{ from: ['commission_amount', 'amount'], as: 'money' }],
      currency: [{ from: ['currency'], as: 'currency', otherwise: 'USD' }],
      paid_at: [
        { from: ['paid_at', 'status_updated_at', 'updated_at', 'created_at'], as: 'instant', when: paid, needed: true },
      ],
    },
  },
};
