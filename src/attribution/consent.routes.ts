import { problemResponse } from '../http/problem.ts';
import { isPending } from './consent.rules.ts';
import { agreementName, mayKeep } from './consent.ts';
import { corsOf, preflight } from './cors.ts';
import { mintToken, verifyToken } from './token.ts';
import { costHeaders, type Visit } from './visit.ts';
import { cookieLine, tokenCookie, visitorOf, type Visitor } from './visitor.ts';

const MAX_BODY = 1000;

/**
 * `POST /consent` (`{ pending? }`): the visitor has agreed, as the page of an allowed origin says. Our cookie remembers it, and the click
 * that led here, where the page hands it back within the hour, becomes the visitor's. `DELETE /consent`: they have withdrawn; both cookies
 * end. A browser that objects (`HONOUR_GPC`) is given nothing.
 */
export async function consentRoute(visit: Visit): Promise<Response> {
  const { request, config } = visit;
  const cors = corsOf(visit, 'page');
  if (cors instanceof Response) return cors;
  const headers = new Headers({ ...cors, ...costHeaders(visit) });
  if (request.method === 'OPTIONS') return preflight(headers, 'POST, DELETE');
  if (request.method === 'DELETE') {
    for (const name of [config.cookie_name, agreementName(config)])
      headers.append('set-cookie', cookieLine(name, '', 0, config));
    return new Response(null, { status: 204, headers });
  }
  if (request.method !== 'POST') {
    return problemResponse('method_not_allowed', undefined, undefined, { ...cors, allow: 'POST, DELETE, OPTIONS' });
  }
  const body = await readBody(request);
  if (!body.ok) return problemResponse(body.reason, undefined, undefined, cors);
  const token = mayKeep(request, config) === 'no' ? null : await agree(visit, body.pending, headers);
  headers.set('content-type', 'application/json');
  return new Response(JSON.stringify({ referral_token: token }), { headers });
}

/** Adds the cookies of a yes; answers with the visitor's token from now on. */
async function agree(
  { request, config, now }: Visit,
  pending: string | null,
  headers: Headers,
): Promise<string | null> {
  const known = visitorOf(request, config);
  if (config.consent === 'required')
    headers.append('set-cookie', cookieLine(agreementName(config), 'yes', null, config));
  const verified = pending === null ? null : verifyToken(pending, config.cookie_keys, 'pending');
  if (!verified?.ok || !isPending(verified.token.clicked_at, now) || isLater(known, verified.token.clicked_at))
    return known?.text ?? null;
  const token = mintToken(verified.token, config.cookie_keys, config.cookie_name);
  headers.append('set-cookie', tokenCookie(token, config));
  return token;
}

const isLater = (known: Visitor | null, clicked_at: number): boolean =>
  known !== null && known.token.clicked_at >= clicked_at;

type Body = { ok: true; pending: string | null } | { ok: false; reason: 'malformed' | 'too_large' };

/** The body's text; null where it is longer than any yes, of which no more is read. */
async function textOf({ body }: Request): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BODY) return null;
  }
  return text + decoder.decode();
}

async function readBody(request: Request): Promise<Body> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) return { ok: false, reason: 'too_large' };
  const text = await textOf(request);
  if (text === null) return { ok: false, reason: 'too_large' };
  if (text === '') return { ok: true, pending: null };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'malformed' };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ok: false, reason: 'malformed' };
  const { pending = null, ...more } = body as { pending?: unknown };
  if (Object.keys(more).length > 0) return { ok: false, reason: 'malformed' };
  return pending === null || typeof pending === 'string' ? { ok: true, pending } : { ok: false, reason: 'malformed' };
}
