import type { Door, Refusal, Written } from '../account/write.ts';
import { tellAccess } from '../mail/letters.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { commit, subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { mintJti } from './mint.ts';
import { partnerExists } from './partner.repo.ts';
import { findToken, insertToken, revokeTokenRow } from './token.repo.ts';
import { grantedScope, TOKEN_SECONDS, type Scope } from './token.rules.ts';
import type { TokenClaims } from './token.ts';

/**
 * Lists a token for a partner and says what it claims; signing the same claims again gives the same token, so that none is stored. The
 * scope `payout` is granted for a day at most (`scope_too_long`). Keyed by the caller's idempotency key, else always new. The partner's
 * contact is told by mail, except of an operator's token for a day or less: a company's own pages fetch those as they need them.
 */
export async function issueToken(
  door: Door,
  hasher: Hasher,
  partner_id: string,
  asked: { scopes?: readonly Scope[] | undefined; expires_in?: number | undefined },
  sent: { content: Json; idempotency_key: string | null },
): Promise<Written<TokenClaims> | Refusal<'not_found' | 'scope_too_long' | 'conflict' | 'busy'>> {
  const { books, now, by, via } = door;
  const { idempotency_key } = sent;
  const keyed =
    idempotency_key === null
      ? null
      : await keyedWrite(
          hasher,
          `token:${partner_id}`,
          idempotency_key,
          sent.content,
          subjectOf('partner', partner_id),
        );
  return writeOnce<TokenClaims, 'not_found' | 'scope_too_long'>(door, keyed, async () => {
    if (!(await partnerExists(books, partner_id))) return { ok: false, reason: 'not_found' };
    const granted = grantedScope(asked);
    if (!granted.ok) return granted;
    // JWTs count whole seconds; the token ends with its `exp`, so both are told from the same second.
    const iat = Math.floor(now / 1000);
    const claims = { jti: mintJti(), sub: partner_id, scope: granted.scope, iat, exp: iat + granted.expires_in };
    const row = {
      jti: claims.jti,
      partner_id,
      scope: claims.scope,
      issued_at: now,
      expires_at: claims.exp * 1000,
      issued_by: by,
      revoked_at: null,
    };
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'token.issue',
      subject: subjectOf('partner', partner_id),
      details: { jti: claims.jti },
      after: { scope: claims.scope, expires_at: row.expires_at },
    });
    const passing = granted.expires_in <= TOKEN_SECONDS.payout && by !== subjectOf('partner', partner_id);
    const mails = passing
      ? []
      : [tellAccess(books, { partner_id, news: 'token_issued', cause: claims.jti, by, via }, now)];
    return { ok: true, guards: [], statements: [insertToken(books, row), ...mails, log], answer: claims };
  });
}

/** Revokes a token of a partner, from now on; once revoked it stays so. */
export async function revokeToken(
  { books, now, by, via }: Door,
  partner_id: string,
  jti: string,
): Promise<{ ok: true } | Refusal<'not_found'>> {
  const token = await findToken(books, partner_id, jti);
  if (!token) return { ok: false, reason: 'not_found' };
  if (token.revoked_at !== null) return { ok: true };
  const log = auditStatement(books, {
    at: now,
    actor: by,
    via,
    action: 'token.revoke',
    subject: subjectOf('partner', partner_id),
    details: { jti },
    before: { revoked: false },
    after: { revoked: true },
  });
  await commit(books, [], [revokeTokenRow(books, jti, now), log]);
  return { ok: true };
}
