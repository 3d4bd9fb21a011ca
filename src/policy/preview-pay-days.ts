import type { Week } from '../calendar/week.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import { latestFrozen } from '../payout/batch.repo.ts';
import { approvalReasons } from '../payout/ceilings.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import type { PolicyHistory } from './policy.rules.ts';
import { formerAmounts, pageOfOpenPartners } from './preview.repo.ts';
import { payDaysToPlay, playPartner, topChanges, type Both, type DayToPlay, type PlayedPay } from './preview.rules.ts';

/** Partners read at once, pages read, and partners with something open that one preview plays. */
const PAGE_PARTNERS = 1000;
const MAX_PAGES = 60;
const MAX_PARTNERS = 5000;
/** Partners that an answer lists. */
export const TOP_PARTNERS = 100;

/** What one pay day comes to. */
export interface PlayedDay {
  pay_date: string;
  payouts: number;
  amount: number;
  approval_reasons: string[];
}

/** One week with its pay day by the policy as it is and as proposed, where it has one. */
export interface PlayedWeek extends Both<PlayedDay | null> {
  week: Week;
  paid_no_more: number;
  paid_then_only: number;
}

/** What one partner is paid on all of them. */
export interface PlayedPartner {
  partner_id: string;
  amount: Both<number>;
  first_pay_date: Both<string | null>;
}

/** The pay days to come, as the present books let them be played. */
export interface PlayedPayDays {
  weeks: PlayedWeek[];
  amount: Both<number>;
  partners_paid: Both<number>;
  partners_changed: number;
  partners: PlayedPartner[];
  complete: boolean;
}

type PartnerPays = { partner_id: string } & Both<PlayedPay[]>;

const total = (pays: readonly PlayedPay[]) => sumAmounts(pays.map((pay) => pay.amount));

/**
 * Plays the pay days up to the fourth one that the last of the proposed versions governs, by the policy as it is and as proposed, over what is
 * open now (P1, P2, P8). 300 queries at most; `complete` is false where partners or pay days were left out.
 */
export async function previewPayDays(
  db: Database,
  history: Both<PolicyHistory>,
  effective_from: number,
  now: number,
): Promise<PlayedPayDays> {
  const latest = await latestFrozen(db, now);
  const as_is = payDaysToPlay(history.as_is, latest, now, effective_from);
  const proposed = payDaysToPlay(history.proposed, latest, now, effective_from);
  const days = { as_is: as_is.days, proposed: proposed.days };
  const { played, all } = await playPartners(db, days, now);
  const weeks = playedWeeks(days, played, await formerAmounts(db));
  const changed = played.flatMap((one): PlayedPartner[] => {
    const amount = { as_is: total(one.as_is), proposed: total(one.proposed) };
    const first_pay_date = {
      as_is: one.as_is[0]?.pay_date ?? null,
      proposed: one.proposed[0]?.pay_date ?? null,
    };
    const same = amount.as_is === amount.proposed && first_pay_date.as_is === first_pay_date.proposed;
    return same ? [] : [{ partner_id: one.partner_id, amount, first_pay_date }];
  });
  return {
    weeks,
    amount: {
      as_is: sumAmounts(played.map((one) => total(one.as_is))),
      proposed: sumAmounts(played.map((one) => total(one.proposed))),
    },
    partners_paid: {
      as_is: played.filter((one) => one.as_is.length > 0).length,
      proposed: played.filter((one) => one.proposed.length > 0).length,
    },
    partners_changed: changed.length,
    partners: topChanges(changed, ({ amount }) => [amount.proposed - amount.as_is], TOP_PARTNERS),
    complete: all && as_is.complete && proposed.complete,
  };
}

async function playPartners(
  db: Database,
  days: Both<DayToPlay[]>,
  now: number,
): Promise<{ played: PartnerPays[]; all: boolean }> {
  const ends = [...days.as_is, ...days.proposed].map((day) => day.week.ends_at);
  const bounds = [...new Set(ends)].toSorted((a, b) => a - b);
  const played: PartnerPays[] = [];
  let after = '';
  for (let page = 0; page < MAX_PAGES && played.length < MAX_PARTNERS; page++) {
    const { last, partners } = await pageOfOpenPartners(db, { after, limit: PAGE_PARTNERS, bounds, now });
    if (last === null) return { played, all: true };
    for (const { partner_id, open, record } of partners) {
      const play = (list: readonly DayToPlay[]) => playPartner(list, open, partner_id, record, now);
      played.push({ partner_id, as_is: play(days.as_is), proposed: play(days.proposed) });
    }
    after = last;
  }
  return { played, all: false };
}

const paidIn = (pays: readonly PlayedPay[], ends_at: number) => pays.some((pay) => pay.week_ends_at === ends_at);

function playedWeeks(days: Both<DayToPlay[]>, played: readonly PartnerPays[], former: readonly number[]): PlayedWeek[] {
  const as_is = playedDays(
    days.as_is,
    played.map((one) => one.as_is),
    former,
  );
  const proposed = playedDays(
    days.proposed,
    played.map((one) => one.proposed),
    former,
  );
  const weeks = new Map([...days.as_is, ...days.proposed].map((day) => [day.week.ends_at, day.week]));
  return [...weeks.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([ends_at, week]) => {
      const count = (
        one: (pays: PartnerPays) => readonly PlayedPay[],
        other: (pays: PartnerPays) => readonly PlayedPay[],
      ) => played.filter((pays) => paidIn(one(pays), ends_at) && !paidIn(other(pays), ends_at)).length;
      return {
        week,
        as_is: as_is.get(ends_at) ?? null,
        proposed: proposed.get(ends_at) ?? null,
        paid_no_more: count(
          (pays) => pays.as_is,
          (pays) => pays.proposed,
        ),
        paid_then_only: count(
          (pays) => pays.proposed,
          (pays) => pays.as_is,
        ),
      };
    });
}

/** What each pay day comes to, by the end of its week, and why its batch would wait (P8), each measured against those before it. */
function playedDays(
  days: readonly DayToPlay[],
  pays: readonly (readonly PlayedPay[])[],
  former: readonly number[],
): Map<number, PlayedDay> {
  const byWeek = Map.groupBy(pays.flat(), (pay) => pay.week_ends_at);
  let before = [...former];
  return new Map(
    days.map(({ pay_date, policy, week }) => {
      const amounts = (byWeek.get(week.ends_at) ?? []).map((pay) => pay.amount);
      const amount = sumAmounts(amounts);
      const largest_payout = amounts.reduce((largest, one) => Math.max(largest, one), 0);
      const ceilings = { policy, approval: 'none' as const, payout_amount: amount, largest_payout, former: before };
      const approval_reasons = amounts.length > 0 ? approvalReasons(ceilings) : [];
      if (amounts.length > 0) before = [amount, ...before];
      return [week.ends_at, { pay_date, payouts: amounts.length, amount, approval_reasons }];
    }),
  );
}
