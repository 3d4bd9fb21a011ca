import { eq } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { adjustments, lines } from './ledger.schema.ts';

export type AdjustmentRow = typeof adjustments.$inferSelect;

/** One adjustment by its id. */
export async function findAdjustment(db: Database, adjustment_id: string): Promise<AdjustmentRow | null> {
  const [row] = await db.select().from(adjustments).where(eq(adjustments.adjustment_id, adjustment_id));
  return row ?? null;
}

/** The statements that keep an adjustment and book its line, payable at once. */
export function insertAdjustment(db: Database, row: AdjustmentRow): Statement[] {
  const { adjustment_id, partner_id, amount, at } = row;
  const line = {
    partner_id,
    account_id: null,
    payment_id: null,
    kind: 'adjustment' as const,
    cause_id: adjustment_id,
    at,
    payable_at: at,
    amount,
    rate_bps: null,
    recorded_at: at,
    payout_id: null,
  };
  return [insertRows(db, adjustments, [row]), insertRows(db, lines, [line])];
}
