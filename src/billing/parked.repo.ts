import { sql } from 'drizzle-orm';

import type { Database } from '../program/commit.repo.ts';

/** A told fact that waits; `parked_id` names it in the API. */
export interface ParkedRow {
  parked_id: string;
  kind: 'payment' | 'refund' | 'reversal' | 'cancellation' | 'stripe';
  id: string;
  account_id: string | null;
  reason: string;
  since_at: number;
}

/** Parked facts by id, after one and `limit + 1` at most. Each part reads an index of what is parked, never what is applied. */
export async function listParked(db: Database, after: string | null, limit: number): Promise<ParkedRow[]> {
  return db.all<ParkedRow>(sql`SELECT * FROM (
      SELECT 'payment.' || payment_id AS parked_id, 'payment' AS kind, payment_id AS id, account_id, parked_reason AS reason, recorded_at AS since_at
        FROM payments WHERE parked_reason IS NOT NULL
      UNION ALL SELECT 'refund.' || refund_id, 'refund', refund_id, NULL, parked_reason, recorded_at FROM refunds WHERE parked_reason IS NOT NULL
      UNION ALL SELECT 'reversal.' || refund_id, 'reversal', refund_id, NULL, parked_reason, recorded_at FROM refund_reversals WHERE parked_reason IS NOT NULL
      UNION ALL SELECT 'cancellation.' || cancelled_at || '.' || account_id, 'cancellation', account_id, account_id, parked_reason, recorded_at
        FROM cancellations WHERE parked_reason IS NOT NULL
      UNION ALL SELECT 'stripe.' || object_id, 'stripe', object_id, NULL, coalesce(reason, 'to_be_settled'), since_at
        FROM stripe_pending WHERE dismissed_reason IS NULL
    ) WHERE parked_id > ${after ?? ''} ORDER BY parked_id LIMIT ${limit + 1}`);
}
