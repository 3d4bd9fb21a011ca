/** Why an address is not taken for an endpoint. */
export type UrlFault = 'not_a_url' | 'not_secure' | 'credentials' | 'private_address' | 'own_address';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Names that resolve inside somebody's own network only. */
const PRIVATE_NAME =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|onion|test|invalid)$/;

/**
 * Whether events may go to an address: https to a public name; in a local program also http on a loopback host. An address written as
 * numbers is refused, whatever its spelling (`URL` writes them all alike), and so is the program's own.
 */
export function checkTarget(
  url: string,
  { local, public_url }: { local: boolean; public_url: string },
): { ok: true; url: string } | { ok: false; reason: UrlFault } {
  if (!URL.canParse(url)) return { ok: false, reason: 'not_a_url' };
  const parsed = new URL(url);
  const { protocol, username, password } = parsed;
  const hostname = parsed.hostname.replace(/\.$/, '');
  if (username !== '' || password !== '') return { ok: false, reason: 'credentials' };
  parsed.hash = '';
  if (local && LOOPBACK.has(hostname) && (protocol === 'http:' || protocol === 'https:'))
    return { ok: true, url: parsed.href };
  if (protocol !== 'https:') return { ok: false, reason: 'not_secure' };
  const numbers = /^[\d.]+$/.test(hostname) || hostname.startsWith('[');
  if (numbers || !hostname.includes('.') || PRIVATE_NAME.test(hostname))
    return { ok: false, reason: 'private_address' };
  if (URL.canParse(public_url) && new URL(public_url).hostname === hostname)
    return { ok: false, reason: 'own_address' };
  return { ok: true, url: parsed.href };
}
