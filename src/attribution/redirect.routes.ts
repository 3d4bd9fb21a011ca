import { problemResponse } from '../http/problem.ts';
import { comeBack, follow, redirectTo } from './follow.ts';
import type { LinkAnswer } from './link-lookup.rules.ts';
import { locationOf, readLinkPath, type LinkPath } from './redirect.rules.ts';
import type { Visit } from './visit.ts';

type LiveLink = Extract<LinkAnswer, { state: 'live' }>;

/**
 * `GET /r/{code}[/{path}]`: 302 to the link's destination, with the signed cookie where a person came (L1). A code that leads nowhere
 * goes to `HOME_URL` without one, and is not recorded. What is fetched ahead is told to come back: 503.
 */
export async function redirectRoute(visit: Visit): Promise<Response> {
  const { request, config } = visit;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { allow: 'GET, HEAD' });
  }
  const asked =
    visit.plain_code === null ? linkAskedFor(visit.url) : { code: visit.plain_code, path: null, search: '' };
  const followed = await follow(visit, asked.code, asked.search);
  if (followed.outcome.leads === 'ahead') return comeBack(visit);
  const { link } = followed;
  return redirectTo(visit, (link?.state === 'live' ? locationFor(link, asked) : null) ?? config.home_url, followed);
}

interface Asked extends LinkPath {
  search: string;
}

const linkAskedFor = ({ pathname, search }: URL): Asked => ({ ...readLinkPath(pathname), search });

/** Where links lead that are asked for with nothing more: the same for everybody, as long as the isolate knows the link. */
const plainLocations = new WeakMap<LiveLink, string | null>();

function locationFor(link: LiveLink, { path, search }: Asked): string | null {
  if (path !== null || search !== '') return locationOf(link.destination, path, search);
  let location = plainLocations.get(link);
  if (location === undefined) plainLocations.set(link, (location = locationOf(link.destination, null, '')));
  return location;
}
