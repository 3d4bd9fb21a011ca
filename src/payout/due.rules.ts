import { WEEKDAYS, weekOfDay, weekPaidOn, type Week } from '../calendar/week.rules.ts';
import { addDays, dayOf, startOfDay, weekdayOf } from '../calendar/zone.rules.ts';
import type { PayDay } from '../explain/gates.rules.ts';
import { policyAt, type PolicyHistory, type PolicyVersion } from '../policy/policy.rules.ts';

const DAY_NAMES = /^(?:mon|tue|wed|thu|fri|sat|sun)$/i;

/** Whether a cron is the pay day's own: one that names a weekday. The other runs daily and catches up. */
export function isPayDayCron(cron: string): boolean {
  return DAY_NAMES.test(cron.trim().split(/\s+/)[4] ?? '');
}

/** The policy in force on a program day (P2, P8: threshold, pay day and ceilings follow it). */
function policyOn(history: PolicyHistory, day: string): PolicyVersion {
  return policyAt(history, startOfDay(day, history[0].timezone));
}

/** A week's one pay day: the first of its days that is the pay weekday of the policy in force on it; null where a change of policy skips it. */
function payDateOfWeek(history: PolicyHistory, week: Week): string | null {
  for (let i = 0; i < 7; i++) {
    const day = addDays(week.start_on, i);
    if (WEEKDAYS[weekdayOf(day) - 1] === policyOn(history, day).pay_weekday) return day;
  }
  return null;
}

/** A pay day with the week that it pays and the policy in force on it. */
export function payDay(history: PolicyHistory, pay_date: string): PayDay {
  return { pay_date, week: weekPaidOn(pay_date, history[0]), policy: policyOn(history, pay_date) };
}

/** The first pay day of the weeks after that of `day`. */
function payDateAfterWeekOf(history: PolicyHistory, day: string): string {
  for (let week = weekOfDay(day, history[0]); ;) {
    week = weekOfDay(addDays(week.end_on, 1), history[0]);
    const found = payDateOfWeek(history, week);
    if (found !== null) return found;
  }
}

/** The latest pay day on or before a program day. */
function payDateUpTo(history: PolicyHistory, day: string): string {
  for (let week = weekOfDay(day, history[0]); ; week = weekOfDay(addDays(week.start_on, -1), history[0])) {
    const found = payDateOfWeek(history, week);
    if (found !== null && found <= day) return found;
  }
}

/** What says which pay days a run has to freeze. `latest` is the pay day of the latest batch, null before the first. */
export interface DueInput {
  history: PolicyHistory;
  cron: string;
  scheduled_at: number;
  latest: string | null;
}

/**
 * The pay days that a run has to freeze, oldest first: each without a batch after the latest one, by the pay day's own cron up to its
 * program day, by the daily one before its day. A program's very first run freezes the latest due one only, and is never the daily one.
 */
export function dueDates({ history, cron, scheduled_at, latest }: DueInput): string[] {
  const today = dayOf(scheduled_at, history[0].timezone);
  const own = isPayDayCron(cron);
  const until = own ? today : addDays(today, -1);
  if (latest === null) return own ? [payDateUpTo(history, until)] : [];
  const due: string[] = [];
  for (let next = payDateAfterWeekOf(history, latest); next <= until; next = payDateAfterWeekOf(history, next)) {
    due.push(next);
  }
  return due;
}

/**
 * The earliest pay day that is not frozen, even if it is overdue; before the first batch, the first on or after the day of `at`.
 * `latest` is the pay day of the latest batch frozen up to `at`.
 */
export function nextPayDay(history: PolicyHistory, latest: string | null, at: number): PayDay {
  if (latest !== null) return payDay(history, payDateAfterWeekOf(history, latest));
  const today = dayOf(at, history[0].timezone);
  const own = payDateOfWeek(history, weekOfDay(today, history[0]));
  return payDay(history, own !== null && own >= today ? own : payDateAfterWeekOf(history, today));
}
