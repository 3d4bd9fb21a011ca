import { sql } from 'drizzle-orm';

import { accountMoves, decisions } from '../account/account.schema.ts';
import { payments } from '../billing/billing.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** Accounts that a partner refers, or has referred, with payments dated at or after an instant: a rate that counts from then on bears on them. */
export async function accountsPaidSince(
  db: Database,
  { partner_id, from_at }: { partner_id: string; from_at: number },
): Promise<string[]> {
  const rows = await db.all<{ account_id: string }>(sql`SELECT DISTINCT d.account_id FROM ${decisions} AS d
    WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1
      AND EXISTS (SELECT 1 FROM ${payments} AS p WHERE p.paid_at >= ${from_at} AND p.account_id IN
        (SELECT d.account_id UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id = d.account_id))
    ORDER BY d.account_id`);
  return rows.map((row) => row.account_id);
}

/** Accounts with payments of a plan dated at or after an instant and told up to another. */
export async function accountsOfPlanSince(
  db: Database,
  { plan, from_at, told_until }: { plan: string; from_at: number; told_until: number },
): Promise<string[]> {
  const rows = await db.all<{ account_id: string }>(sql`SELECT DISTINCT p.account_id FROM ${payments} AS p
    WHERE p.plan = ${plan} AND p.plan IS NOT NULL AND p.paid_at >= ${from_at} AND p.recorded_at <= ${told_until}
    ORDER BY p.account_id`);
  return rows.map((row) => row.account_id);
}
