import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { Id, InstantOut, instantOut, pageOf, PageQuery } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { givePromotionCode } from './give-code.ts';
import { listPromotionCodes, type PromotionCodeRow } from './promotion.repo.ts';

/** Promotion codes of partners (L3). */
export const promotionRoutes = createRoutes();

const PromotionCode = z
  .object({
    code: Id.openapi({ description: 'what people type, or the id that Stripe gives it; one regardless of case' }),
    partner_id: Id,
    given_by: z.string(),
    given_at: InstantOut,
  })
  .openapi('PromotionCode');

function codeOut(row: PromotionCodeRow): z.infer<typeof PromotionCode> {
  return {
    code: row.shown_code,
    partner_id: row.partner_id,
    given_by: row.by,
    given_at: instantOut(row.recorded_at),
  };
}

const putCode = createRoute({
  method: 'put',
  path: '/v1/promotion-codes/{code}',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: z.object({ code: Id }), body: jsonBody(z.strictObject({ partner_id: Id })) },
  responses: {
    200: jsonAnswer(PromotionCode, 'The partner’s already'),
    201: jsonAnswer(PromotionCode, 'Given to the partner'),
    ...PROBLEM_ANSWERS,
  },
});
promotionRoutes.openapi(putCode, async (c) => {
  const done = await givePromotionCode(doorOf(c), c.req.valid('param').code, c.req.valid('json').partner_id);
  if (!done.ok)
    return failed(
      { not_found: 'not_found', code_taken: 'code_taken', conflict: 'conflict', busy: 'busy' },
      done.reason,
    );
  return c.json(codeOut(done.answer), done.first_time ? 201 : 200);
});

const getCodes = createRoute({
  method: 'get',
  path: '/v1/promotion-codes',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: PageQuery.extend({ partner_id: Id.optional() }) },
  responses: { 200: jsonAnswer(pageOf(PromotionCode), 'Promotion codes'), ...PROBLEM_ANSWERS },
});
promotionRoutes.openapi(getCodes, async (c) => {
  const { cursor, limit, partner_id } = c.req.valid('query');
  const query = { partner_id: partner_id ?? null, after: keyOfCursor(cursor), limit };
  const { data, next_cursor } = page(await listPromotionCodes(c.var.books, query), limit, (row) => row.code);
  return c.json({ data: data.map(codeOut), next_cursor }, 200);
});
