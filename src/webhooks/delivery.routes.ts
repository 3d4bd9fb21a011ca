import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { cursorOf, keyOfCursor } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, PageQuery, pageOf } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { findDelivery, listDeliveries, type LogQuery } from './delivery.repo.ts';
import { replayDelivery } from './endpoints.ts';
import { DELIVERY_STATUSES } from './webhook.schema.ts';
import { DeliveryId, DeliveryOut, deliveryOut, DeliveryWithBody } from './webhook.schemas.ts';

/** The log of what was sent where, and its replay. */
export const deliveryRoutes = createRoutes();

const operator = allow('operator');
const Delivery = z.object({ delivery_id: DeliveryId });

/** The last row of the former page: `{event_seq}:{delivery_id}`. */
function beforeOf(cursor: string | undefined): LogQuery['before'] {
  const key = keyOfCursor(cursor);
  if (key === null) return null;
  const [, seq, delivery_id] = /^(\d{1,15}):([A-Za-z0-9_-]{1,128})$/.exec(key) ?? [];
  return seq !== undefined && delivery_id !== undefined
    ? { event_seq: Number(seq), delivery_id }
    : fail('malformed', 'the cursor is not one of ours', [
        { path: 'query.cursor', message: 'a next_cursor of a former page' },
      ]);
}

const getDeliveries = createRoute({
  method: 'get',
  path: '/v1/webhook-deliveries',
  tags: ['operator'],
  middleware: operator,
  request: {
    query: PageQuery.extend({
      endpoint_id: Id.optional(),
      event_id: Id.optional(),
      status: z.enum(DELIVERY_STATUSES).optional(),
    }),
  },
  responses: { 200: jsonAnswer(pageOf(DeliveryOut), 'Deliveries, the latest event first'), ...PROBLEM_ANSWERS },
});
deliveryRoutes.openapi(getDeliveries, async (c) => {
  const { cursor, limit, endpoint_id, event_id, status } = c.req.valid('query');
  const query = { endpoint_id, event_id, status, before: beforeOf(cursor), limit: limit + 1 };
  const rows = await listDeliveries(c.var.books, query);
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const next_cursor = rows.length > limit && last ? cursorOf(`${last.event_seq}:${last.delivery_id}`) : null;
  return c.json({ data: data.map(deliveryOut), next_cursor }, 200);
});

const getDelivery = createRoute({
  method: 'get',
  path: '/v1/webhook-deliveries/{delivery_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Delivery },
  responses: { 200: jsonAnswer(DeliveryWithBody, 'The delivery, with the body that it sends'), ...PROBLEM_ANSWERS },
});
deliveryRoutes.openapi(getDelivery, async (c) => {
  const row = await findDelivery(c.var.books, c.req.valid('param').delivery_id);
  return row ? c.json({ ...deliveryOut(row), body: row.payload }, 200) : fail('not_found');
});

const postReplay = createRoute({
  method: 'post',
  path: '/v1/webhook-deliveries/{delivery_id}/replay',
  tags: ['operator'],
  middleware: operator,
  request: { params: Delivery, body: jsonBody(z.strictObject({})) },
  responses: {
    200: jsonAnswer(DeliveryOut, 'Queued anew, whatever became of it before'),
    ...PROBLEM_ANSWERS,
  },
});
deliveryRoutes.openapi(postReplay, async (c) => {
  const { delivery_id } = c.req.valid('param');
  const done = await replayDelivery(doorOf(c), delivery_id);
  if (!done.ok)
    return done.reason === 'disabled'
      ? fail('invalid', 'the endpoint is disabled: enable it first')
      : fail(done.reason);
  const row = await findDelivery(c.var.books, delivery_id);
  return row ? c.json(deliveryOut(row), 200) : fail('not_found');
});
