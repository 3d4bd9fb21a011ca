import { campaignOf } from './campaign.rules.ts';
import { classOf } from './click-class.rules.ts';
import type { ClickClass, ClickMessage } from './click.ts';
import { PENDING_PARAM, withParameter } from './consent.rules.ts';
import { mayKeep } from './consent.ts';
import { outcomeOf, type Outcome } from './follow.rules.ts';
import type { LinkAnswer } from './link-lookup.rules.ts';
import { lookUpLink } from './link-lookup.ts';
import { sendClick } from './send-click.ts';
import { mintToken, newClickId, newVisitorId } from './token.ts';
import { costHeaders, type Visit } from './visit.ts';
import { tokenCookie, visitorOf } from './visitor.ts';

/** A request for a link as it was answered: what was decided, the link, and what goes with the redirect. */
export interface Followed {
  outcome: Outcome;
  link: LinkAnswer | null;
  /** The `Set-Cookie` of a click that counts, where the visitor lets us keep it. */
  cookie: string | null;
  /** The click of a visitor who has not been asked yet, for the page to hand back after a yes. */
  pending: string | null;
}

/**
 * Follows a code (null for what can be none): looks its link up, has the click recorded after the answer, and signs what the visitor takes
 * along. What is fetched ahead is answered without a look; its click is recorded all the same.
 */
export async function follow(visit: Visit, code: string | null): Promise<Followed> {
  const { request, config } = visit;
  const click_class = classOf(request.method, request.headers);
  if (click_class === 'prefetch') {
    if (code !== null) visit.after(recordAhead(visit, code));
    return { outcome: outcomeOf(click_class, null), link: null, cookie: null, pending: null };
  }
  const link = code === null ? null : await lookUp(visit, code);
  const outcome = outcomeOf(click_class, link);
  if (code === null || link === null || !outcome.recorded) return { outcome, link, cookie: null, pending: null };
  const click = await clickOf(visit, code, link, click_class);
  visit.after(sendClick(visit.clicks, click));
  if (!outcome.counts) return { outcome, link, cookie: null, pending: null };
  const kept = mayKeep(request, config);
  if (kept === 'yes') {
    const token = await mintToken(click, config.cookie_keys, config.cookie_name);
    return { outcome, link, cookie: tokenCookie(token, config), pending: null };
  }
  const pending = kept === 'not_asked' ? await mintToken(click, config.cookie_keys, 'pending') : null;
  return { outcome, link, cookie: null, pending };
}

async function lookUp(visit: Visit, code: string): Promise<LinkAnswer> {
  const { answer, behind } = await lookUpLink(visit.stores, code, visit.now, visit.cost);
  if (behind) visit.after(behind());
  return answer;
}

/** The click, under the visitor's id where a cookie names one that may be read. */
async function clickOf(visit: Visit, code: string, link: LinkAnswer, click_class: ClickClass): Promise<ClickMessage> {
  const { request, config, url } = visit;
  const visitor = mayKeep(request, config) === 'yes' ? await visitorOf(request, config) : null;
  return {
    v: 1,
    click_id: newClickId(visit.now),
    visitor_id: visitor?.token.visitor_id ?? newVisitorId(),
    clicked_at: visit.now,
    code,
    partner_id: link.state === 'live' ? link.partner_id : null,
    class: click_class,
    ...campaignOf(url.search),
  };
}

/** Records what was fetched ahead, after its answer; this also warms the link for the visit that may follow. */
async function recordAhead(visit: Visit, code: string): Promise<void> {
  const link = await lookUp(visit, code);
  if (outcomeOf('prefetch', link).recorded) await sendClick(visit.clicks, await clickOf(visit, code, link, 'prefetch'));
}

/** The answer to what was fetched ahead: the browser asks again when the person really goes (L1). */
export function comeBack(visit: Visit): Response {
  return new Response(null, { status: 503, headers: { 'cache-control': 'no-store', ...costHeaders(visit) } });
}

/** The redirect, with the cookie or, where nobody has been asked yet, with the click in the address. */
export function redirectTo(visit: Visit, location: string, { cookie, pending }: Followed): Response {
  const target = pending === null ? location : withParameter(location, PENDING_PARAM, pending);
  const headers = new Headers({ location: target, 'cache-control': 'private, no-store', ...costHeaders(visit) });
  if (cookie !== null) headers.set('set-cookie', cookie);
  return new Response(null, { status: 302, headers });
}
