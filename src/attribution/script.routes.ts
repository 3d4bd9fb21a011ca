import { problemResponse } from '../http/problem.ts';
import { LASTCLICK_JS } from './script.ts';
import type { Visit } from './visit.ts';

let etag: string | null = null;

/** The script's own mark: a digest of it, made once an isolate. */
async function etagOf(): Promise<string> {
  if (etag !== null) return etag;
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(LASTCLICK_JS));
  etag = `"${[...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
  return etag;
}

/** `GET /lastclick.js`: the same for everybody, kept an hour by browsers and asked for again by its ETag. */
export async function scriptRoute({ request }: Visit): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return problemResponse('method_not_allowed', undefined, undefined, { allow: 'GET, HEAD' });
  }
  const mark = await etagOf();
  const headers = {
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
    etag: mark,
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  if (known.includes(mark)) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : LASTCLICK_JS, {
    headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' },
  });
}
