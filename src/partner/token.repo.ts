import { and, asc, eq, gt, isNull } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { tokens } from './partner.schema.ts';

export type TokenRow = typeof tokens.$inferSelect;

/** The statement that lists a token. */
export function insertToken(db: Database, row: TokenRow): Statement {
  return insertRows(db, tokens, [row]);
}

/** A listed token of a partner, revoked or not. */
export async function findToken(db: Database, partner_id: string, jti: string): Promise<TokenRow | null> {
  const [row] = await db
    .select()
    .from(tokens)
    .where(and(eq(tokens.jti, jti), eq(tokens.partner_id, partner_id)));
  return row ?? null;
}

/** A listed token of a partner that nobody has revoked. */
export async function findLiveToken(db: Database, jti: string, partner_id: string): Promise<TokenRow | null> {
  const row = await findToken(db, partner_id, jti);
  return row && row.revoked_at === null ? row : null;
}

/** A partner's tokens by jti, from after `after` on; reads `limit` rows. */
export async function listTokens(
  db: Database,
  partner_id: string,
  after: string | null,
  limit: number,
): Promise<TokenRow[]> {
  return db
    .select()
    .from(tokens)
    .where(and(eq(tokens.partner_id, partner_id), after === null ? undefined : gt(tokens.jti, after)))
    .orderBy(asc(tokens.jti))
    .limit(limit);
}

/** The statement that revokes a token; one that is revoked keeps its instant. */
export function revokeTokenRow(db: Database, jti: string, now: number): Statement {
  return db
    .update(tokens)
    .set({ revoked_at: now })
    .where(and(eq(tokens.jti, jti), isNull(tokens.revoked_at)));
}
