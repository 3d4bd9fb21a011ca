import type { WeekPolicy } from '../calendar/week.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { readPartnerBooks } from './balance.repo.ts';
import { totalsAt, type Totals } from './balance.rules.ts';
import { totalsNow } from './close.rules.ts';
import { readPresent } from './present.ts';

/**
 * A partner's totals as of an instant: from the latest close and what came since where that is the present or the future, from the whole
 * history where it is past. Both give the same. `policy` is any version: week and zone are the program's for life.
 */
export async function readTotals(
  db: Database,
  partner_id: string,
  as_of: number,
  now: number,
  policy: WeekPolicy,
): Promise<Totals> {
  const present = await readPresent(db, partner_id, as_of, now, policy);
  if (present === null) return totalsAt(await readPartnerBooks(db, partner_id), as_of);
  return totalsNow(present.before, present.cut, present.since, as_of, policy);
}
