import { problemResponse } from '../http/problem.ts';
import { mayKeep } from './consent.ts';
import { corsOf, preflight } from './cors.ts';
import { costHeaders, type Visit } from './visit.ts';
import { visitorOf } from './visitor.ts';

/**
 * `GET /token`: the visitor's referral token for scripts of `SIGNUP_ORIGINS`, since the cookie itself is HttpOnly; null where no cookie
 * verifies, or none may be read. An origin that is not allowed learns nothing.
 */
export async function tokenRoute(visit: Visit): Promise<Response> {
  const { request, config } = visit;
  const cors = corsOf(visit, 'anyone');
  if (cors instanceof Response) return cors;
  const headers = new Headers({ ...cors, ...costHeaders(visit) });
  if (request.method === 'OPTIONS') return preflight(headers, 'GET');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { ...cors, allow: 'GET, HEAD, OPTIONS' });
  }
  const visitor = mayKeep(request, config) === 'yes' ? visitorOf(request, config) : null;
  headers.set('content-type', 'application/json');
  const body = request.method === 'HEAD' ? null : JSON.stringify({ referral_token: visitor?.text ?? null });
  return new Response(body, { headers });
}
