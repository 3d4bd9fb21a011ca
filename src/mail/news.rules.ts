import { addDays, dayOf, startOfDay } from '../calendar/zone.rules.ts';
import type { Gate } from '../explain/gate.ts';
import { isOwnGate } from '../letter/news-letter.rules.ts';

/**
 * The gates that kept something due from being paid, where the partner can open all of them; none where anything else stands in the way as
 * well, or nothing was due.
 */
export function gatesToTell(skip: { amount: number; gates: readonly Gate[] }): Gate[] {
  const shut = skip.gates.filter((gate) => !gate.passed);
  return skip.amount > 0 && shut.every(({ gate }) => isOwnGate(gate)) ? shut : [];
}

/** A month of the program: its name `YYYY-MM`, and the instants between which it lies, the end left out. */
export interface Month {
  month: string;
  start_at: number;
  end_at: number;
}

/** The month of a name. */
export function monthOf(month: string, timezone: string): Month {
  const first = `${month}-01`;
  const next = addDays(first, 31).slice(0, 7);
  return { month, start_at: startOfDay(first, timezone), end_at: startOfDay(`${next}-01`, timezone) };
}

/** The last month that has ended at an instant. */
export function lastMonth(now: number, timezone: string): Month {
  const first = `${dayOf(now, timezone).slice(0, 7)}-01`;
  return monthOf(addDays(first, -1).slice(0, 7), timezone);
}
