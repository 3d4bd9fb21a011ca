import { activeAt } from '../partner/signal.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { partnerSignals } from '../signup/evidence.repo.ts';
import { acceptedRows } from './expected.repo.ts';
import { firstExpected, type ExpectedBy } from './list.rules.ts';

/** B1: who expected this address (a keyed hash) by a list that counts at an instant, active then; the first accepted list of several. */
export async function expectedBy(db: Database, match_hash: string, at: number): Promise<ExpectedBy | null> {
  const rows = await acceptedRows(db, match_hash, at);
  if (rows.length === 0) return null;
  const signals = await partnerSignals(db, [...new Set(rows.map((row) => row.partner_id))]);
  return firstExpected(rows, (partner_id) => activeAt(signals, partner_id, at));
}
