import type { JWTVerifyGetKey } from 'jose';

import { dateOf } from '../clock.ts';
import { errorNames, logLine } from '../log.ts';
import type { Database } from '../program/commit.repo.ts';
import type { ProgramConfig } from '../program/config.rules.ts';
import type { SignedIn } from './session.rules.ts';
import { userByEmail } from './user.repo.ts';

type Access = NonNullable<ProgramConfig['access']>;

/** Keys of an issuer, fetched when they are first needed and held by this isolate: they are public, and no more than a few. */
const keysOf = new Map<string, JWTVerifyGetKey>();

async function issuerKeys({ issuer }: Access): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('jose');
  const held = keysOf.get(issuer) ?? createRemoteJWKSet(new URL(`${issuer}/cdn-cgi/access/certs`));
  keysOf.set(issuer, held);
  return held;
}

/**
 * The address that an assertion of Cloudflare Access names, at an instant of the machine's clock: signed by a key of the issuer, for this
 * application, not expired. Null for any other, a service's without an address too, and where the keys cannot be had.
 */
export async function assertedEmail(access: Access, assertion: string, machine_now: number): Promise<string | null> {
  const { jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(assertion, await issuerKeys(access), {
      issuer: access.issuer,
      audience: access.audience,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
      currentDate: dateOf(machine_now),
    });
    return typeof payload['email'] === 'string' && payload['email'] !== '' ? payload['email'] : null;
  } catch (error) {
    logLine('access_refused', { error: errorNames(error) });
    return null;
  }
}

/**
 * Who comes to the console by Cloudflare Access: the operator who signs in by the address of a valid assertion, as with a second factor.
 * Their own session goes before it, and it before another's. Without a valid assertion, or for an address of no operator, it is whoever the
 * session says.
 */
export async function personByAccess(
  { books, config, machine_now }: { books: Database; config: ProgramConfig; machine_now: number },
  assertion: string,
  session: SignedIn | null,
): Promise<SignedIn | null> {
  const email = config.access === null ? null : await assertedEmail(config.access, assertion, machine_now);
  const user = email === null ? null : await userByEmail(books, email);
  if (user?.role !== 'operator' || user.operatorName === null) return session;
  if (session?.user_id === user.id && session.two_factor) return session;
  return {
    user_id: user.id,
    session_id: '',
    email: user.email,
    name: user.name,
    two_factor: true,
    by_access: true,
    role: 'operator',
    partner_id: null,
    operator_name: user.operatorName,
    terms_due: null,
  };
}
