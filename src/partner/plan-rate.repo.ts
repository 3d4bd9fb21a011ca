import { and, desc, eq, lte } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { planRates } from './partner.schema.ts';

export type PlanRateRow = typeof planRates.$inferSelect;

/** The rate of a plan from exactly an instant on, or null. */
export async function findPlanRate(db: Database, plan: string, from_at: number): Promise<PlanRateRow | null> {
  const [row] = await db
    .select()
    .from(planRates)
    .where(and(eq(planRates.plan, plan), eq(planRates.from_at, from_at)));
  return row ?? null;
}

/** The rate of a plan in force at an instant, or null. */
export async function planRateAt(db: Database, plan: string, at: number): Promise<PlanRateRow | null> {
  const [row] = await db
    .select()
    .from(planRates)
    .where(and(eq(planRates.plan, plan), lte(planRates.from_at, at)))
    .orderBy(desc(planRates.from_at))
    .limit(1);
  return row ?? null;
}

/** The statement that files a plan's rate. */
export function insertPlanRate(db: Database, row: PlanRateRow): Statement {
  return insertRows(db, planRates, [row]);
}
