import { z } from '@hono/zod-openapi';

import { Id, Instant, InstantOut, instantOut, toInstant } from '../http/schema.ts';
import type { LoggedDelivery } from './delivery.repo.ts';
import { OVERLAP_DEFAULT_S, OVERLAP_MAX_S, type EndpointRow } from './delivery.rules.ts';
import { EVENT_TYPES, type EventType } from './event.rules.ts';
import { DELIVERY_STATUSES } from './webhook.schema.ts';

export const EventTypeName = z.enum(EVENT_TYPES);
const Types = z
  .array(EventTypeName)
  .min(1)
  .max(EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, 'each type once')
  .openapi({ description: 'what is sent there' });
const Url = z.string().min(1).max(1000).openapi({ example: 'https://hooks.example.com/lastclick' });

export const EndpointBody = z.strictObject({ url: Url, types: Types }).openapi('NewWebhookEndpoint');
export const EndpointPatch = z
  .strictObject({
    url: Url.optional(),
    types: Types.optional(),
    status: z.enum(['enabled', 'disabled']).optional(),
  })
  .openapi('WebhookEndpointChange');

export const EndpointOut = z
  .object({
    endpoint_id: Id,
    url: z.string(),
    types: z.array(EventTypeName),
    status: z.enum(['enabled', 'disabled']),
    disabled_reason: z
      .enum(['failing', 'gone', 'operator'])
      .nullable()
      .openapi({ description: 'failing: nothing arrived for five days; gone: it answered 410' }),
    disabled_at: InstantOut.nullable(),
    failing_since: InstantOut.nullable(),
    created_at: InstantOut,
  })
  .openapi('WebhookEndpoint');

const Secret = z
  .string()
  .nullable()
  .openapi({ description: 'whsec_…, shown in this answer only; null once it has been replaced', example: 'whsec_…' });
export const EndpointOpened = EndpointOut.extend({ secret: Secret }).openapi('WebhookEndpointOpened');

export const RotationBody = z
  .strictObject({ overlap: z.int().min(0).max(OVERLAP_MAX_S).default(OVERLAP_DEFAULT_S) })
  .openapi('WebhookRotation', { description: 'for how many seconds the former secret signs beside the new one' });
export const RotationOut = z
  .object({ endpoint_id: Id, secret: Secret, former_valid_until: InstantOut })
  .openapi('WebhookRotated');

export const ReplayBody = z
  .strictObject({ from: Instant, to: Instant })
  .refine(({ from, to }) => toInstant(from) < toInstant(to), { message: 'after from', path: ['to'] })
  .openapi('WebhookReplay');
export const ReplayOut = z.object({ queued: z.int() }).openapi('WebhookReplayed');

export const DeliveryId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'a delivery_id of the log');
export const DeliveryOut = z
  .object({
    delivery_id: DeliveryId,
    endpoint_id: Id,
    event_id: Id.openapi({ description: 'the webhook-id of every try' }),
    type: EventTypeName,
    occurred_at: InstantOut,
    status: z.enum(DELIVERY_STATUSES),
    tries: z.int(),
    tried_at: InstantOut.nullable(),
    next_try_at: InstantOut.nullable().openapi({ description: 'null: it has ended, or its endpoint is disabled' }),
    last_status: z.int().nullable().openapi({ description: 'of the last answer; null: there was none' }),
    last_reason: z.string().nullable().openapi({ description: 'a code of docs/webhooks.md' }),
    queued_at: InstantOut,
    ended_at: InstantOut.nullable(),
  })
  .openapi('WebhookDelivery');
export const DeliveryWithBody = DeliveryOut.extend({
  body: z.string().openapi({ description: 'as it is sent, byte by byte' }),
}).openapi('WebhookDeliveryWithBody');

/** An endpoint as the answers show it. */
export function endpointOut(row: EndpointRow): z.infer<typeof EndpointOut> {
  const { endpoint_id, url, status, disabled_reason } = row;
  return {
    endpoint_id,
    url,
    types: JSON.parse(row.types) as EventType[],
    status,
    disabled_reason,
    disabled_at: instantOut(row.disabled_at),
    failing_since: instantOut(row.failing_since),
    created_at: instantOut(row.created_at),
  };
}

/** A delivery as the log shows it. */
export function deliveryOut(row: LoggedDelivery): z.infer<typeof DeliveryOut> {
  const { delivery_id, endpoint_id, event_id, type, status, tries, last_status, last_reason } = row;
  const waits = status === 'queued' && row.endpoint_status === 'enabled';
  return {
    delivery_id,
    endpoint_id,
    event_id,
    type,
    occurred_at: instantOut(row.occurred_at),
    status,
    tries,
    tried_at: instantOut(row.tried_at),
    next_try_at: waits ? instantOut(row.next_try_at) : null,
    last_status,
    last_reason,
    queued_at: instantOut(row.queued_at),
    ended_at: instantOut(row.ended_at),
  };
}
