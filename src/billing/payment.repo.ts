import { eq } from 'drizzle-orm';

import type { Door } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { payments } from './billing.schema.ts';

type Row = typeof payments.$inferSelect;
type Who = Pick<Door, 'by' | 'now' | 'via'>;

/** One payment by its id. */
export async function findPayment(db: Database, payment_id: string): Promise<Row | null> {
  const [row] = await db.select().from(payments).where(eq(payments.payment_id, payment_id));
  return row ?? null;
}

/** The statement that records a payment. */
export function insertPayment(db: Database, row: Row): Statement {
  return insertRows(db, payments, [row]);
}

/** The statements that give a foreign payment its base, with who did it. */
export function setConversion(db: Database, payment_id: string, amount: number, who: Who): Statement[] {
  return [
    db.update(payments).set({ converted_amount: amount }).where(eq(payments.payment_id, payment_id)),
    auditStatement(db, {
      at: who.now,
      actor: who.by,
      via: who.via,
      action: 'payment.conversion',
      subject: `payment:${payment_id}`,
      details: {},
      before: { converted_amount: null },
      after: { converted_amount: amount },
    }),
  ];
}

/** The statements that void a payment, with who did it and why. */
export function voidPaymentRow(db: Database, payment_id: string, reason: string, who: Who): Statement[] {
  return [
    db.update(payments).set({ voided_reason: reason, parked_reason: null }).where(eq(payments.payment_id, payment_id)),
    auditStatement(db, {
      at: who.now,
      actor: who.by,
      via: who.via,
      action: 'payment.void',
      subject: `payment:${payment_id}`,
      details: {},
      before: { voided: false },
      after: { voided: true },
    }),
  ];
}
