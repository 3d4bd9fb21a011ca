import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { Currency, Id, InstantOut, MAX_AMOUNT, Reason } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { adjust } from './adjustment.ts';

/** Amounts that an operator books for or against a partner. */
export const adjustmentRoutes = createRoutes();

const AdjustmentBody = z
  .strictObject({
    adjustment_id: Id,
    amount: z
      .int()
      .min(-MAX_AMOUNT)
      .max(MAX_AMOUNT)
      .refine((amount) => amount !== 0, 'not 0')
      .openapi({ description: 'minor units; negative takes back', example: -500 }),
    reason: Reason.openapi({ description: 'told to the partner' }),
  })
  .openapi('NewAdjustment');
const AdjustmentOut = z
  .object({
    adjustment_id: Id,
    partner_id: Id,
    amount: z.int(),
    currency: Currency,
    reason: z.string(),
    at: InstantOut,
  })
  .openapi('Adjustment');
const CODES = { not_found: 'not_found', conflict: 'conflict', busy: 'busy' } as const;

const postAdjustment = createRoute({
  method: 'post',
  path: '/v1/partners/{partner_id}/adjustments',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: z.object({ partner_id: Id }), body: jsonBody(AdjustmentBody) },
  responses: {
    200: jsonAnswer(AdjustmentOut, 'Told before: the first answer'),
    201: jsonAnswer(AdjustmentOut, 'Booked'),
    ...PROBLEM_ANSWERS,
  },
});
adjustmentRoutes.openapi(postAdjustment, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const done = await adjust(doorOf(c), hasher, { ...c.req.valid('json'), ...c.req.valid('param') });
  return done.ok ? c.json(done.answer, done.first_time ? 201 : 200) : failed(CODES, done.reason);
});
