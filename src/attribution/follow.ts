import { campaignOf } from './campaign.rules.ts';
import { classOf } from './click-class.rules.ts';
import type { ClickClass, ClickMessage } from './click.ts';
import { PENDING_PARAM, withParameter } from './consent.rules.ts';
import { mayKeep, type MayKeep } from './consent.ts';
import { outcomeOf, type Outcome } from './follow.rules.ts';
import type { LinkAnswer } from './link-lookup.rules.ts';
import { lookUpLink } from './link-lookup.ts';
import { hasSigned, mintFirstToken, mintToken, newClickId, newVisitorId, type TokenUse } from './token.ts';
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
export async function follow(visit: Visit, code: string | null, search: string): Promise<Followed> {
  const { request, config } = visit;
  const click_class = classOf(request.method, request.headers);
  if (click_class === 'prefetch') {
    if (code !== null) visit.after(recordAhead(visit, code, search));
    return { outcome: outcomeOf(click_class, null), link: null, cookie: null, pending: null };
  }
  const link = code === null ? null : (visit.stores.cache.get(code, visit.now) ?? (await lookUp(visit, code)));
  const outcome = outcomeOf(click_class, link);
  if (code === null || link === null || !outcome.recorded) return { outcome, link, cookie: null, pending: null };
  const kept = mayKeep(request, config);
  const click = clickOf(visit, code, search, link, click_class, visitorIdOf(visit, kept));
  visit.clicks.add(click, visit);
  if (!outcome.counts || kept === 'no') return { outcome, link, cookie: null, pending: null };
  const use = kept === 'yes' ? config.cookie_name : 'pending';
  // A click that finds its link and its key ready waits for nothing.
  const token = hasSigned(config.cookie_keys)
    ? mintToken(click, config.cookie_keys, use)
    : await firstToken(visit, click, use);
  return kept === 'yes'
    ? { outcome, link, cookie: tokenCookie(token, config), pending: null }
    : { outcome, link, cookie: null, pending: token };
}

/** The token of an isolate's first click; the clicks after it find the key ready. */
function firstToken(visit: Visit, click: ClickMessage, use: TokenUse): Promise<string> {
  const { cookie_keys } = visit.config;
  visit.after(onceAnswered(async () => void mintToken(click, cookie_keys, use)));
  return mintFirstToken(click, cookie_keys, use);
}

async function lookUp(visit: Visit, code: string): Promise<LinkAnswer> {
  const { answer, behind } = await lookUpLink(visit.stores, code, visit.now, visit.cost);
  if (behind) visit.after(onceAnswered(behind));
  return answer;
}

/** When work behind an answer begins, in milliseconds: what it prepares and sends is not to hold the answer up. */
const BEHIND_MS = 10;

async function onceAnswered(work: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, BEHIND_MS));
  await work();
}

/** The click of a link, out of what was asked for. */
function clickOf(
  { now }: Visit,
  code: string,
  search: string,
  link: LinkAnswer,
  click_class: ClickClass,
  visitor_id: string,
): ClickMessage {
  const click: ClickMessage = {
    v: 1,
    click_id: newClickId(now),
    visitor_id,
    clicked_at: now,
    code,
    partner_id: link.state === 'live' ? link.partner_id : null,
    class: click_class,
  };
  return search === '' ? click : Object.assign(click, campaignOf(search));
}

/** The visitor's id where a cookie names one that may be read, else one of its own. */
function visitorIdOf({ request, config }: Visit, kept: MayKeep): string {
  const visitor = kept === 'yes' ? visitorOf(request, config) : null;
  return visitor?.token.visitor_id ?? newVisitorId();
}

/** Records what was fetched ahead, after its answer; this also warms the link for the visit that may follow. */
async function recordAhead(visit: Visit, code: string, search: string): Promise<void> {
  const link = await lookUp(visit, code);
  if (!outcomeOf('prefetch', link).recorded) return;
  const visitor_id = visitorIdOf(visit, mayKeep(visit.request, visit.config));
  visit.clicks.add(clickOf(visit, code, search, link, 'prefetch', visitor_id), visit);
}

/** The answer to what was fetched ahead: the browser asks again when the person really goes (L1). */
export function comeBack(visit: Visit): Response {
  return new Response(null, { status: 503, headers: { 'cache-control': 'no-store', ...costHeaders(visit) } });
}

/** The redirect, with the cookie or, where nobody has been asked yet, with the click in the address. */
export function redirectTo(visit: Visit, location: string, { cookie, pending }: Followed): Response {
  const target = pending === null ? location : withParameter(location, PENDING_PARAM, pending);
  const headers: Record<string, string> = { location: target, 'cache-control': 'private, no-store' };
  if (cookie !== null) headers['set-cookie'] = cookie;
  if (visit.config.cost_headers) Object.assign(headers, costHeaders(visit));
  return new Response(null, { status: 302, headers });
}
