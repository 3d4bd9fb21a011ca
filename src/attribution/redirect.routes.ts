import { problemResponse } from '../http/problem.ts';
import { comeBack, follow, redirectTo } from './follow.ts';
import { locationOf, readLinkPath } from './redirect.rules.ts';
import type { Visit } from './visit.ts';

/**
 * `GET /r/{code}[/{path}]`: 302 to the link's destination, with the signed cookie where a person came (L1). A code that leads nowhere
 * goes to `HOME_URL` without one, and is not recorded. What is fetched ahead is told to come back: 503.
 */
export async function redirectRoute(visit: Visit): Promise<Response> {
  const { request, url, config } = visit;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { allow: 'GET, HEAD' });
  }
  const { code, path } = readLinkPath(url.pathname);
  const followed = await follow(visit, code);
  if (followed.outcome.leads === 'ahead') return comeBack(visit);
  const { link } = followed;
  const location = link?.state === 'live' ? locationOf(link.destination, path, url.search) : null;
  return redirectTo(visit, location ?? config.home_url, followed);
}
