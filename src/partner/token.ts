import { errors, jwtVerify, SignJWT } from 'jose';

import { dateOf } from '../clock.ts';
import type { Database } from '../program/commit.repo.ts';
import { tokenKeys, verifyingKey, type TokenKeyEnv } from './token-key.ts';
import { findLiveToken } from './token.repo.ts';

/** What verifying a partner token needs. */
export interface TokenContext {
  env: TokenKeyEnv;
  books: Database;
  public_url: string;
  now: number;
}

export type VerifiedToken = { ok: true; partner_id: string; scopes: ReadonlySet<string>; jti: string } | { ok: false };

/** What a partner token says. Times in seconds, as JWTs have them. */
export interface TokenClaims {
  jti: string;
  sub: string;
  scope: string;
  iat: number;
  exp: number;
}

/** Whom tokens are for: this program's API. */
export function audienceOf(public_url: string): string {
  return `${public_url}/v1`;
}

/** A partner token: an EdDSA JWT. The same claims and key give the same token, so that a replay need not store it. */
export async function signPartnerToken(env: TokenKeyEnv, public_url: string, claims: TokenClaims): Promise<string> {
  const { kid, private_key } = await tokenKeys(env);
  return new SignJWT({ ...claims, iss: public_url, aud: audienceOf(public_url) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
    .sign(private_key);
}

/**
 * Whether a bearer is a partner token that holds at `now`: signed by a present or former key, of this program, not expired, listed and
 * not revoked. A suspended or closed partner may still read its own books.
 */
export async function verifyPartnerToken(
  { env, books, public_url, now }: TokenContext,
  token: string,
): Promise<VerifiedToken> {
  const key = await verifyingKey(env, token);
  if (!key) return { ok: false };
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      issuer: public_url,
      audience: audienceOf(public_url),
      currentDate: dateOf(now),
      requiredClaims: ['sub', 'jti', 'exp', 'scope'],
    });
    const { jti, sub, scope } = payload;
    if (typeof jti !== 'string' || typeof sub !== 'string' || typeof scope !== 'string') return { ok: false };
    if (!(await findLiveToken(books, jti, sub))) return { ok: false };
    return { ok: true, partner_id: sub, scopes: new Set(scope.split(' ')), jti };
  } catch (error) {
    // Faults of the token itself, as jose names them; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return { ok: false };
    throw error;
  }
}
