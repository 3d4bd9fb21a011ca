import { Temporal } from 'temporal-polyfill/implementation';

/** Whether the name is an IANA zone that this runtime knows. A bare offset is none: it would not follow a place's clocks. */
export function isZone(timezone: string): boolean {
  if (!/^[A-Za-z]/.test(timezone)) return false;
  try {
    zoned(0, timezone);
    return true;
  } catch {
    return false;
  }
}

function zoned(at: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
}

/**
 * `days` calendar days later (or earlier) at the same wall-clock time in the zone, as epoch ms.
 * A wall-clock time that a change of clocks skips moves forward by the gap; a doubled one is the first.
 */
export function addCalendarDays(at: number, days: number, timezone: string): number {
  return zoned(at, timezone).add({ days }).epochMilliseconds;
}

/** The program day an instant falls on, `YYYY-MM-DD`. */
export function dayOf(at: number, timezone: string): string {
  return zoned(at, timezone).toPlainDate().toString();
}

/** The first instant of a program day, epoch ms. */
export function startOfDay(day: string, timezone: string): number {
  return Temporal.PlainDate.from(day).toZonedDateTime({ timeZone: timezone }).epochMilliseconds;
}

/** The day `days` later (or earlier). */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** Day of the week, 1 = Monday … 7 = Sunday. */
export function weekdayOf(day: string): number {
  return Temporal.PlainDate.from(day).dayOfWeek;
}

/** Whole days from one day to another; negative where `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days;
}

/** Whether a text is a day that exists, `YYYY-MM-DD`, in the years 1970 to 9999. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1970-01-01') return false;
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch {
    return false;
  }
}

const DAY_MS = 86_400_000;

/** The UTC days that a stretch of time touches, in order. */
export function utcDaysBetween(from_at: number, to_at: number): string[] {
  const days: string[] = [];
  for (let at = Math.floor(from_at / DAY_MS) * DAY_MS; at <= to_at; at += DAY_MS) days.push(dayOf(at, 'UTC'));
  return days;
}

/** The time of day in a zone, `HH:MM`. */
export function timeOfDay(at: number, timezone: string): string {
  return zoned(at, timezone).toPlainTime().toString({ smallestUnit: 'minute' });
}
