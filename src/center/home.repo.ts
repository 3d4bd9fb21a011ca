import { and, desc, eq } from 'drizzle-orm';

import { batches, payouts } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** How many past pay days the chart shows. */
const PAST = 6;

/** The statement that reads the latest pay days and what a partner's payout of each came to, latest first; null where there was none. */
export function pastPayDaysQuery(db: Database, partner_id: string) {
  return db
    .select({ pay_date: batches.pay_date, amount: payouts.amount, status: payouts.status })
    .from(batches)
    .leftJoin(payouts, and(eq(payouts.pay_date, batches.pay_date), eq(payouts.partner_id, partner_id)))
    .orderBy(desc(batches.pay_date))
    .limit(PAST);
}
