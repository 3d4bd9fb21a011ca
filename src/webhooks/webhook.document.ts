import { z, type OpenAPIHono } from '@hono/zod-openapi';

import type { Api } from '../http/context.ts';
import { Bps, Currency, Day, Id, InstantOut, LongId, Sha256 } from '../http/schema.ts';
import type { EventType } from './event.rules.ts';

const Clause = z.string().openapi({ description: 'a clause of the policy', example: 'C1' });
const Minor = z.int().openapi({ description: 'minor units' });

/** `data` of each event type, as it is sent. A test holds the events to it. */
export const EVENT_DATA = {
  'signup.attributed': z.strictObject({
    account_id: LongId,
    partner_id: Id,
    source: z.string().nullable(),
    decision_id: Id,
    decided_by: z.enum(['signup', 'claim', 'audit', 'operator']),
    clause: Clause,
    policy_version: z.int(),
    attributed_at: InstantOut,
    earns_from: InstantOut.nullable().openapi({ description: 'payments before earn nothing (R5); null: all earn' }),
    blocked: z.boolean().openapi({ description: 'self-referral: shown, earns nothing (S3)' }),
    flags: z.array(z.string()),
  }),
  'commission.earned': z.strictObject({
    payment_id: LongId,
    account_id: LongId,
    partner_id: Id,
    amount: Minor.openapi({ description: 'what the commission comes to now, minor units' }),
    change: Minor,
    currency: Currency,
    rate_bps: Bps.nullable(),
    payable_at: InstantOut,
    causes: z.array(
      z.strictObject({ kind: z.string(), clause: Clause.nullable(), cause_id: z.string(), amount: Minor }),
    ),
  }),
  'claim.decided': z.strictObject({
    claim_id: Id,
    kind: z.enum(['claim', 'audit']),
    partner_id: Id,
    account_id: LongId.nullable(),
    outcome: z.enum(['granted', 'refused', 'already_referrer', 'corrected', 'unchanged']),
    clause: Clause,
    reason: z.string(),
    decision_id: Id.nullable(),
    decided_at: InstantOut,
    earns_from: InstantOut.nullable(),
  }),
  'batch.frozen': z.strictObject({
    pay_date: Day,
    week: z.strictObject({ start: Day, end: Day }),
    rail: z.enum(['paypal', 'export']),
    currency: Currency,
    payout_count: z.int(),
    payout_amount: Minor,
    skipped_count: z.int(),
    manifest_sha256: Sha256,
    needs_approval: z.boolean(),
    approval_reasons: z.array(z.string()),
    frozen_at: InstantOut,
  }),
  'payout.paid': z.strictObject({
    payout_id: z.string(),
    partner_id: Id,
    pay_date: Day,
    amount: Minor,
    currency: Currency,
    clause: Clause,
    paid_at: InstantOut,
  }),
  'payout.needs_attention': z.strictObject({
    payout_id: z.string().nullable().openapi({ description: 'null: all payouts of the sending' }),
    partner_id: Id.nullable(),
    pay_date: Day,
    amount: Minor.nullable(),
    currency: Currency.nullable(),
    clause: Clause,
    attention: z.string().openapi({ description: 'came_back, or why the sending waits; an open list' }),
    sender_batch_id: z.string().nullable(),
    chunk: z.int().nullable(),
  }),
} as const;

const DESCRIPTIONS: Record<EventType, string> = {
  'signup.attributed': 'An account has this referrer from now on: by its signup, or by a later decision (L, R, B1)',
  'commission.earned': 'A partner has a commission for a payment (C1)',
  'commission.changed':
    'A commission has another amount or another day: refund, end, late fact, corrected referrer (C2, C3, V, R)',
  'claim.decided': 'A claim or an audit has come to its end (R)',
  'batch.frozen': 'The payouts of a Friday are fixed (P1)',
  'payout.paid': 'The item of a payout has succeeded (P7)',
  'payout.needs_attention': 'A person has to look: money came back, or a sending waits (P7)',
};

/** The schema of `data` by event type. */
export function dataSchemaOf(type: EventType): z.ZodType {
  return EVENT_DATA[type === 'commission.changed' ? 'commission.earned' : type];
}

const header = (description: string) => z.string().openapi({ description });
const HEADERS = z.object({
  'webhook-id': header('the event: the same at every try, by which repetitions are told'),
  'webhook-timestamp': header('when this try was signed, Unix seconds'),
  'webhook-signature': header(
    '`v1,` and base64 of an HMAC-SHA-256 each, by a space between: one for each valid secret',
  ),
});

/** Describes what the program sends: the `webhooks` of the document. */
export function describeWebhooks(app: OpenAPIHono<Api>): void {
  for (const [name, description] of Object.entries(DESCRIPTIONS)) {
    const type = name as EventType;
    const schema = z
      .object({ type: z.enum([type]), timestamp: InstantOut, data: dataSchemaOf(type) })
      .openapi(`Event_${type.replace('.', '_')}`);
    app.openAPIRegistry.registerWebhook({
      method: 'post',
      path: type,
      description,
      security: [],
      request: { headers: HEADERS, body: { required: true, content: { 'application/json': { schema } } } },
      responses: {
        '2XX': { description: 'taken; anything else, a redirect too, is tried again' },
        410: { description: 'gone: the endpoint is disabled' },
      },
    });
  }
}
