import { sql } from 'drizzle-orm';

import { decisions } from '../account/account.schema.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { heldKind } from '../payout/claim.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import type { OpenSum } from './earnings.rules.ts';

/** What is open of a partner's lines at the present, summed by the instant it becomes payable and by what holds it. */
export async function readOpenSums(db: Database, partner_id: string, at: number): Promise<OpenSum[]> {
  return db.all<OpenSum>(sql`SELECT payable_at, held, sum(amount) AS amount FROM (
      SELECT l.payable_at, l.amount, ${heldKind(at)} AS held FROM ${lines} AS l INDEXED BY lines_open
      WHERE l.partner_id = ${partner_id} AND l.payout_id IS NULL AND l.at <= ${at})
    GROUP BY payable_at, held ORDER BY payable_at`);
}

/** Whether an account is, or was, tracked to a partner. */
export async function hasReferred(db: Database, partner_id: string): Promise<boolean> {
  const [row] = await db.all<{ referred: number }>(
    sql`SELECT EXISTS (SELECT 1 FROM ${decisions} AS d WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1) AS referred`,
  );
  return row?.referred === 1;
}
