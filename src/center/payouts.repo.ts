import { and, desc, eq, lt, lte } from 'drizzle-orm';

import { lines } from '../ledger/ledger.schema.ts';
import { batches, payouts } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** A partner's payout with what its batch says; null where it is another's, or there is none. */
export async function findOwnPayout(db: Database, partner_id: string, payout_id: string) {
  const [row] = await db
    .select({ payout: payouts, batch: batches })
    .from(payouts)
    .innerJoin(batches, eq(batches.pay_date, payouts.pay_date))
    .where(and(eq(payouts.payout_id, payout_id), eq(payouts.partner_id, partner_id)));
  return row ?? null;
}

/**
 * Lines that a payout took, the latest booked first, from below `before` on; `limit` of them. They lie below the batch's cut: who asks for no
 * more than there are reads little beyond them.
 */
export async function linesOfPayout(
  db: Database,
  payout: { partner_id: string; payout_id: string; cut_seq: number },
  before: number | null,
  limit: number,
) {
  return db
    .select({
      seq: lines.seq,
      account_id: lines.account_id,
      payment_id: lines.payment_id,
      kind: lines.kind,
      cause_id: lines.cause_id,
      at: lines.at,
      amount: lines.amount,
    })
    .from(lines)
    .where(
      and(
        eq(lines.partner_id, payout.partner_id),
        eq(lines.payout_id, payout.payout_id),
        before === null ? lte(lines.seq, payout.cut_seq) : lt(lines.seq, before),
      ),
    )
    .orderBy(desc(lines.seq))
    .limit(limit);
}
