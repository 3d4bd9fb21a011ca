import { z, type OpenAPIHono } from '@hono/zod-openapi';

import type { Api } from './context.ts';
import { Id, LongId, Problem } from './schema.ts';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
});

const page = (description: string) => ({ description, content: { 'text/html': { schema: z.string() } } });
const anyone = { tags: ['visitors'], security: [] };

/** Describes the doors of visitors, which no JSON schema validates: the tracker's, and the site's own form. */
export function describeVisitors(app: OpenAPIHono<Api>): void {
  const registry = app.openAPIRegistry;
  const redirect = {
    302: { description: "to the link's destination with the signed cookie, or to the program's home page without one" },
    503: { description: 'a prefetch: the browser asks again when the person really goes' },
  };
  registry.registerPath({
    ...anyone,
    method: 'get',
    path: '/r/{code}',
    request: { params: z.object({ code: Id }) },
    responses: redirect,
  });
  registry.registerPath({
    ...anyone,
    method: 'get',
    path: '/r/{code}/{path}',
    request: { params: z.object({ code: Id, path: z.string() }) },
    responses: redirect,
  });
  registry.registerPath({
    ...anyone,
    method: 'get',
    path: '/token',
    responses: {
      200: {
        description: "the visitor's referral token",
        content: { 'application/json': { schema: z.object({ referral_token: z.string().nullable() }) } },
      },
      403: problem('origin_not_allowed'),
    },
  });
  describeConsent(app);
  describeConfirmation(app);
  describeForm(app);
}

/** The page behind the link in a mail to a client. */
function describeConfirmation(app: OpenAPIHono<Api>): void {
  const registry = app.openAPIRegistry;
  const link = z.object({ token: z.string() });
  const useless = {
    404: page('no link of this program'),
    410: page('expired, or of no use any more'),
    429: page('too many'),
  };
  registry.registerPath({
    ...anyone,
    method: 'get',
    path: '/confirm/{token}',
    request: { params: link },
    responses: {
      200: page('the question to the client, or the answer as it was recorded; decides nothing (R3)'),
      ...useless,
    },
  });
  registry.registerPath({
    ...anyone,
    method: 'post',
    path: '/confirm/{token}',
    request: {
      params: link,
      body: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: z.object({ answer: z.enum(['yes', 'no']) }) } },
      },
    },
    responses: {
      200: page('recorded, now or the same before'),
      400: page('neither yes nor no'),
      409: page('answered otherwise before'),
      413: page('too large'),
      503: page('busy: try again'),
      ...useless,
    },
  });
}

/** The site's own form. */
function describeForm(app: OpenAPIHono<Api>): void {
  const registry = app.openAPIRegistry;
  const form = z.object({
    email: z.string(),
    name: z.string().optional(),
    company: z.string().optional(),
    how_heard: z.string().optional(),
    referral_token: z.string().optional(),
    account_id: LongId.optional().openapi({ description: 'a hint, never a key' }),
    next: z.string().optional().openapi({ description: 'where to go on to; on SIGNUP_ORIGINS only' }),
  });
  registry.registerPath({
    ...anyone,
    method: 'post',
    path: '/signups',
    request: {
      body: {
        required: true,
        content: { 'application/x-www-form-urlencoded': { schema: form }, 'multipart/form-data': { schema: form } },
      },
    },
    responses: {
      201: {
        description: 'recorded',
        content: { 'application/json': { schema: z.object({ account_id: LongId, signup_ref: z.string() }) } },
      },
      303: { description: 'recorded; on to `next`, with `signup_ref` added' },
      400: problem('malformed'),
      403: problem('origin_not_allowed'),
      413: problem('too_large'),
      415: problem('unsupported_media_type'),
      429: problem('rate_limited'),
      503: problem('busy'),
    },
  });
}

/** The doors of consent, and the script for sites' pages. */
function describeConsent(app: OpenAPIHono<Api>): void {
  const registry = app.openAPIRegistry;
  const told = {
    200: {
      description: "the visitor's referral token from now on",
      content: { 'application/json': { schema: z.object({ referral_token: z.string().nullable() }) } },
    },
    400: problem('malformed'),
    403: problem('origin_not_allowed'),
    413: problem('too_large'),
  };
  registry.registerPath({
    ...anyone,
    method: 'post',
    path: '/consent',
    request: {
      body: { content: { 'application/json': { schema: z.object({ pending: z.string().optional() }) } } },
    },
    responses: told,
  });
  registry.registerPath({
    ...anyone,
    method: 'delete',
    path: '/consent',
    responses: { 204: { description: 'withdrawn: the cookies end' }, 403: problem('origin_not_allowed') },
  });
  registry.registerPath({
    ...anyone,
    method: 'get',
    path: '/lastclick.js',
    responses: {
      200: {
        description: 'fills hidden fields and payment links of the page with the token',
        content: { 'text/javascript': { schema: z.string() } },
      },
      304: { description: 'as it was' },
    },
  });
}
