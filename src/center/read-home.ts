import { earningsQueries, readOutlookNow, type Earnings } from '../earnings/earnings.ts';
import type { PayoutStatus } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { pastPayDaysQuery } from './home.repo.ts';
import { comingPayDays, type PayDaySum } from './home.rules.ts';

/** Everything that the first page shows. */
export interface Home {
  earnings: Earnings;
  /** Whether any account is tracked to the partner. */
  referred: boolean;
  coming: { days: PayDaySum[]; later: number };
  /** Past pay days, oldest first; null: nothing was due to be paid then. */
  past: { pay_date: string; amount: number; status: PayoutStatus | null }[];
}

/** Reads the partner's first page in one round trip. */
export async function readHome(db: Database, partner_id: string, now: number): Promise<Home> {
  const [past, ...rows] = await db.batch([pastPayDaysQuery(db, partner_id), ...earningsQueries(db, partner_id, now)]);
  const { earnings, money } = await readOutlookNow(db, partner_id, rows, now);
  return {
    earnings,
    referred: money.tracked,
    coming: comingPayDays(earnings.next_payout.day, money),
    past: past.map(({ pay_date, amount, status }) => ({ pay_date, amount: amount ?? 0, status })).toReversed(),
  };
}
