import { and, asc, eq, gt, sql } from 'drizzle-orm';

import { partnerFacts, partners } from '../partner/partner.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { promotionCodes } from './promotion.schema.ts';

export type PromotionCodeRow = typeof promotionCodes.$inferSelect;

/** One code, in whatever case. */
export async function findPromotionCode(db: Database, code: string): Promise<PromotionCodeRow | null> {
  const [row] = await db.select().from(promotionCodes).where(eq(promotionCodes.code, code.toLowerCase()));
  return row ?? null;
}

/** Whether there is such a partner. */
export async function partnerExists(db: Database, partner_id: string): Promise<boolean> {
  const [row] = await db.select().from(partners).where(eq(partners.partner_id, partner_id));
  return row !== undefined;
}

/** The statement that gives a code to a partner. */
export function insertPromotionCode(db: Database, row: PromotionCodeRow): Statement {
  return insertRows(db, promotionCodes, [row]);
}

/** Codes in their order, of one partner or of all; one row more than `limit` tells that there are more. */
export async function listPromotionCodes(
  db: Database,
  query: { partner_id: string | null; after: string | null; limit: number },
): Promise<PromotionCodeRow[]> {
  return db
    .select()
    .from(promotionCodes)
    .where(
      and(
        query.partner_id === null ? undefined : eq(promotionCodes.partner_id, query.partner_id),
        query.after === null ? undefined : gt(promotionCodes.code, query.after),
      ),
    )
    .orderBy(asc(promotionCodes.code))
    .limit(query.limit + 1);
}

/** The partners that codes (lower case) belong to, and the dated statuses of those partners, oldest first. */
export async function partnersOfCodes(db: Database, codes: readonly string[]) {
  const wanted = JSON.stringify([...new Set(codes)]);
  const owned = sql`${promotionCodes.code} IN (SELECT value FROM json_each(${wanted}))`;
  const [owners, statuses] = await db.batch([
    db
      .select({
        code: promotionCodes.code,
        shown_code: promotionCodes.shown_code,
        partner_id: promotionCodes.partner_id,
      })
      .from(promotionCodes)
      .where(owned),
    db
      .select({ partner_id: partnerFacts.partner_id, value: partnerFacts.value, at: partnerFacts.at })
      .from(partnerFacts)
      .where(
        sql`${partnerFacts.field} = 'status' AND ${partnerFacts.partner_id} IN (SELECT ${promotionCodes.partner_id} FROM ${promotionCodes} WHERE ${owned})`,
      )
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
  ]);
  return { owners, statuses };
}
