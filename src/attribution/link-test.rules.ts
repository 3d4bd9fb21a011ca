import type { Campaign } from './campaign.rules.ts';
import { campaignOf } from './campaign.rules.ts';
import type { ClickClass } from './click.ts';
import { outcomeOf, type Outcome } from './follow.rules.ts';
import type { LinkStanding } from './last-click.rules.ts';
import type { KnownLink } from './link-lookup.rules.ts';
import { readMark } from './pass-through.rules.ts';
import { codeOf, locationOf, readLinkPath } from './redirect.rules.ts';

/** How the front door is set up, as far as a redirect rests on it. */
export interface DoorSetting {
  public_url: string;
  home_url: string;
  /** Hosts that the tracker stands in front of; none where `PASS_THROUGH` is off. */
  site_hosts: ReadonlySet<string>;
  ref_param: string;
  consent: 'none' | 'required';
}

/** What an address asks of the front door: a link of ours, a page of the site with a code, or nothing. */
export type Asked =
  | { kind: 'link' | 'marked_page'; code: string | null; to(link: KnownLink | null): string }
  | { kind: 'elsewhere' };

/** Reads an address as the front door would. `to` says where it leads, by the link as it was looked up. */
export function readAsked(url: URL, door: DoorSetting): Asked {
  if (door.site_hosts.has(url.host)) {
    const mark = readMark(url.search, door.ref_param);
    if (mark === null) return { kind: 'elsewhere' };
    return { kind: 'marked_page', code: codeOf(mark.value), to: () => `${url.origin}${url.pathname}${mark.search}` };
  }
  if (url.host !== new URL(door.public_url).host || !url.pathname.startsWith('/r/')) return { kind: 'elsewhere' };
  const { code, path } = readLinkPath(url.pathname);
  const to = (link: KnownLink | null): string =>
    (link?.state === 'live' ? locationOf(link.destination, path, url.search) : null) ?? door.home_url;
  return { kind: 'link', code, to };
}

/** Why a code leads nowhere. */
export type Nowhere = 'not_a_code' | 'unknown_code' | 'link_retired' | 'partner_not_active';

/** One address of a link's way, with what is decided there. */
export interface Hop {
  url: string;
  kind: Asked['kind'];
  code: string | null;
  class: ClickClass | null;
  link: 'live' | Nowhere | null;
  partner_id: string | null;
  status: 302 | 503 | null;
  /** Where it leads; null where it ends here, or the browser is told to come back. */
  location: string | null;
  cookie: 'set' | 'after_consent' | 'none';
  recorded: boolean;
  campaign: Campaign;
}

/** A hop, by the decisions of the redirect itself: `link` as the books have it, `standing` for why it leads nowhere. */
export function hopOf(
  url: URL,
  asked: Asked,
  seen: { click_class: ClickClass; link: KnownLink | null; standing: LinkStanding },
  door: DoorSetting,
): Hop {
  const campaign = campaignOf(url.search);
  if (asked.kind === 'elsewhere') {
    const nothing = { code: null, class: null, link: null, partner_id: null, status: null, location: null } as const;
    return { url: url.href, kind: asked.kind, ...nothing, cookie: 'none', recorded: false, campaign };
  }
  const { click_class, link, standing } = seen;
  const outcome = outcomeOf(click_class, link);
  const ahead = outcome.leads === 'ahead';
  return {
    url: url.href,
    kind: asked.kind,
    code: asked.code,
    class: click_class,
    link: link?.state === 'live' ? 'live' : nowhere(asked.code, standing),
    partner_id: standing?.partner_id ?? null,
    status: ahead ? 503 : 302,
    location: ahead ? null : asked.to(link),
    cookie: cookieFor(outcome, door),
    recorded: outcome.recorded,
    campaign,
  };
}

function cookieFor({ counts }: Outcome, { consent }: DoorSetting): Hop['cookie'] {
  if (!counts) return 'none';
  return consent === 'required' ? 'after_consent' : 'set';
}

function nowhere(code: string | null, standing: LinkStanding): Nowhere {
  if (code === null) return 'not_a_code';
  if (!standing) return 'unknown_code';
  return standing.link_live ? 'partner_not_active' : 'link_retired';
}
