import { readPartnerBooks, presentSince } from '../ledger/balance.repo.ts';
import type { Totals } from '../ledger/balance.rules.ts';
import { readTotals } from '../ledger/totals.ts';
import { readPartnerRecord } from '../partner/record.repo.ts';
import { latestFrozen } from '../payout/batch.repo.ts';
import { nextPayDay } from '../payout/due.rules.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import { hasReferred, readOpenSums } from './earnings.repo.ts';
import { dueMoney, nextPayout, openSumsAt, type NextPayout } from './earnings.rules.ts';

/** A partner's earnings as of an instant; minor units of `currency`. */
export interface Earnings {
  partner_id: string;
  currency: string;
  as_of: number;
  totals: Totals;
  threshold: number;
  next_payout: NextPayout;
}

/** What is next paid to a partner as of an instant, from what is known then; pay days to come are not played (W). */
export async function readNextPayout(
  db: Database,
  partner_id: string,
  as_of: number,
  now: number,
): Promise<NextPayout> {
  const [history, latest, record, referred, present] = await Promise.all([
    readPolicy(db),
    latestFrozen(db, as_of),
    readPartnerRecord(db, partner_id),
    hasReferred(db, partner_id),
    presentSince(db),
  ]);
  const day = nextPayDay(history, latest, Math.min(as_of, now));
  const past = as_of < now || as_of < present;
  const open = past
    ? openSumsAt(await readPartnerBooks(db, partner_id), as_of)
    : await readOpenSums(db, partner_id, as_of);
  return nextPayout(day, as_of, record, dueMoney(open, day, referred));
}

/** A partner's totals and next pay day as the books stand, stood, or will stand at an instant from what is known. */
export async function readEarnings(db: Database, partner_id: string, as_of: number, now: number): Promise<Earnings> {
  const history = await readPolicy(db);
  const [totals, next_payout] = await Promise.all([
    readTotals(db, partner_id, as_of, now, history[0]),
    readNextPayout(db, partner_id, as_of, now),
  ]);
  const { policy } = next_payout.day;
  return { partner_id, currency: history[0].currency, as_of, totals, threshold: policy.payout_threshold, next_payout };
}
