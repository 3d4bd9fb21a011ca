import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, PageQuery, pageOf } from '../http/schema.ts';
import { doorOf, sentBody } from '../http/written.ts';
import { pokeCancellations } from '../payout/cancel.ts';
import { readProgram } from '../program/program.repo.ts';
import { changePartner } from './change-partner.ts';
import { createPartner } from './create-partner.ts';
import { mirrorLinks } from './link-mirror.ts';
import { listPartners, readPartner } from './partner.repo.ts';
import { IdempotencyHeader, PartnerBody, PartnerCreatedOut, PartnerOut, PartnerPatchBody } from './partner.schemas.ts';
import { partnerView } from './view.ts';

/** Partners, by operators. */
export const partnerRoutes = createRoutes();

const operator = allow('operator');
const Partner = z.object({ partner_id: Id });

const CODES = {
  not_found: 'not_found',
  address_taken: 'conflict',
  withhold_needs_close: 'invalid',
  conflict: 'conflict',
  busy: 'busy',
} as const;
const DETAILS = {
  address_taken: 'another partner uses this PayPal address',
  withhold_needs_close: 'only the balance of a closed partner is withheld',
} as const;

function detailOf(reason: string): string | undefined {
  return reason === 'address_taken' || reason === 'withhold_needs_close' ? DETAILS[reason] : undefined;
}

const postPartner = createRoute({
  method: 'post',
  path: '/v1/partners',
  tags: ['operator'],
  middleware: operator,
  request: { headers: IdempotencyHeader, body: jsonBody(PartnerBody) },
  responses: {
    200: jsonAnswer(PartnerCreatedOut, 'Told before: the first answer'),
    201: jsonAnswer(PartnerCreatedOut, 'The partner, with a first link to the home page'),
    ...PROBLEM_ANSWERS,
  },
});
partnerRoutes.openapi(postPartner, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const sent = { content: await sentBody(c), idempotency_key: c.req.valid('header')['idempotency-key'] ?? null };
  const done = await createPartner(doorOf(c), hasher, c.var.config, c.req.valid('json'), sent);
  if (!done.ok) return failed(CODES, done.reason, detailOf(done.reason));
  if (done.first_time) await mirrorLinks(c.env.LINKS, c.var.books, { partner_id: done.answer.partner_id }, c.var.now);
  return c.json(done.answer, done.first_time ? 201 : 200);
});

const getPartners = createRoute({
  method: 'get',
  path: '/v1/partners',
  tags: ['operator'],
  middleware: operator,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(PartnerOut), 'Partners by id'), ...PROBLEM_ANSWERS },
});
partnerRoutes.openapi(getPartners, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const rows = await listPartners(c.var.books, keyOfCursor(cursor), limit + 1);
  const { data, next_cursor } = page(rows, limit, (row) => row.partner_id);
  return c.json({ data: data.map((row) => partnerView(row, c.var.now)), next_cursor }, 200);
});

const getPartner = createRoute({
  method: 'get',
  path: '/v1/partners/{partner_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner },
  responses: { 200: jsonAnswer(PartnerOut, 'The partner'), ...PROBLEM_ANSWERS },
});
partnerRoutes.openapi(getPartner, async (c) => {
  const { partner } = await readPartner(c.var.books, c.req.valid('param').partner_id);
  if (!partner) return fail('not_found');
  return c.json(partnerView(partner, c.var.now), 200);
});

const patchPartner = createRoute({
  method: 'patch',
  path: '/v1/partners/{partner_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner, body: jsonBody(PartnerPatchBody) },
  responses: { 200: jsonAnswer(PartnerOut, 'The partner as changed'), ...PROBLEM_ANSWERS },
});
partnerRoutes.openapi(patchPartner, async (c) => {
  const { partner_id } = c.req.valid('param');
  const { hasher } = await readProgram(c.var.books);
  const done = await changePartner(doorOf(c), hasher, 'operator', partner_id, c.req.valid('json'));
  if (!done.ok) return failed(CODES, done.reason, detailOf(done.reason));
  if (done.fields.includes('paypal')) await pokeCancellations(c.env.PAYOUTS, c.var.books, partner_id, c.var.now);
  if (done.fields.includes('status')) await mirrorLinks(c.env.LINKS, c.var.books, { partner_id }, c.var.now);
  return c.json(done.partner, 200);
});
