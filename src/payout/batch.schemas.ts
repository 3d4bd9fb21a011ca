import { z } from '@hono/zod-openapi';

import { GATES, type GateName } from '../explain/gate.ts';
import { Currency, Day, Id, InstantOut, Reason, Sha256 } from '../http/schema.ts';
import { BATCH_STATUSES, PAYOUT_STATUSES, RAILS } from './payout.schema.ts';
import { SEND_STATUSES } from './send.schema.ts';

const gateNames = Object.keys(GATES) as [GateName, ...GateName[]];

/** A gate of policy W in an answer. */
export const GateOut = z
  .object({
    gate: z.enum(gateNames),
    clause: z.string(),
    passed: z.boolean(),
    detail: z.string(),
    opens_on: z.string().nullable(),
  })
  .openapi('Gate');

const Money = z.int().openapi({ description: 'minor units' });

/** The week that a pay day pays, first and last day included. */
export const WeekOut = z.object({ start: z.string(), end: z.string() }).openapi('Week');

/** Why a person has to look at a batch: what happened, and what to do. */
const AttentionOut = z.object({ what: z.string(), happened: z.string(), to_do: z.string() }).openapi('Attention');

/** A batch without its rows. */
export const BatchOut = z
  .object({
    pay_date: z.string(),
    week: WeekOut,
    status: z.enum(BATCH_STATUSES),
    rail: z.enum(RAILS),
    currency: Currency,
    policy_version: z.int(),
    frozen_at: InstantOut,
    manifest_sha256: z.string().nullable(),
    totals: z.object({ payouts: z.int(), amount: Money, skipped: z.int() }).nullable(),
    approval_reasons: z.array(z.string()),
    approved_by: z.string().nullable(),
    approved_at: InstantOut.nullable(),
    settled_at: InstantOut.nullable(),
    attention: z.array(AttentionOut),
  })
  .openapi('PayoutBatch');

/** A payout as operators see it. */
export const BatchPayoutOut = z
  .object({
    payout_id: Id,
    partner_id: Id,
    amount: Money,
    line_count: z.int(),
    status: z.enum(PAYOUT_STATUSES),
    status_at: InstantOut,
    reference: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .openapi('BatchPayout');

/** A partner with something due whom the batch did not pay. */
export const SkippedOut = z.object({ partner_id: Id, amount: Money, gates: z.array(GateOut) }).openapi('Skipped');

/** One sending of a chunk on the PayPal rail, and why it needs a person, if it does: what happened, and what to do. */
export const SendOut = z
  .object({
    chunk: z.int(),
    attempt: z.int(),
    sender_batch_id: z.string(),
    payout_batch_id: z.string().nullable(),
    status: z.enum(SEND_STATUSES),
    tries: z.int(),
    reason: z.string().nullable(),
    first_sent_at: InstantOut,
    checked_at: InstantOut.nullable(),
    attention: AttentionOut.nullable(),
  })
  .openapi('Send');

/** A batch with the first of its rows. */
export const BatchDetailOut = BatchOut.extend({
  payouts: z.array(BatchPayoutOut),
  skipped: z.array(SkippedOut),
  sends: z.array(SendOut),
}).openapi('PayoutBatchDetail');

export const PayDateParam = z.object({ pay_date: Day });
export const ApprovalBody = z.strictObject({ manifest_sha256: Sha256 });

/** What became of items, as an operator tells it. */
export const OutcomesBody = z.strictObject({
  items: z
    .array(
      z.strictObject({
        payout_id: Id,
        status: z.enum(['paid', 'failed', 'returned']),
        reference: z.string().trim().min(1).max(200).optional(),
        reason: Reason.optional(),
      }),
    )
    .min(1)
    .max(1000),
});

/** What waits for the same call from another person. */
export const Proposed = z.object({ status: z.enum(['proposed']) }).openapi('Proposed');
