/** What the front door looks at in a URL of the web. */
export interface WebUrl {
  /** `https:` or `http:`. */
  readonly protocol: string;
  readonly hostname: string;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  readonly origin: string;
}

/**
 * A host name in lower case without a port, and plain paths and queries after it: spellings that the URL parser gives back as they are. It
 * takes no hyphen beside another (`xn--`), no number at the end of the host (an address), and no dot at a segment's beginning.
 */
export const PLAIN_URL =
  /^(https?:)\/\/((?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,})(?:\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/?)?(?:\?[A-Za-z0-9._~=&-]*)?)?$/;

/** Reads an http(s) URL; null for anything else. The URL parser, which a click that finds no isolate would wait for, reads what is not plain. */
export function webUrl(text: string | undefined): WebUrl | null {
  if (!text) return null;
  const plain = PLAIN_URL.exec(text);
  if (plain) {
    const [, protocol = '', host = ''] = plain;
    return { protocol, hostname: host, host, origin: `${protocol}//${host}` };
  }
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : null;
}
