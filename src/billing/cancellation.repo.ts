import { and, eq } from 'drizzle-orm';

import type { Door } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { cancellations } from './billing.schema.ts';

type Row = typeof cancellations.$inferSelect;

/** The statement that records the end of an account. */
export function insertCancellation(db: Database, row: Row): Statement {
  return insertRows(db, cancellations, [row]);
}

/** The statements that void an end, with who did it. */
export function voidCancellationRow(
  db: Database,
  account_id: string,
  cancelled_at: number,
  reason: string,
  who: Pick<Door, 'by' | 'now' | 'via'>,
): Statement[] {
  return [
    db
      .update(cancellations)
      .set({ voided_reason: reason, parked_reason: null })
      .where(and(eq(cancellations.account_id, account_id), eq(cancellations.cancelled_at, cancelled_at))),
    auditStatement(db, {
      at: who.now,
      actor: who.by,
      via: who.via,
      action: 'cancellation.void',
      subject: `account:${account_id}`,
      details: { cancelled_at },
      before: { voided: false },
      after: { voided: true },
    }),
  ];
}
