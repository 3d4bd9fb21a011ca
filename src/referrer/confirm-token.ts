import { errors, jwtVerify, SignJWT } from 'jose';

import { dateOf } from '../clock.ts';
import { tokenKeys, verifyingKey, type TokenKeyEnv } from '../partner/token-key.ts';

/** What a link says: which question, and up to when. */
export interface LinkedQuestion {
  confirmation_id: string;
  expires_at: number;
}

/** Whom links are for: the confirmation page alone, so that no other token opens it and a link opens nothing else. */
function audienceOf(public_url: string): string {
  return `${public_url}/confirm`;
}

/** The whole second by which a link has expired: the last instant of the question is still within it. */
function expiryOf(expires_at: number): number {
  return Math.floor(expires_at / 1000) + 1;
}

/** The page of a question behind its signed link (R3). The same question always has the same link under the same key. */
export async function confirmUrl(env: TokenKeyEnv, public_url: string, question: LinkedQuestion): Promise<string> {
  const { kid, private_key } = await tokenKeys(env);
  const token = await new SignJWT({ sub: question.confirmation_id })
    .setIssuer(public_url)
    .setAudience(audienceOf(public_url))
    .setExpirationTime(expiryOf(question.expires_at))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'lastclick-confirm+jwt', kid })
    .sign(private_key);
  return `${public_url}/confirm/${token}`;
}

export type VerifiedLink = { ok: true; confirmation_id: string } | { ok: false; reason: 'not_ours' | 'expired' };

/** Which question a link's token stands for at `now`: signed by a present or former key, of this program, for this page, not expired. */
export async function verifyConfirmToken(
  env: TokenKeyEnv,
  public_url: string,
  token: string,
  now: number,
): Promise<VerifiedLink> {
  const key = await verifyingKey(env, token);
  if (!key) return { ok: false, reason: 'not_ours' };
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: 'lastclick-confirm+jwt',
      issuer: public_url,
      audience: audienceOf(public_url),
      currentDate: dateOf(now),
      requiredClaims: ['sub', 'exp'],
    });
    return typeof payload.sub === 'string'
      ? { ok: true, confirmation_id: payload.sub }
      : { ok: false, reason: 'not_ours' };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { ok: false, reason: 'expired' };
    // Faults of the token itself, as jose names them; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return { ok: false, reason: 'not_ours' };
    throw error;
  }
}
