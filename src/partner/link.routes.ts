import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import type { Actor, Api } from '../http/context.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, PageQuery, pageOf } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { mirrorLinks } from './link-mirror.ts';
import { listLinks } from './link.repo.ts';
import { linkView, plainCode } from './link.rules.ts';
import { changeLink, createLink, type LinkInput } from './link.ts';
import { partnerExists } from './partner.repo.ts';
import { IdempotencyHeader, LinkBody, LinkOut, LinkPatchBody } from './partner.schemas.ts';

/** Referral links: partners' own, and by operators for a partner. */
export const linkRoutes = createRoutes();

const partner = allow('partner');
const operator = allow('operator');
const Partner = z.object({ partner_id: Id });
const CODES = {
  not_found: 'not_found',
  code_taken: 'code_taken',
  destination_not_allowed: 'destination_not_allowed',
  conflict: 'conflict',
  busy: 'busy',
} as const;

const created = {
  200: jsonAnswer(LinkOut, 'Told before: the first answer'),
  201: jsonAnswer(LinkOut, 'The new link'),
  ...PROBLEM_ANSWERS,
};

async function create(c: Context<Api>, input: LinkInput, idempotency_key: string | undefined) {
  const { hasher } = await readProgram(c.var.books);
  const done = await createLink(doorOf(c), hasher, c.var.config, input, idempotency_key ?? null);
  if (!done.ok) return failed(CODES, done.reason);
  if (done.first_time) await mirrorLinks(c.env.LINKS, c.var.books, { codes: [plainCode(done.answer.code)] }, c.var.now);
  return done;
}

const postLink = createRoute({
  method: 'post',
  path: '/v1/links',
  tags: ['partner'],
  middleware: partner,
  request: { headers: IdempotencyHeader, body: jsonBody(LinkBody) },
  responses: created,
});
linkRoutes.openapi(postLink, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'links');
  const done = await create(c, { ...c.req.valid('json'), partner_id }, c.req.valid('header')['idempotency-key']);
  return c.json(done.answer, done.first_time ? 201 : 200);
});

const postPartnerLink = createRoute({
  method: 'post',
  path: '/v1/partners/{partner_id}/links',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner, headers: IdempotencyHeader, body: jsonBody(LinkBody) },
  responses: created,
});
linkRoutes.openapi(postPartnerLink, async (c) => {
  const done = await create(
    c,
    { ...c.req.valid('json'), ...c.req.valid('param') },
    c.req.valid('header')['idempotency-key'],
  );
  return c.json(done.answer, done.first_time ? 201 : 200);
});

async function ownLinks(
  c: Context<Api>,
  partner_id: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
) {
  const rows = await listLinks(c.var.books, {
    partner_id,
    now: c.var.now,
    after: keyOfCursor(cursor),
    limit: limit + 1,
  });
  const { data, next_cursor } = page(rows, limit, (row) => row.code);
  return { data: data.map((row) => linkView(c.var.config.public_url, row, row.retired)), next_cursor };
}

/** Links are read with either of two scopes. */
function readerOf(actor: Actor): string {
  const links = actor.role === 'partner' && actor.scopes.has('links');
  return partnerActor(actor, links ? 'links' : 'read').partner_id;
}

const getLinks = createRoute({
  method: 'get',
  path: '/v1/links',
  tags: ['partner'],
  middleware: partner,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(LinkOut), 'Own links by code'), ...PROBLEM_ANSWERS },
});
linkRoutes.openapi(getLinks, async (c) => c.json(await ownLinks(c, readerOf(c.var.actor), c.req.valid('query')), 200));

const getPartnerLinks = createRoute({
  method: 'get',
  path: '/v1/partners/{partner_id}/links',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner, query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(LinkOut), "A partner's links by code"), ...PROBLEM_ANSWERS },
});
linkRoutes.openapi(getPartnerLinks, async (c) => {
  const { partner_id } = c.req.valid('param');
  if (!(await partnerExists(c.var.books, partner_id))) return fail('not_found');
  return c.json(await ownLinks(c, partner_id, c.req.valid('query')), 200);
});

const patchLink = createRoute({
  method: 'patch',
  path: '/v1/links/{code}',
  tags: ['partner'],
  middleware: partner,
  request: { params: z.object({ code: Id }), body: jsonBody(LinkPatchBody) },
  responses: { 200: jsonAnswer(LinkOut, 'The link as changed'), ...PROBLEM_ANSWERS },
});
linkRoutes.openapi(patchLink, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'links');
  const { code } = c.req.valid('param');
  const done = await changeLink(doorOf(c), c.var.config, partner_id, code, c.req.valid('json'));
  if (!done.ok) return failed(CODES, done.reason);
  await mirrorLinks(c.env.LINKS, c.var.books, { codes: [plainCode(code)] }, c.var.now);
  return c.json(done.link, 200);
});
