import { z } from '@hono/zod-openapi';

import { Amount, Bps, Currency, Id, Instant, InstantOut, LongId, PositiveAmount, Reason } from '../http/schema.ts';

const Warnings = z.array(z.enum(['in_future'])).optional();
const Status = z.enum(['recorded', 'parked']);

export const PaymentBody = z
  .strictObject({
    payment_id: LongId,
    account_id: LongId,
    amount: Amount.openapi({ description: 'what was paid, tax included, in minor units' }),
    currency: Currency,
    paid_at: Instant,
    tax_amount: Amount.optional(),
    plan: Id.optional(),
  })
  .refine((body) => (body.tax_amount ?? 0) <= body.amount, { path: ['tax_amount'], message: 'not more than amount' })
  .openapi('Payment');

export const PaymentOut = z
  .object({
    payment_id: LongId,
    status: Status,
    commission: z.object({ partner_id: Id, amount: z.int(), rate_bps: Bps, vests_at: InstantOut }).nullable(),
    reason: z.string().optional().openapi({ description: 'why it is parked, or earns nothing' }),
    warnings: Warnings,
  })
  .openapi('PaymentAnswer');

export const RefundBody = z
  .strictObject({ refund_id: LongId, payment_id: LongId, amount: PositiveAmount, refunded_at: Instant })
  .openapi('Refund');
export const ReversalBody = z.strictObject({ reversed_at: Instant }).openapi('RefundReversal');
export const RefundOut = z
  .object({
    refund_id: LongId,
    status: Status,
    commission_change: z.int(),
    reason: z.string().optional(),
    warnings: Warnings,
  })
  .openapi('RefundAnswer');

export const CancellationBody = z.strictObject({ cancelled_at: Instant }).openapi('Cancellation');
export const CancellationOut = z
  .object({
    account_id: LongId,
    cancelled_at: InstantOut,
    status: Status,
    reason: z.string().optional(),
    warnings: Warnings,
  })
  .openapi('CancellationAnswer');

export const ConversionBody = z
  .strictObject({ amount: Amount.openapi({ description: "the payment's base in the program's currency" }) })
  .openapi('Conversion');
export const VoidBody = z.strictObject({ reason: Reason }).openapi('Void');
export const CancellationVoidBody = z
  .strictObject({ reason: Reason, cancelled_at: Instant.optional() })
  .openapi('CancellationVoid');
