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

const sites = new WeakMap<SiteEnv, ReadonlySet<string>>();

const hostOf = (text: string | undefined): string | null => (text && URL.canParse(text) ? new URL(text).host : null);

/**
 * Whether a request is on a host of the site's, where the tracker stands in front of the merchant's pages (`PASS_THROUGH`), and not on the
 * front door's. Read from the bare variables: it has to be right where the rest of the configuration is not.
 */
export function isSite(request: Request, env: SiteEnv): boolean {
  if (env.PASS_THROUGH !== 'on') return false;
  let hosts = sites.get(env);
  if (!hosts) {
    const listed = (env.SIGNUP_ORIGINS ?? '').split(',').map((origin) => hostOf(origin.trim()));
    const own = hostOf(env.PUBLIC_URL);
    hosts = new Set(listed.filter((host) => host !== null && host !== own) as string[]);
    sites.set(env, hosts);
  }
  return hosts.has(new URL(request.url).host);
}

/**
 * A request on the merchant's own route. A page asked for with `?ref={code}` is redirected to itself without it, with the cookie where a
 * person came by a live link (L1). Everything else is the origin's, untouched, and so is what we fail at.
 */
export async function passThrough(request: Request, env: SiteEnv, ctx: ExecutionContext): Promise<Response> {
  const origin = () => (env.SITE ?? globalThis).fetch(request);
  const name = env.REF_PARAM || 'ref';
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
  const visit = await openVisit(request, env, ctx);
  if (visit instanceof Response) return null;
  const mark = readMark(visit.url.search, name);
  if (mark === null) return null;
  const followed = await follow(visit, codeOf(mark.value));
  if (followed.outcome.leads === 'ahead') return comeBack(visit);
  const { origin, pathname } = visit.url;
  return redirectTo(visit, `${origin}${pathname}${mark.search}`, followed);
}
