import { problemResponse } from '../http/problem.ts';
import type { Visit } from './visit.ts';

/**
 * The headers under which a script of `SIGNUP_ORIGINS` may read an answer with credentials, or the refusal of another origin, which learns
 * nothing. `page`: only a page may ask, so that a request has to name its origin; `anyone`: one without an origin is our own.
 */
export function corsOf({ request, url, config }: Visit, from: 'anyone' | 'page'): Record<string, string> | Response {
  const origin = request.headers.get('origin');
  const own = origin === url.origin || (origin === null && from === 'anyone');
  if (!own && (origin === null || !config.signup_origins.has(origin))) {
    return problemResponse('origin_not_allowed', undefined, undefined, { vary: 'Origin' });
  }
  return {
    'cache-control': 'no-store',
    vary: 'Origin',
    'x-content-type-options': 'nosniff',
    ...(own || origin === null
      ? {}
      : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
  };
}

/** The answer to a browser that asks whether it may ask. */
export function preflight(headers: Headers, methods: string): Response {
  headers.set('access-control-allow-methods', methods);
  headers.set('access-control-allow-headers', 'content-type');
  headers.set('access-control-max-age', '600');
  return new Response(null, { status: 204, headers });
}
