import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, nameOf } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Bps, Id, Instant, InstantOut, instantOut, toInstant } from '../http/schema.ts';
import { setPlanRate } from './plan-rate.ts';

export const planRoutes = createRoutes();

const putPlanRate = createRoute({
  method: 'put',
  path: '/v1/plans/{plan}/rate',
  tags: ['operator'],
  middleware: [allow('operator')] as const,
  request: { params: z.object({ plan: Id }), body: jsonBody(z.strictObject({ rate_bps: Bps, from: Instant })) },
  responses: {
    200: jsonAnswer(z.object({ plan: Id, rate_bps: Bps, from: InstantOut }), 'The dated rate was known already'),
    201: jsonAnswer(z.object({ plan: Id, rate_bps: Bps, from: InstantOut }), 'The dated rate'),
    ...PROBLEM_ANSWERS,
  },
});

planRoutes.openapi(putPlanRate, async (c) => {
  const { plan } = c.req.valid('param');
  const { rate_bps, from } = c.req.valid('json');
  const done = await setPlanRate(c.var.books, {
    plan,
    rate_bps,
    from_at: toInstant(from),
    by: nameOf(c.var.actor),
    now: c.var.now,
    via: 'api',
  });
  if (!done.ok) return fail(done.reason);
  return c.json({ plan, rate_bps, from: instantOut(toInstant(from)) }, done.first_time ? 201 : 200);
});
