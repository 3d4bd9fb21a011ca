import { problemResponse } from '../http/problem.ts';
import { classOf } from './click-class.rules.ts';
import type { ClickClass, ClickMessage } from './click.ts';
import type { LinkAnswer } from './link-lookup.rules.ts';
import { lookUpLink } from './link-lookup.ts';
import { locationOf, readLinkPath } from './redirect.rules.ts';
import { sendClick } from './send-click.ts';
import { mintToken, newClickId, newVisitorId } from './token.ts';
import { costHeaders, type Visit } from './visit.ts';
import { tokenCookie, visitorOf } from './visitor.ts';

/**
 * `GET /r/{code}[/{path}]`: 302 to the link's destination, with the signed cookie where a person came (L1). A code that leads nowhere
 * goes to `HOME_URL` without one, and is not recorded. What is fetched ahead is told to come back: 503.
 */
export async function redirectRoute(visit: Visit): Promise<Response> {
  const { request, url, config } = visit;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { allow: 'GET, HEAD' });
  }
  const click_class = classOf(request.method, request.headers);
  const { code, path } = readLinkPath(url.pathname);
  if (click_class === 'prefetch') {
    if (code !== null) visit.after(recordAhead(visit, code));
    return new Response(null, { status: 503, headers: { 'cache-control': 'no-store', ...costHeaders(visit) } });
  }
  const answer = code === null ? null : await lookUp(visit, code);
  if (code === null || answer === null || answer.state === 'gone') return redirectTo(visit, config.home_url, null);
  const click = await clickOf(visit, code, answer, click_class);
  visit.after(sendClick(visit.clicks, click));
  const cookie = click_class === 'person' ? await cookieOf(visit, click) : null;
  const location = answer.state === 'live' ? locationOf(answer.destination, path, url.search) : null;
  return redirectTo(visit, location ?? config.home_url, cookie);
}

async function lookUp(visit: Visit, code: string): Promise<LinkAnswer> {
  const { answer, behind } = await lookUpLink(visit.stores, code, visit.now, visit.cost);
  if (behind) visit.after(behind());
  return answer;
}

/** The click, under the visitor's id where a cookie names one. */
async function clickOf(visit: Visit, code: string, answer: LinkAnswer, click_class: ClickClass): Promise<ClickMessage> {
  const visitor = await visitorOf(visit.request, visit.config);
  return {
    v: 1,
    click_id: newClickId(visit.now),
    visitor_id: visitor?.token.visitor_id ?? newVisitorId(),
    clicked_at: visit.now,
    code,
    partner_id: answer.state === 'live' ? answer.partner_id : null,
    class: click_class,
  };
}

async function cookieOf({ config }: Visit, click: ClickMessage): Promise<string> {
  return tokenCookie(await mintToken(click, config.cookie_keys, config.cookie_name), config);
}

/** Records what was fetched ahead, after its answer; this also warms the link for the visit that may follow. */
async function recordAhead(visit: Visit, code: string): Promise<void> {
  const answer = await lookUp(visit, code);
  if (answer.state !== 'gone') await sendClick(visit.clicks, await clickOf(visit, code, answer, 'prefetch'));
}

function redirectTo(visit: Visit, location: string, cookie: string | null): Response {
  const headers = new Headers({ location, 'cache-control': 'private, no-store', ...costHeaders(visit) });
  if (cookie !== null) headers.set('set-cookie', cookie);
  return new Response(null, { status: 302, headers });
}
