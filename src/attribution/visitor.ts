import { DEFAULT_POLICY } from '../policy/policy.rules.ts';
import { verifyToken, type CookieName, type ReferralToken, type SigningKey } from './token.ts';

/** A visitor as a token of theirs says: the token itself, and what it carries. */
export interface Visitor {
  text: string;
  token: ReferralToken;
}

/** What the cookie is signed and set with. */
export interface CookieSettings {
  cookie_name: CookieName;
  cookie_domain: string | null;
  cookie_keys: readonly SigningKey[];
}

/** As long as a click can win under the policy that a program starts with; browsers keep none longer than 400 days. */
const MAX_AGE_SECONDS = DEFAULT_POLICY.click_lifetime_days * 24 * 3600;

/** A browser sends one cookie of a name per domain and path: more than a few are somebody's noise. */
export const MOST_COOKIES = 4;

/** The values of a cookie's name in a request, in the order sent. */
export function cookieValues(header: string | null, name: string): string[] {
  if (header === null || !header.includes(`${name}=`)) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

/** The visitor that a request's cookie names: of several tokens that verify, the one with the later click (L1). Null where none does. */
export function visitorOf(request: Request, settings: CookieSettings): Visitor | null {
  const header = request.headers.get('cookie');
  if (header === null) return null;
  const values = cookieValues(header, settings.cookie_name).slice(0, MOST_COOKIES);
  let latest: Visitor | null = null;
  for (const text of values) {
    const verified = verifyToken(text, settings.cookie_keys, settings.cookie_name);
    if (!verified.ok) continue;
    const { token } = verified;
    const later = latest === null || token.clicked_at > latest.token.clicked_at;
    if (later) latest = { text, token };
  }
  return latest;
}

/** The `Set-Cookie` of a token. */
export function tokenCookie(token: string, settings: CookieSettings): string {
  return cookieLine(settings.cookie_name, token, null, settings);
}

/** The `Set-Cookie` of one of our cookies, for as long as a click can win or for `max_age` seconds. Its value ends no attribute. */
export function cookieLine(name: string, value: string, max_age: number | null, settings: CookieSettings): string {
  const domain = settings.cookie_domain === null ? '' : `; Domain=${settings.cookie_domain}`;
  return `${name}=${value}; Max-Age=${max_age ?? MAX_AGE_SECONDS}; Path=/${domain}; Secure; HttpOnly; SameSite=Lax`;
}
