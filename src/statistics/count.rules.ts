import { utcDaysBetween } from '../calendar/zone.rules.ts';

const DAY_MS = 86_400_000;

/** Clicks older than that come through no queue; days before it are as they were counted. */
const DAYS_BACK = 400;

/**
 * How long after its end a day is counted, and counted again: at once; when a queue that was slow for a moment has caught up; and when no
 * queue holds a click of it any more (four days at most).
 */
const AFTER_MS = [0, 3_600_000, 5 * DAY_MS];

/** The UTC days that have ended by `now`, from the first day with a click on; none where there is no click. */
export function closedDays(first_day: string | null, now: number): string[] {
  if (first_day === null) return [];
  const from_at = Math.max(Date.parse(`${first_day}T00:00:00Z`), now - DAYS_BACK * DAY_MS);
  return utcDaysBetween(from_at, now).slice(0, -1);
}

/** Of closed days, those to be counted at `now`; `counted` says when each was counted last. */
export function daysDue(days: readonly string[], counted: ReadonlyMap<string, number>, now: number): string[] {
  return days.filter((day) => {
    const end = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
    const last = counted.get(day);
    return AFTER_MS.some((after) => now >= end + after && (last === undefined || last < end + after));
  });
}

/** The day up to which all days of a stretch are counted; null where its first is not. Days without any click are. */
export function countedThrough(
  stretch: { from: string; to: string },
  first_day: string | null,
  counted: ReadonlySet<string>,
  now: number,
): string | null {
  const days = utcDaysBetween(Date.parse(`${stretch.from}T00:00:00Z`), Date.parse(`${stretch.to}T00:00:00Z`));
  const [today = ''] = utcDaysBetween(now, now);
  const open = days.findIndex((day) => day >= today || (first_day !== null && day >= first_day && !counted.has(day)));
  return (open < 0 ? days.at(-1) : days[open - 1]) ?? null;
}
