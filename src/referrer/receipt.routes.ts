import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Id } from '../http/schema.ts';
import { findDecision } from './receipt.repo.ts';
import { signReceipt } from './receipt.ts';
import { concerns, consideredOf } from './timeline.rules.ts';

/** Decisions as signed receipts that anyone can verify with the JWKS. */
export const receiptRoutes = createRoutes();

const Receipt = z
  .object({
    decision_id: Id,
    receipt: z.string().openapi({ description: 'a compact JWS (EdDSA), verifiable with /.well-known/jwks.json' }),
  })
  .openapi('Receipt');

const getReceipt = createRoute({
  method: 'get',
  path: '/v1/receipts/{id}',
  tags: ['operator', 'ingest', 'partner'],
  middleware: allow('ingest', 'partner'),
  request: { params: z.object({ id: Id }) },
  responses: {
    200: jsonAnswer(Receipt, 'The decision as a JWS; to a partner without the identity of another'),
    ...PROBLEM_ANSWERS,
  },
});
receiptRoutes.openapi(getReceipt, async (c) => {
  const { actor, config } = c.var;
  const found = await findDecision(c.var.books, c.req.valid('param').id);
  if (!found) return fail('not_found');
  const { decision } = found;
  const reader = actor.role === 'partner' ? partnerActor(actor, 'read').partner_id : null;
  // A decision that a partner had no part in looks like one that does not exist.
  if (reader !== null && !concerns(decision, consideredOf(JSON.parse(decision.facts)), reader))
    return fail('not_found');
  const receipt = await signReceipt({ env: c.env, public_url: config.public_url }, decision, found, reader);
  return c.json({ decision_id: decision.decision_id, receipt }, 200);
});
