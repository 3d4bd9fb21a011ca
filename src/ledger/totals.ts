import { weekOfDay, type WeekPolicy } from '../calendar/week.rules.ts';
import { dayOf } from '../calendar/zone.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { presentSince, readPartnerBooks, readSince } from './balance.repo.ts';
import { isForfeit, totalsAt, type Totals } from './balance.rules.ts';
import { latestBalances, linesOfPayments, type TouchedPayment } from './close.repo.ts';
import { NO_BALANCES, totalsNow } from './close.rules.ts';

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
  if (as_of < now || as_of < (await presentSince(db))) return totalsAt(await readPartnerBooks(db, partner_id), as_of);
  const { cut, balances } = await latestBalances(db, partner_id);
  const before = balances ?? NO_BALANCES;
  const week = weekOfDay(dayOf(as_of, policy.timezone), policy);
  const since = await readSince(db, partner_id, cut, before, as_of, week);
  // An outcome filed by a clock ahead of this one is not known yet at `as_of`.
  if (since.transfers.some((transfer) => transfer.at > as_of))
    return totalsAt(await readPartnerBooks(db, partner_id), as_of);
  const payments = new Map<string, TouchedPayment>();
  for (const { account_id, payment_id, ...line } of since.lines) {
    if (isForfeit(line) && line.at <= as_of && account_id !== null && payment_id !== null) {
      payments.set(payment_id, { partner_id, account_id, payment_id });
    }
  }
  const touched = payments.size > 0 ? await linesOfPayments(db, [...payments.values()]) : [];
  return totalsNow(before, cut, { ...since, touched }, as_of, policy);
}
