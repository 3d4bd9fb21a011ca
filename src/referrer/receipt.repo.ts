import { eq } from 'drizzle-orm';

import { accounts, decisions } from '../account/account.schema.ts';
import type { DecisionRow } from '../account/state.rules.ts';
import type { Database } from '../program/commit.repo.ts';

/** A decision with the signup that it is about. */
export async function findDecision(
  db: Database,
  decision_id: string,
): Promise<{ decision: DecisionRow; signed_up_at: number } | null> {
  const [row] = await db
    .select({ decision: decisions, signed_up_at: accounts.signed_up_at })
    .from(decisions)
    .innerJoin(accounts, eq(accounts.account_id, decisions.account_id))
    .where(eq(decisions.decision_id, decision_id));
  return row ?? null;
}
