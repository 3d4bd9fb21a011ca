import { problemResponse } from '../http/problem.ts';
import { costHeaders, type Visit } from './visit.ts';
import { visitorOf } from './visitor.ts';

/**
 * `GET /token`: the visitor's referral token for scripts of `SIGNUP_ORIGINS`, since the cookie itself is HttpOnly; null where no cookie
 * verifies. An origin that is not allowed learns nothing.
 */
export async function tokenRoute(visit: Visit): Promise<Response> {
  const { request, config } = visit;
  const origin = request.headers.get('origin');
  const own = origin === null || origin === visit.url.origin;
  if (!own && !config.signup_origins.has(origin)) {
    return problemResponse('origin_not_allowed', undefined, undefined, { vary: 'Origin' });
  }
  const headers = {
    'cache-control': 'no-store',
    vary: 'Origin',
    ...(own ? {} : { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' }),
    ...costHeaders(visit),
  };
  if (request.method === 'OPTIONS') {
    return new Response(null, { status: 204, headers: { ...headers, 'access-control-allow-methods': 'GET' } });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { ...headers, allow: 'GET, HEAD, OPTIONS' });
  }
  const visitor = await visitorOf(request, config);
  const body = request.method === 'HEAD' ? null : JSON.stringify({ referral_token: visitor?.text ?? null });
  return new Response(body, {
    headers: { ...headers, 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
  });
}
