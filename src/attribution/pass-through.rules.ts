/** A page's request as it came: the code that its parameter names, and the address without it. */
export interface Marked {
  value: string;
  /** The query without the parameter, `?` included; the rest as it was spelt. */
  search: string;
}

/** The parameter's first value that is not empty, and the query without the parameter; null where the query does not have it. */
export function readMark(search: string, name: string): Marked | null {
  if (!search.includes(`${name}=`)) return null;
  const pairs = search.slice(1).split('&');
  const rest = pairs.filter((pair) => !pair.startsWith(`${name}=`));
  if (rest.length === pairs.length) return null;
  const values = pairs.filter((pair) => pair.startsWith(`${name}=`)).map((pair) => pair.slice(name.length + 1));
  return { value: values.find((value) => value !== '') ?? '', search: rest.length > 0 ? `?${rest.join('&')}` : '' };
}

/**
 * Whether a request asks for a page, as against what a page loads or its scripts ask for: those are the site's own, whatever their query
 * says. Browsers that do not say what they load a thing for still say that they want HTML.
 */
export function asksForPage(method: string, headers: Headers): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers.get('sec-fetch-mode');
  if (mode !== null) return mode === 'navigate' || mode === 'nested-navigate';
  return headers.get('accept')?.includes('text/html') ?? false;
}
