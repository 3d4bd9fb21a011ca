import { addDays, dayOf, startOfDay, weekdayOf } from './zone.rules.ts';

/** Weekday names as the policy writes them, Monday first. */
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What of a policy the calendar needs (P1). */
export interface WeekPolicy {
  pay_weekday: Weekday;
  week_starts_on: Weekday;
  timezone: string;
}

/** A program week: first and last day (both included) and its bounds as instants, `ends_at` excluded. */
export interface Week {
  start_on: string;
  end_on: string;
  starts_at: number;
  ends_at: number;
}

function stepsBack(day: string, weekday: Weekday): number {
  return (weekdayOf(day) - (WEEKDAYS.indexOf(weekday) + 1) + 7) % 7;
}

/** The program week that holds a day. */
export function weekOfDay(day: string, policy: WeekPolicy): Week {
  const start_on = addDays(day, -stepsBack(day, policy.week_starts_on));
  return {
    start_on,
    end_on: addDays(start_on, 6),
    starts_at: startOfDay(start_on, policy.timezone),
    ends_at: startOfDay(addDays(start_on, 7), policy.timezone),
  };
}

/** P1: the week that a pay day pays up to the end of: the last one that ended before the pay day's own week began. */
export function weekPaidOn(pay_date: string, policy: WeekPolicy): Week {
  return weekOfDay(addDays(weekOfDay(pay_date, policy).start_on, -1), policy);
}

/** The latest pay day on or before a day. */
export function payDateOnOrBefore(day: string, policy: WeekPolicy): string {
  return addDays(day, -stepsBack(day, policy.pay_weekday));
}

/** The first pay day after a day. */
export function payDateAfter(day: string, policy: WeekPolicy): string {
  return addDays(payDateOnOrBefore(day, policy), 7);
}

/** P1, W: the first pay day whose week ends after an instant, that is, the first on which what became payable then can be paid. */
export function payDateFor(payable_at: number, policy: WeekPolicy): string {
  const nextWeek = addDays(weekOfDay(dayOf(payable_at, policy.timezone), policy).start_on, 7);
  return payDateOnOrBefore(addDays(nextWeek, 6), policy);
}
