import { jsonOf } from './answer.rules.ts';

/** `fetch`, or what stands in for it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What PayPal knows this program by. */
export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

interface Kept {
  readonly token: string;
  readonly until: number;
}

/** Tokens of an isolate, by where and for whom they are good. */
export type TokenCache = Map<string, Kept>;

/** A token is not used in its last minutes: the clock here and PayPal's may differ. */
const MARGIN_MS = 5 * 60_000;

/** An access token: the kept one, or a new one; null where PayPal gives none. Throws what `fetch` throws. */
export async function accessToken(
  cache: TokenCache,
  base: string,
  { client_id, client_secret }: Credentials,
  { fetch, now, signal }: { fetch: Fetch; now: number; signal: AbortSignal },
): Promise<string | null> {
  const key = `${base} ${client_id}`;
  const kept = cache.get(key);
  if (kept && now < kept.until) return kept.token;
  cache.delete(key);
  const answer = await fetch(`${base}/v1/oauth2/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: 'grant_type=client_credentials',
    redirect: 'manual',
    signal,
  });
  const json = jsonOf(await answer.text());
  if (answer.status !== 200 || typeof json !== 'object' || json === null) return null;
  const { access_token, expires_in } = json as { access_token?: unknown; expires_in?: unknown };
  if (typeof access_token !== 'string' || !/^[\x21-\x7e]+$/.test(access_token)) return null;
  const seconds = typeof expires_in === 'number' && Number.isSafeInteger(expires_in) ? expires_in : 0;
  cache.set(key, { token: access_token, until: now + seconds * 1000 - MARGIN_MS });
  return access_token;
}

/** Forgets the token that PayPal has just refused. */
export function forgetToken(cache: TokenCache, base: string, { client_id }: Credentials): void {
  cache.delete(`${base} ${client_id}`);
}
