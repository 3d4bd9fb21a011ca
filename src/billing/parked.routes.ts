import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { InstantOut, instantOut, LongId, pageOf, PageQuery, Reason } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { listParked } from './parked.repo.ts';
import { dismissParked } from './parked.ts';

/** What was told and cannot be applied yet, with its reason. */
export const parkedRoutes = createRoutes();

const ParkedId = z.string().regex(/^[A-Za-z0-9_.:-]{1,200}$/, 'a parked_id of the list');
const Parked = z
  .object({
    parked_id: ParkedId,
    kind: z.enum(['payment', 'refund', 'reversal', 'cancellation', 'stripe']),
    id: LongId,
    account_id: LongId.nullable(),
    reason: z.string(),
    since: InstantOut,
  })
  .openapi('Parked');

const getParked = createRoute({
  method: 'get',
  path: '/v1/parked',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(Parked), 'Parked facts'), ...PROBLEM_ANSWERS },
});
parkedRoutes.openapi(getParked, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const { data, next_cursor } = page(
    await listParked(c.var.books, keyOfCursor(cursor), limit),
    limit,
    (row) => row.parked_id,
  );
  return c.json(
    { data: data.map(({ since_at, ...row }) => ({ ...row, since: instantOut(since_at) })), next_cursor },
    200,
  );
});

const Dismissal = z.object({ parked_id: ParkedId, status: z.enum(['dismissed']) }).openapi('Dismissal');
const postDismissal = createRoute({
  method: 'post',
  path: '/v1/parked/{parked_id}/dismissal',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: z.object({ parked_id: ParkedId }), body: jsonBody(z.strictObject({ reason: Reason })) },
  responses: {
    200: jsonAnswer(Dismissal, 'Dismissed before'),
    201: jsonAnswer(Dismissal, 'Dismissed'),
    ...PROBLEM_ANSWERS,
  },
});
parkedRoutes.openapi(postDismissal, async (c) => {
  const { parked_id } = c.req.valid('param');
  const done = await dismissParked(doorOf(c), parked_id, c.req.valid('json').reason);
  if (!done.ok)
    return failed(
      { not_found: 'not_found', not_parked: 'already_decided', conflict: 'conflict', busy: 'busy' },
      done.reason,
    );
  return c.json({ parked_id, status: 'dismissed' as const }, done.first_time ? 201 : 200);
});
