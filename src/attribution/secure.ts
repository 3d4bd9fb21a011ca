import { webUrl } from './web-url.ts';

/** What of a Worker's variables says where the front door is. */
export interface DoorVars {
  ENVIRONMENT: string;
  PUBLIC_URL: string;
}

/**
 * The https address of a request that came to the front door without it, where the front door has it; else null. A browser keeps no Secure
 * cookie of an answer by plain http: the click would be redirected, recorded, and lost (L1). A local program's requests come by http.
 */
export function secureAddress(url: string, { ENVIRONMENT, PUBLIC_URL }: DoorVars): string | null {
  if (!url.startsWith('http:') || ENVIRONMENT !== 'production') return null;
  const own = webUrl(PUBLIC_URL);
  return own?.protocol === 'https:' && own.host === webUrl(url)?.host ? `https:${url.slice('http:'.length)}` : null;
}
