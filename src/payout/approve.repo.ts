import { eq } from 'drizzle-orm';

import type { Database, Statement } from '../program/commit.repo.ts';
import { batches } from './payout.schema.ts';

/** The statement that lets a waiting batch go on. */
export function approveBatch(db: Database, pay_date: string, approved_by: string, approved_at: number): Statement {
  return db.update(batches).set({ status: 'frozen', approved_by, approved_at }).where(eq(batches.pay_date, pay_date));
}
