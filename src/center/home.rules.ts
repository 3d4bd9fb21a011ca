import { payDateAfter, payDateFor } from '../calendar/week.rules.ts';
import type { DueMoney, PayDay } from '../explain/gates.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';

/** What one pay day comes to; minor units. */
export interface PayDaySum {
  pay_date: string;
  amount: number;
}

/** How many coming pay days are told one by one: as many as ninety days of vesting and the wait for the week's end reach. */
export const COMING = 15;

/**
 * P1: open amounts by the pay day on which they could be paid, from the next one on: what is due then, and what becomes payable later, by the
 * first pay day whose week it lies in. Days between that bring nothing are there with 0. `later`: what comes after the last of them.
 */
export function comingPayDays(
  day: PayDay,
  money: Pick<DueMoney, 'due' | 'upcoming'>,
  most = COMING,
): { days: PayDaySum[]; later: number } {
  const byDay = new Map<string, number>([[day.pay_date, money.due]]);
  for (const { payable_at, amount } of money.upcoming) {
    const found = payDateFor(payable_at, day.policy);
    const pay_date = found > day.pay_date ? found : day.pay_date;
    byDay.set(pay_date, (byDay.get(pay_date) ?? 0) + amount);
  }
  const last =
    [...byDay]
      .flatMap(([pay_date, amount]) => (amount === 0 ? [] : [pay_date]))
      .toSorted()
      .at(-1) ?? '';
  const days: PayDaySum[] = [];
  let before = '';
  for (let pay_date = day.pay_date; days.length < most; pay_date = payDateAfter(pay_date, day.policy)) {
    // A day off the weekly round, before a change of policy, counts for the next one on it.
    const own = [...byDay].filter(([on]) => on > before && on <= pay_date);
    days.push({ pay_date, amount: sumAmounts(own.map(([, amount]) => amount)) });
    before = pay_date;
    if (pay_date >= last) break;
  }
  const later = sumAmounts([...byDay].flatMap(([on, amount]) => (on > before ? [amount] : [])));
  return { days, later };
}

/** A bar of the chart, in the units of its drawing; `y` and `height` from the base line up. */
export interface Bar extends PayDaySum {
  kind: 'past' | 'coming';
  x: number;
  y: number;
  width: number;
  height: number;
  /** Whether its day is written below it: some are left out where they would overlap. */
  labelled: boolean;
}

/** The drawing's own units: it is as wide as its place. */
export const CHART = { width: 720, height: 220, top: 24, base: 180 } as const;
const LEAST_HEIGHT = 2;
const LABEL_WIDTH = 58;

/** Bars of past and coming pay days side by side, oldest first. What is not above zero has no height; what is has at least a line. */
export function chartBars(past: readonly PayDaySum[], coming: readonly PayDaySum[]): Bar[] {
  const all = [
    ...past.map((sum) => ({ ...sum, kind: 'past' as const })),
    ...coming.map((sum) => ({ ...sum, kind: 'coming' as const })),
  ];
  const most = Math.max(1, ...all.map(({ amount }) => amount));
  const room = CHART.base - CHART.top;
  const step = Math.floor(CHART.width / Math.max(1, all.length));
  const each = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  const width = Math.max(4, Math.min(40, step - 4));
  return all.map((sum, i) => {
    // Pixels, not money: rounding here changes no amount.
    const height = sum.amount <= 0 ? 0 : Math.max(LEAST_HEIGHT, Math.floor((sum.amount / most) * room));
    const x = i * step + Math.floor((step - width) / 2);
    // Counted from the first coming day on, which is always labelled.
    const labelled = (((i - past.length) % each) + each) % each === 0;
    return { ...sum, x, y: CHART.base - height, width, height, labelled };
  });
}
