import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import type { Api } from '../http/context.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, instantOut, PageQuery, pageOf, toInstant } from '../http/schema.ts';
import { doorOf, sentBody } from '../http/written.ts';
import { IdempotencyHeader } from '../partner/partner.schemas.ts';
import { readProgram } from '../program/program.repo.ts';
import { findEndpoint, listEndpoints } from './endpoint.repo.ts';
import {
  closeEndpoint,
  editEndpoint,
  MAX_ENDPOINTS,
  MAX_REPLAYED,
  openEndpoint,
  replayEndpoint,
  rotateSecret,
  secretOf,
  type Sent,
} from './endpoints.ts';
import { checkTarget, type UrlFault } from './target.rules.ts';
import {
  EndpointBody,
  EndpointOpened,
  EndpointOut,
  endpointOut,
  EndpointPatch,
  ReplayBody,
  ReplayOut,
  RotationBody,
  RotationOut,
} from './webhook.schemas.ts';

/** Where events go: opened, changed, rotated and closed by operators. */
export const endpointRoutes = createRoutes();

const operator = allow('operator');
const Endpoint = z.object({ endpoint_id: Id });

const FAULTS: Record<UrlFault, string> = {
  not_a_url: 'an absolute URL',
  not_secure: 'https (http on a loopback host in a local program only)',
  credentials: 'without user name or password',
  private_address: 'a public name, not an address in numbers nor a name of a private network',
  own_address: 'not an address of this program',
};

/** An address that events may go to, as it is kept; 422 for any other. */
function targetOf(c: Context<Api>, url: string): string {
  const local = c.env.ENVIRONMENT === 'local';
  const target = checkTarget(url, { local, public_url: c.var.config.public_url });
  if (target.ok) return target.url;
  return fail('invalid', 'events cannot be sent there', [{ path: 'body.url', message: FAULTS[target.reason] }]);
}

async function sentOf(c: Context<Api>, key: string | undefined): Promise<Sent> {
  return { content: await sentBody(c), idempotency_key: key ?? null };
}

const DETAILS = {
  disabled: 'the endpoint is disabled: enable it first',
  too_many: `at most ${MAX_REPLAYED} events at once: ask for a shorter span`,
} as const;

const postEndpoint = createRoute({
  method: 'post',
  path: '/v1/webhook-endpoints',
  tags: ['operator'],
  middleware: operator,
  request: { headers: IdempotencyHeader, body: jsonBody(EndpointBody) },
  responses: {
    200: jsonAnswer(EndpointOpened, 'Opened before: the endpoint as it is now'),
    201: jsonAnswer(EndpointOpened, 'Opened; its secret is shown here only'),
    ...PROBLEM_ANSWERS,
  },
});
endpointRoutes.openapi(postEndpoint, async (c) => {
  const { url, types } = c.req.valid('json');
  const asked = { url: targetOf(c, url), types };
  const { hasher } = await readProgram(c.var.books);
  const { cookie_keys } = c.var.config;
  const sent = await sentOf(c, c.req.valid('header')['idempotency-key']);
  const done = await openEndpoint(doorOf(c), hasher, cookie_keys, asked, sent);
  if (!done.ok)
    return done.reason === 'too_many' ? fail('invalid', `at most ${MAX_ENDPOINTS} endpoints`) : fail(done.reason);
  const endpoint = await findEndpoint(c.var.books, done.answer.endpoint_id);
  if (!endpoint) return fail('not_found');
  const secret = await secretOf(doorOf(c), cookie_keys, done.answer);
  return c.json({ ...endpointOut(endpoint), secret }, done.first_time ? 201 : 200, { 'cache-control': 'no-store' });
});

const getEndpoints = createRoute({
  method: 'get',
  path: '/v1/webhook-endpoints',
  tags: ['operator'],
  middleware: operator,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(EndpointOut), 'Endpoints by id, without their secrets'), ...PROBLEM_ANSWERS },
});
endpointRoutes.openapi(getEndpoints, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const rows = await listEndpoints(c.var.books, keyOfCursor(cursor), limit + 1);
  const { data, next_cursor } = page(rows, limit, (row) => row.endpoint_id);
  return c.json({ data: data.map(endpointOut), next_cursor }, 200);
});

