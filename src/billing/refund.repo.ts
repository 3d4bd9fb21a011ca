import { eq } from 'drizzle-orm';

import type { Door } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { refundReversals, refunds } from './billing.schema.ts';

type RefundRow = typeof refunds.$inferSelect;
type ReversalRow = typeof refundReversals.$inferSelect;

/** One refund by its id. */
export async function findRefund(db: Database, refund_id: string): Promise<RefundRow | null> {
  const [row] = await db.select().from(refunds).where(eq(refunds.refund_id, refund_id));
  return row ?? null;
}

/** One reversal by its refund's id. */
export async function findReversal(db: Database, refund_id: string): Promise<ReversalRow | null> {
  const [row] = await db.select().from(refundReversals).where(eq(refundReversals.refund_id, refund_id));
  return row ?? null;
}

/** The statement that records a refund. */
export function insertRefund(db: Database, row: RefundRow): Statement {
  return insertRows(db, refunds, [row]);
}

/** The statement that records a reversal. */
export function insertReversal(db: Database, row: ReversalRow): Statement {
  return insertRows(db, refundReversals, [row]);
}

/** The statement that says why a reversal is parked. */
export function parkReversal(db: Database, refund_id: string, reason: string): Statement {
  return db.update(refundReversals).set({ parked_reason: reason }).where(eq(refundReversals.refund_id, refund_id));
}

/** The statements that void a refund, with who did it. */
export function voidRefundRow(
  db: Database,
  refund_id: string,
  reason: string,
  who: Pick<Door, 'by' | 'now' | 'via'>,
): Statement[] {
  return [
    db.update(refunds).set({ voided_reason: reason, parked_reason: null }).where(eq(refunds.refund_id, refund_id)),
    auditStatement(db, {
      at: who.now,
      actor: who.by,
      via: who.via,
      action: 'refund.void',
      subject: `refund:${refund_id}`,
      details: {},
      before: { voided: false },
      after: { voided: true },
    }),
  ];
}

/** The statement that voids a parked reversal. */
export function voidReversalRow(db: Database, refund_id: string, reason: string): Statement {
  return db
    .update(refundReversals)
    .set({ voided_reason: reason, parked_reason: null })
    .where(eq(refundReversals.refund_id, refund_id));
}
