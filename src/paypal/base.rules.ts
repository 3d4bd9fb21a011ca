/** Where PayPal is asked, or why nothing is asked there. */
export type PaypalBase =
  | { ok: true; base: string }
  | { ok: false; reason: 'not_a_url' | 'not_secure' | 'not_an_origin' };

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks `PAYPAL_API_BASE`: an origin by https, or by http on a loopback host (a simulator). Credentials and money go there, so anything
 * more than an origin (a path, a user, a query) is refused rather than dropped.
 */
export function paypalBase(text: string): PaypalBase {
  if (!URL.canParse(text)) return { ok: false, reason: 'not_a_url' };
  const { protocol, hostname, origin, href } = new URL(text);
  const secure = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  if (!secure) return { ok: false, reason: 'not_secure' };
  if (href !== `${origin}/`) return { ok: false, reason: 'not_an_origin' };
  return { ok: true, base: origin };
}
