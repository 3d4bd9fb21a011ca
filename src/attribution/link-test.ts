import { noCost } from '../http/cost.ts';
import { clickOf, decideClick, readTokens, type GatherContext } from '../signup/gather.ts';
import { classOf } from './click-class.rules.ts';
import type { ClickClass } from './click.ts';
import type { ConsideredClick } from './last-click.rules.ts';
import { linkInBooks } from './link-lookup.repo.ts';
import { hopOf, readAsked, type DoorSetting, type Hop } from './link-test.rules.ts';
import { readLinkHistory } from './standing.repo.ts';
import { newClickId, newVisitorId } from './token.ts';

/** What a link is tested with. */
export interface LinkTestInput {
  url: URL;
  /** Who follows it; a browser of today where it is left out. */
  user_agent: string | undefined;
  /** Fetched ahead of a visit, or the visit. */
  ahead: boolean;
  /** What the visitor has already. */
  referral_token: string | undefined;
}

/** A link's way, and who would be the referrer of somebody who followed it and signed up now. */
export interface LinkTest {
  hops: Hop[];
  token: 'valid' | 'invalid' | null;
  winner: ConsideredClick | null;
  considered: readonly ConsideredClick[];
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';
/** A link may lead to another; nobody follows them for ever. */
const MOST_HOPS = 5;

/**
 * Plays a link as the front door would answer it, by the books as they stand: nothing is fetched, no click, no cookie and no row comes of it.
 * The class is that of the caller's browser; the winner is the signup's own decision (L1).
 */
export async function testLink(context: GatherContext, door: DoorSetting, input: LinkTestInput): Promise<LinkTest> {
  const { books, now } = context.door;
  const click_class = classOf('GET', headersOf(input));
  const hops: Hop[] = [];
  for (let url: URL | null = input.url; url !== null && hops.length < MOST_HOPS;) {
    const asked = readAsked(url, door);
    const code = asked.kind === 'elsewhere' ? null : asked.code;
    const link = code === null ? null : await linkInBooks(books.$client, code, now, noCost());
    const standing = code === null ? null : (await readLinkHistory(books, [code])).at(code, now);
    const hop = hopOf(url, asked, { click_class, link, standing }, door);
    hops.push(hop);
    url = hop.location === null ? null : new URL(hop.location);
  }
  const { valid, invalid } = await readTokens(context, input.referral_token ? [input.referral_token] : []);
  const clicks = [...valid.map(clickOf), ...clicksOf(hops, click_class, now)];
  const { winner, considered } = await decideClick(context, { signed_up_at: now }, clicks);
  const token = input.referral_token === undefined ? null : invalid ? 'invalid' : 'valid';
  return { hops, token, winner, considered };
}

function headersOf({ user_agent, ahead }: LinkTestInput): Headers {
  const headers = new Headers({ 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' });
  headers.set('user-agent', user_agent ?? BROWSER);
  if (ahead) headers.set('sec-purpose', 'prefetch');
  return headers;
}

/** The clicks that the way would leave with the visitor, each later than the one before and than what they had. */
function clicksOf(hops: readonly Hop[], click_class: ClickClass, now: number) {
  const visitor_id = newVisitorId();
  // Of equal instants the larger id is the later.
  const ids = hops.map(() => newClickId(now)).toSorted();
  return hops.flatMap(({ code, cookie, partner_id }, i) =>
    code === null || cookie === 'none' || click_class !== 'person'
      ? []
      : [{ click_id: ids[i] ?? newClickId(now), visitor_id, code, partner_id, clicked_at: now }],
  );
}
