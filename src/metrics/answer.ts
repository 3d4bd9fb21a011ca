import type { Context } from 'hono';
import { routePath } from 'hono/route';

import type { Api } from '../http/context.ts';
import { logLine } from '../log.ts';
import { count } from './metrics.ts';

/** The code of a problem, out of a copy of its body; empty for any other answer. */
async function codeOf(answer: Response): Promise<string> {
  if (answer.headers.get('content-type') !== 'application/problem+json') return '';
  const body: { code?: string } = await answer.clone().json();
  return body.code ?? '';
}

/**
 * Counts an answer of the API by its route, status and problem code, and logs writes and failures with the request's id. A route is the
 * pattern, not the path: nothing that was sent is in it.
 */
export async function tellAnswer(c: Context<Api>): Promise<void> {
  const { status } = c.res;
  const code = await codeOf(c.res);
  const { method } = c.req;
  const route = routePath(c, -1);
  count(c.env, 'answer', [`${method} ${route}`, String(status), code]);
  if (method !== 'GET' || status >= 500)
    logLine('answered', { request_id: c.var.request_id, method, route, status, code: code === '' ? null : code });
}
