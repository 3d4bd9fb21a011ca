import { errors, jwtVerify, SignJWT } from 'jose';

import { dateOf } from '../clock.ts';
import { tokenKeys, verifyingKey, type TokenKeyEnv } from './token-key.ts';

/** What a link of a letter to a partner is for: to stop payouts to a new address (P3), or to confirm another contact's address. */
export type LetterLink =
  | { page: 'stop'; partner_id: string; n: number }
  | { page: 'email'; change_id: string; side: 'former' | 'new' };

type Page = LetterLink['page'];

/** Whom links are for: one page alone, so that no other token opens it and a link opens nothing else. */
function audienceOf(public_url: string, page: Page): string {
  return `${public_url}/partners/${page}`;
}

function claimsOf(link: LetterLink): { sub: string; what: string } {
  return link.page === 'stop'
    ? { sub: link.partner_id, what: String(link.n) }
    : { sub: link.change_id, what: link.side };
}

function linkOf(page: Page, sub: unknown, what: unknown): LetterLink | null {
  if (typeof sub !== 'string' || typeof what !== 'string') return null;
  if (page === 'stop') return /^\d{1,9}$/.test(what) ? { page, partner_id: sub, n: Number(what) } : null;
  return what === 'former' || what === 'new' ? { page, change_id: sub, side: what } : null;
}

/** The page of a letter behind its signed link; `expires_at` is the last instant at which it opens. The same link always has the same address. */
export async function letterUrl(
  env: TokenKeyEnv,
  public_url: string,
  link: LetterLink,
  expires_at: number,
): Promise<string> {
  const { kid, private_key } = await tokenKeys(env);
  const token = await new SignJWT(claimsOf(link))
    .setIssuer(public_url)
    .setAudience(audienceOf(public_url, link.page))
    .setExpirationTime(Math.floor(expires_at / 1000) + 1)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'lastclick-letter+jwt', kid })
    .sign(private_key);
  return `${audienceOf(public_url, link.page)}/${token}`;
}

/** What a link's token stands for at `now`; null for one that is not ours, is another page's, or has expired. */
export async function openLetterLink<P extends Page>(
  env: TokenKeyEnv,
  public_url: string,
  page: P,
  token: string,
  now: number,
): Promise<Extract<LetterLink, { page: P }> | null> {
  const key = await verifyingKey(env, token);
  if (!key) return null;
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'lastclick-letter+jwt',
      issuer: public_url,
      audience: audienceOf(public_url, page),
      currentDate: dateOf(now),
      requiredClaims: ['sub', 'exp', 'what'],
    });
    return linkOf(page, payload.sub, payload['what']) as Extract<LetterLink, { page: P }> | null;
  } catch (error) {
    // Faults of the token itself, as jose names them; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
