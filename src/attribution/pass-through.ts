import { errorNames, logLine } from '../log.ts';
import { comeBack, follow, redirectTo } from './follow.ts';
import { asksForPage, readMark } from './pass-through.rules.ts';
import { codeOf } from './redirect.rules.ts';
import { openVisit, type VisitEnv } from './visit.ts';

/** What stands in for the site's own server; without it the request goes on to wherever its address leads. */
export interface SiteEnv extends VisitEnv {
  /** The site where it is a Worker of its own: a Worker's `fetch` does not reach another one of the same zone. */
  SITE?: Fetcher;
}

/** Whose a host is: of the site in front of which the tracker stands, of a neighbour that a route covers as well, or the front door's. */
type Whose = 'site' | 'neighbour' | 'ours';

const hosts = new WeakMap<SiteEnv, Map<string, Whose>>();

const hostOf = (text: string | undefined): string | null => (text && URL.canParse(text) ? new URL(text).host : null);

function readHosts(env: SiteEnv): Map<string, Whose> {
  const listed = (env.SIGNUP_ORIGINS ?? '').split(',').flatMap((origin) => hostOf(origin.trim()) ?? []);
  const known = new Map<string, Whose>(listed.map((host) => [host, 'site']));
  const own = hostOf(env.PUBLIC_URL);
  if (own !== null) known.set(own, 'ours');
  return known;
}

/** Whose request it is. Read from the bare variables: it has to be right where the rest of the configuration is not. */
function whoseHost(request: Request, env: SiteEnv): Whose {
  let known = hosts.get(env);
  if (!known) hosts.set(env, (known = readHosts(env)));
  const { host, hostname } = new URL(request.url);
  const domain = env.COOKIE_DOMAIN;
  const within = domain !== undefined && domain !== '' && (hostname === domain || hostname.endsWith(`.${domain}`));
  return known.get(host) ?? (within ? 'neighbour' : 'ours');
}

/**
 * Whether a request is the merchant's own, where the tracker stands in front of their pages (`PASS_THROUGH`), and not the front door's: on a
 * host of `SIGNUP_ORIGINS`, or on another one of their domain that a wide route covers.
 */
export function isSite(request: Request, env: SiteEnv): boolean {
  return env.PASS_THROUGH === 'on' && whoseHost(request, env) !== 'ours';
}

/**
 * A request on the merchant's own route. A page asked for with `?ref={code}` is redirected to itself without it, with the cookie where a
 * person came by a live link (L1). Everything else is the origin's, untouched, and so are hosts that nobody lists, and what we fail at.
 */
export async function passThrough(request: Request, env: SiteEnv, ctx: ExecutionContext): Promise<Response> {
  if (whoseHost(request, env) !== 'site') return fetch(request);
  const origin = () => (env.SITE ?? globalThis).fetch(request);
  const name = env.REF_PARAM || 'ref';
  // No cookie of ours would be kept: the site's own redirect to https is to come first.
  if (request.url.startsWith('http:') && env.ENVIRONMENT === 'production') return origin();
  const query = request.url.indexOf('?');
  if (query < 0 || !request.url.includes(`${name}=`, query) || !asksForPage(request.method, request.headers))
    return origin();
  try {
    return (await redirected(request, name, env, ctx)) ?? (await origin());
  } catch (error) {
    logLine('pass_through_failed', { error: errorNames(error) });
    return origin();
  }
}

/** The redirect of a marked page to itself; null where the request is none of ours. */
async function redirected(
  request: Request,
  name: string,
  env: SiteEnv,
  ctx: ExecutionContext,
): Promise<Response | null> {
  const visit = openVisit(request, env, ctx);
  if (visit instanceof Response) return null;
  const mark = readMark(visit.url.search, name);
  if (mark === null) return null;
  const followed = await follow(visit, codeOf(mark.value), visit.url.search);
  if (followed.outcome.leads === 'ahead') return comeBack(visit);
  const { origin, pathname } = visit.url;
  return redirectTo(visit, `${origin}${pathname}${mark.search}`, followed);
}
