import { asc, eq, sql } from 'drizzle-orm';

import { lines } from '../ledger/ledger.schema.ts';
import { sendItems, type SendItemRow } from '../payout/send.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** Items of one payout over all its sendings, in order. */
export async function allItemsOfPayout(db: Database, payout_id: string): Promise<SendItemRow[]> {
  return db
    .select()
    .from(sendItems)
    .where(eq(sendItems.payout_id, payout_id))
    .orderBy(asc(sendItems.sender_batch_id), asc(sendItems.part));
}

/** How many items a sending has, and what they come to in minor units. */
export async function totalOfSend(db: Database, sender_batch_id: string): Promise<{ items: number; amount: number }> {
  const [row] = await db
    .select({ items: sql<number>`count(*)`, amount: sql<number>`coalesce(sum(${sendItems.amount}), 0)` })
    .from(sendItems)
    .where(eq(sendItems.sender_batch_id, sender_batch_id));
  return row ?? { items: 0, amount: 0 };
}

export type LineRow = typeof lines.$inferSelect;

/** Lines of a partner that one of its payouts took, in booking order; `limit` at most. */
export async function linesOfPayout(
  db: Database,
  payout: { partner_id: string; payout_id: string },
  limit: number,
): Promise<LineRow[]> {
  return db
    .select()
    .from(lines)
    .where(sql`${lines.partner_id} = ${payout.partner_id} AND ${lines.payout_id} = ${payout.payout_id}`)
    .orderBy(asc(lines.seq))
    .limit(limit);
}
