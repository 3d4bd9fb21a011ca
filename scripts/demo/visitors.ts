import type { Random } from './random.ts';
import { DAY_MS, type Stage } from './stage.ts';

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', accept: 'text/html,*/*' };
const PEOPLE = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
];
const BOTS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'curl/8.11.0',
];
const PATHS = ['', '', '', '', '/pricing', '/templates/onboarding', '/blog/automation-map'];

/** The headers of a person who follows a link. */
export function personHeaders(random: Random): Record<string, string> {
  return { ...NAVIGATION, 'user-agent': random.pick(PEOPLE) };
}

interface Request {
  readonly method: string;
  readonly headers: Record<string, string>;
}

/** Who comes by: mostly people, and whatever else asks for links. */
function somebody(random: Random): Request {
  const draw = random.between(1, 100);
  if (draw <= 12) return { method: 'GET', headers: { 'user-agent': random.pick(BOTS) } };
  const headers = personHeaders(random);
  if (draw <= 15) return { method: 'HEAD', headers };
  if (draw <= 19) return { method: 'GET', headers: { ...headers, 'sec-purpose': 'prefetch' } };
  if (draw <= 22) return { method: 'GET', headers: { ...headers, 'sec-fetch-dest': 'iframe' } };
  return { method: 'GET', headers };
}

/** Codes of links by how much they are seen on a day: as often as their partner has reach. */
function seenCodes(cast: Stage['cast'], days_ago: number): string[] {
  return cast.flatMap(({ partner_id, codes, reach, days_ago: [from] }) => {
    const all = [partner_id, ...codes];
    return from < days_ago ? [] : Array.from({ length: reach }, (_, i) => all[i % all.length] ?? partner_id);
  });
}

/** One day's visitors who sign up for nothing, `about` so many. */
export async function playVisitors(stage: Stage, day_at: number, now: number, about: number): Promise<void> {
  const { client, random, tally, cast } = stage;
  const open = seenCodes(cast, Math.floor((now - day_at) / DAY_MS));
  if (open.length === 0) return;
  const count = random.between(about >> 1, about + (about >> 1));
  const visits = Array.from({ length: count }, () => {
    const at = Math.min(day_at + random.between(0, DAY_MS - 1), now);
    return { at, ...somebody(random), path: `/r/${random.pick(open)}${random.pick(PATHS)}` };
  });
  await Promise.all(visits.map(({ path, at, method, headers }) => client.visit(path, { at, method, headers })));
  tally.clicks += count;
}

/**
 * A person follows a partner's link; answers with the referral token that the browser keeps: a new one, or the former where the link
 * leads nowhere any more.
 */
export async function follow(stage: Stage, code: string, at: number, former: string | null): Promise<string | null> {
  const headers = {
    ...personHeaders(stage.random),
    ...(former === null ? {} : { cookie: `__Host-lastclick=${former}` }),
  };
  const { cookie } = await stage.client.visit(`/r/${code}`, { at, headers });
  stage.tally.clicks += 1;
  return cookie ?? former;
}
