import { dayOf, startOfDay } from '../calendar/zone.rules.ts';
import type { PayDay } from '../explain/gates.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { latestFrozen } from '../payout/batch.repo.ts';
import { approvalReasons } from '../payout/ceilings.rules.ts';
import { nextPayDay } from '../payout/due.rules.ts';
import { readChunkPartners, readDues } from '../payout/freeze.repo.ts';
import { decideChunk } from '../payout/freeze.rules.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import { formerAmounts } from '../policy/preview.repo.ts';
import type { Database } from '../program/commit.repo.ts';

/** Partners read at once, and pages of them that one forecast reads. */
const PAGE_PARTNERS = 1000;
const MAX_PAGES = 10;

/** What the next pay day would pay, as the books stand now. Amounts are minor units. */
export interface Forecast {
  day: PayDay;
  /** Whether the pay day has passed without a freeze. */
  overdue: boolean;
  partners: number;
  amount: number;
  /** Partners with something due whom a gate keeps back, and how much that is. */
  skipped: number;
  skipped_amount: number;
  /** P8: why the batch would wait for approval, in sentences. */
  approval_reasons: string[];
  /** False where there are more partners with something due than were read. */
  complete: boolean;
}

/**
 * What the batch of the next pay day would pay, decided by the freeze's own functions over what is open now (P1, P2, P8). Gates that open by
 * themselves before the day count as open, as on the partner's own page. 34 queries at most.
 */
export async function readForecast(db: Database, history: PolicyHistory, now: number): Promise<Forecast> {
  const day = nextPayDay(history, await latestFrozen(db, now), now);
  const { timezone } = history[0];
  const frozen_at = Math.max(now, startOfDay(day.pay_date, timezone));
  const window = { week_ends_at: day.week.ends_at, frozen_at, cut_seq: Number.MAX_SAFE_INTEGER };
  const amounts: number[] = [];
  const skips: number[] = [];
  let complete = false;
  for (let page = 0, through = ''; page < MAX_PAGES && !complete; page++) {
    const dues = await readDues(db, window, through, PAGE_PARTNERS);
    const { pays, skips: kept } = decideChunk(
      day,
      frozen_at,
      dues,
      await readChunkPartners(
        db,
        dues.filter(({ due }) => due > 0),
      ),
    );
    amounts.push(...pays.map((pay) => pay.amount));
    skips.push(...kept.map((skip) => skip.amount));
    through = dues.at(-1)?.partner_id ?? through;
    complete = dues.length < PAGE_PARTNERS;
  }
  const amount = sumAmounts(amounts);
  const largest_payout = amounts.reduce((largest, one) => Math.max(largest, one), 0);
  const former = await formerAmounts(db);
  const ceilings = { policy: day.policy, approval: 'none', payout_amount: amount, largest_payout, former } as const;
  return {
    day,
    overdue: day.pay_date < dayOf(now, timezone),
    partners: amounts.length,
    amount,
    skipped: skips.length,
    skipped_amount: sumAmounts(skips),
    approval_reasons: amounts.length === 0 ? [] : approvalReasons(ceilings),
    complete,
  };
}
