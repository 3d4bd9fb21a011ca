import { PLAIN_URL } from './web-url.ts';

/** What a path under `/r/` asks for. `code` is in lower case, null where it is none; `path` null where there is no deeper path. */
export interface LinkPath {
  code: string | null;
  path: string | null;
}

/** Slashes in every spelling that some server takes for one. */
const LEADING_SLASHES = /^(?:[/\\]|%2f|%5c)+/i;

/** The code in its one form, regardless of case, or null for what no code can be. */
export function codeOf(text: string): string | null {
  let plain = text;
  if (text.includes('%')) {
    try {
      plain = decodeURIComponent(text);
    } catch {
      return null;
    }
  }
  return /^[A-Za-z0-9_-]{1,64}$/.test(plain) ? plain.toLowerCase() : null;
}

/** Reads `/r/{code}` and `/r/{code}/{path}`; `pathname` as the URL parser leaves it. */
export function readLinkPath(pathname: string): LinkPath {
  const rest = pathname.slice('/r/'.length);
  const slash = rest.indexOf('/');
  const code = codeOf(slash < 0 ? rest : rest.slice(0, slash));
  const path = slash < 0 ? '' : rest.slice(slash + 1).replace(LEADING_SLASHES, '');
  return { code, path: path === '' ? null : path };
}

const PLAIN_LINK = /^https?:\/\/[^/?#\\@]+\/r\/([A-Za-z0-9_-]{1,64})$/;

/** The code of an address that is `/r/{code}` and nothing more, as most links are; null for any other, which the URL parser is to read. */
export function plainLinkOf(address: string): string | null {
  return PLAIN_LINK.exec(address)?.[1]?.toLowerCase() ?? null;
}

/** Replaces a URL's path. No spelling of the path reaches another origin, nor begins with a second slash. */
function replacePath(url: URL, path: string): void {
  url.pathname = `/${path}`;
  const rest = url.pathname.replace(LEADING_SLASHES, '');
  if (`/${rest}` === url.pathname) return;
  url.pathname = `/${rest}`;
  if (LEADING_SLASHES.test(url.pathname.slice(1))) url.pathname = '/';
}

/**
 * Where a link leads: its stored destination, with the path replaced within its origin and the request's query added to its own
 * (repeated keys are kept). Printable ASCII, always on the destination's origin; null where the destination is no http(s) URL.
 */
export function locationOf(destination: string, path: string | null, search: string): string | null {
  const added = search.startsWith('?') ? search.slice(1) : search;
  if (path === null && added === '' && PLAIN_URL.test(destination)) return destination;
  if (!URL.canParse(destination)) return null;
  const url = new URL(destination);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (path === null && added === '') return url.href === `${destination}/` ? destination : url.href;
  if (path !== null) replacePath(url, path);
  if (added !== '') url.search = url.search === '' ? added : `${url.search}&${added}`;
  return url.href;
}
