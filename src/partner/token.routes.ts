import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, instantOut, PageQuery, pageOf } from '../http/schema.ts';
import { doorOf, sentBody } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { issueToken, revokeToken } from './issue-token.ts';
import { partnerExists } from './partner.repo.ts';
import { IdempotencyHeader, TokenBody, TokenListed, TokenOut } from './partner.schemas.ts';
import { tokenKeys } from './token-key.ts';
import { listTokens } from './token.repo.ts';
import { scopesOf } from './token.rules.ts';
import { signPartnerToken } from './token.ts';

/** Partner tokens: issued, listed and revoked by operators, verifiable by anyone. */
export const tokenRoutes = createRoutes();

const operator = allow('operator');
const Partner = z.object({ partner_id: Id });
const CODES = { not_found: 'not_found', scope_too_long: 'scope_too_long', conflict: 'conflict', busy: 'busy' } as const;

const postToken = createRoute({
  method: 'post',
  path: '/v1/partners/{partner_id}/tokens',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner, headers: IdempotencyHeader, body: jsonBody(TokenBody) },
  responses: {
    200: jsonAnswer(TokenOut, 'Told before: the same token'),
    201: jsonAnswer(TokenOut, 'The token; it is shown here only'),
    ...PROBLEM_ANSWERS,
  },
});
tokenRoutes.openapi(postToken, async (c) => {
  const { scope, expires_in } = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const sent = { content: await sentBody(c), idempotency_key: c.req.valid('header')['idempotency-key'] ?? null };
  const asked = { scopes: scope === undefined ? undefined : (scopesOf(scope) ?? undefined), expires_in };
  const done = await issueToken(doorOf(c), hasher, c.req.valid('param').partner_id, asked, sent);
  if (!done.ok) return failed(CODES, done.reason);
  const claims = done.answer;
  const token = await signPartnerToken(c.env, c.var.config.public_url, claims);
  return c.json(
    { token, jti: claims.jti, scope: claims.scope, expires_at: instantOut(claims.exp * 1000) },
    done.first_time ? 201 : 200,
    { 'cache-control': 'no-store' },
  );
});

const getTokens = createRoute({
  method: 'get',
  path: '/v1/partners/{partner_id}/tokens',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner, query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(TokenListed), 'Tokens by id, without the tokens themselves'),
    ...PROBLEM_ANSWERS,
  },
});
tokenRoutes.openapi(getTokens, async (c) => {
  const { partner_id } = c.req.valid('param');
  const { cursor, limit } = c.req.valid('query');
  if (!(await partnerExists(c.var.books, partner_id))) return fail('not_found');
  const rows = await listTokens(c.var.books, partner_id, keyOfCursor(cursor), limit + 1);
  const { data, next_cursor } = page(rows, limit, (row) => row.jti);
  const listed = data.map((row) => ({
    jti: row.jti,
    scope: row.scope,
    issued_at: instantOut(row.issued_at),
    expires_at: instantOut(row.expires_at),
    issued_by: row.issued_by,
    revoked_at: instantOut(row.revoked_at),
  }));
  return c.json({ data: listed, next_cursor }, 200);
});

const deleteToken = createRoute({
  method: 'delete',
  path: '/v1/partners/{partner_id}/tokens/{jti}',
  tags: ['operator'],
  middleware: operator,
  request: { params: Partner.extend({ jti: Id }) },
  responses: { 204: { description: 'Revoked, now or before' }, ...PROBLEM_ANSWERS },
});
tokenRoutes.openapi(deleteToken, async (c) => {
  const { partner_id, jti } = c.req.valid('param');
  const done = await revokeToken(doorOf(c), partner_id, jti);
  return done.ok ? c.body(null, 204) : fail(done.reason);
});

const Jwk = z.object({
  kty: z.string(),
  crv: z.string(),
  x: z.string(),
  kid: z.string(),
  alg: z.string(),
  use: z.string(),
});
const getJwks = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags: ['visitors'],
  security: [],
  responses: {
    200: jsonAnswer(
      z.object({ keys: z.array(Jwk) }).openapi('Jwks'),
      'Public keys of tokens and receipts, former ones included',
    ),
    ...PROBLEM_ANSWERS,
  },
});
tokenRoutes.openapi(getJwks, async (c) => {
  const { jwks } = await tokenKeys(c.env);
  return c.json({ keys: jwks.map((key) => ({ ...key, alg: 'EdDSA', use: 'sig' })) }, 200, {
    'cache-control': 'public, max-age=300',
  });
});