const getEndpoint = createRoute({
  method: 'get',
  path: '/v1/webhook-endpoints/{endpoint_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Endpoint },
  responses: { 200: jsonAnswer(EndpointOut, 'The endpoint, without its secret'), ...PROBLEM_ANSWERS },
});
endpointRoutes.openapi(getEndpoint, async (c) => {
  const endpoint = await findEndpoint(c.var.books, c.req.valid('param').endpoint_id);
  return endpoint ? c.json(endpointOut(endpoint), 200) : fail('not_found');
});

const patchEndpoint = createRoute({
  method: 'patch',
  path: '/v1/webhook-endpoints/{endpoint_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Endpoint, body: jsonBody(EndpointPatch) },
  responses: { 200: jsonAnswer(EndpointOut, 'As it is from now on'), ...PROBLEM_ANSWERS },
});
endpointRoutes.openapi(patchEndpoint, async (c) => {
  const { url, types, status } = c.req.valid('json');
  const asked = { url: url === undefined ? undefined : targetOf(c, url), types, status };
  const done = await editEndpoint(doorOf(c), c.req.valid('param').endpoint_id, asked);
  return done.ok ? c.json(endpointOut(done.endpoint), 200) : fail(done.reason);
});

const deleteEndpoint = createRoute({
  method: 'delete',
  path: '/v1/webhook-endpoints/{endpoint_id}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Endpoint },
  responses: { 204: { description: 'Closed, with its secrets and its log' }, ...PROBLEM_ANSWERS },
});
endpointRoutes.openapi(deleteEndpoint, async (c) => {
  const done = await closeEndpoint(doorOf(c), c.req.valid('param').endpoint_id);
  return done.ok ? c.body(null, 204) : fail(done.reason);
});

const postRotation = createRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/{endpoint_id}/rotation',
  tags: ['operator'],
  middleware: operator,
  request: { params: Endpoint, headers: IdempotencyHeader, body: jsonBody(RotationBody) },
  responses: {
    200: jsonAnswer(RotationOut, 'Rotated before'),
    201: jsonAnswer(RotationOut, 'The new secret, shown here only; both sign for a while'),
    ...PROBLEM_ANSWERS,
  },
});
endpointRoutes.openapi(postRotation, async (c) => {
  const { endpoint_id } = c.req.valid('param');
  const { overlap } = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const { cookie_keys } = c.var.config;
  const sent = await sentOf(c, c.req.valid('header')['idempotency-key']);
  const done = await rotateSecret(doorOf(c), hasher, cookie_keys, endpoint_id, overlap, sent);
  if (!done.ok) return fail(done.reason);
  const secret = await secretOf(doorOf(c), cookie_keys, done.answer);
  const former_valid_until = instantOut(done.answer.former_valid_until);
  const answer = { endpoint_id, secret, former_valid_until };
  return c.json(answer, done.first_time ? 201 : 200, { 'cache-control': 'no-store' });
});

const postReplay = createRoute({
  method: 'post',
  path: '/v1/webhook-endpoints/{endpoint_id}/replay',
  tags: ['operator'],
  middleware: operator,
  request: { params: Endpoint, headers: IdempotencyHeader, body: jsonBody(ReplayBody) },
  responses: {
    200: jsonAnswer(ReplayOut, 'Queued before, by the same key'),
    201: jsonAnswer(ReplayOut, 'Queued anew: all kept events of the span, delivered before or not'),
    ...PROBLEM_ANSWERS,
  },
});
endpointRoutes.openapi(postReplay, async (c) => {
  const { endpoint_id } = c.req.valid('param');
  const { from, to } = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const sent = await sentOf(c, c.req.valid('header')['idempotency-key']);
  const span = { from: toInstant(from), to: toInstant(to) };
  const done = await replayEndpoint(doorOf(c), hasher, endpoint_id, span, sent);
  if (done.ok) return c.json(done.answer, done.first_time ? 201 : 200);
  const { reason } = done;
  return reason === 'disabled' || reason === 'too_many' ? fail('invalid', DETAILS[reason]) : fail(reason);
});
