import { z } from '@hono/zod-openapi';

import { Bps, Currency, Day, Id, Instant, InstantOut, LongId } from '../http/schema.ts';
import { GateOut, WeekOut } from '../payout/batch.schemas.ts';
import { PAYOUT_STATUSES } from '../payout/payout.schema.ts';
import { COMMISSION_KINDS, COMMISSION_REASONS, COMMISSION_STATUSES } from './commissions.rules.ts';

const Money = z.int();

export const EarningsQuery = z.strictObject({ as_of: Instant.optional() });
export const EarningsOut = z
  .object({
    partner_id: Id,
    currency: Currency,
    as_of: InstantOut,
    totals: z.object({
      pending: Money,
      payable: Money,
      in_flight: Money,
      paid: Money,
      forfeited: Money,
      owed_back: Money,
    }),
    threshold: Money,
    next_payout: z.object({
      pay_date: Day,
      week: WeekOut,
      amount: Money,
      will_pay: z.boolean(),
      gates: z.array(GateOut),
    }),
  })
  .openapi('Earnings');

const reasons = Object.entries(COMMISSION_REASONS).map(([reason, meaning]) => `\`${reason}\`: ${meaning}`);

export const CommissionOut = z
  .object({
    payment_id: LongId.nullable(),
    account_id: LongId.nullable(),
    kind: z.enum(COMMISSION_KINDS),
    cause_id: z
      .string()
      .nullable()
      .openapi({ description: 'the refund, payment, decision, payout or adjustment behind it' }),
    at: InstantOut.openapi({ description: 'the instant of the fact behind it' }),
    paid_at: InstantOut.nullable(),
    amount: Money,
    rate_bps: Bps.nullable(),
    vests_at: InstantOut.nullable(),
    status: z.enum(COMMISSION_STATUSES),
    payout_id: Id.nullable(),
    reason: z
      .string()
      .nullable()
      .openapi({ description: `of an adjustment the operator's words, else one of ${reasons.join('; ')}` }),
  })
  .openapi('Commission');

export const PayoutOut = z
  .object({
    payout_id: Id,
    pay_date: Day,
    week: WeekOut,
    amount: Money,
    currency: Currency,
    status: z.enum(PAYOUT_STATUSES),
    status_at: InstantOut,
    reason: z.string().nullable(),
  })
  .openapi('OwnPayout');
