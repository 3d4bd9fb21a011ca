/**
 * Calendar days in a zone by `Intl` alone, for oracles: it shares no code with `src/calendar`, so that a fault there shows.
 */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(timezone, made);
  return made;
}

/** What a clock on the wall shows at an instant, written as if it were UTC, epoch ms. */
export function wallOf(at: number, timezone: string): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(timezone).formatToParts(at)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  const ms = ((at % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

const DAY = 86_400_000;

/** The instant at which a wall shows a time: of two the first; for a time that is skipped, as much later as the clock jumps. */
export function instantOf(wall: number, timezone: string): number {
  const offsets = [-DAY, 0, DAY].map((away) => wallOf(wall + away, timezone) - (wall + away));
  const exact = offsets.map((offset) => wall - offset).filter((at) => wallOf(at, timezone) === wall);
  return exact.length > 0 ? Math.min(...exact) : wall - (offsets[0] ?? 0);
}

/** The same wall-clock time some calendar days later. */
export function daysLater(at: number, days: number, timezone: string): number {
  return instantOf(wallOf(at, timezone) + days * DAY, timezone);
}

/** The day a wall shows, `YYYY-MM-DD`. */
export function dayShown(at: number, timezone: string): string {
  return new Date(wallOf(at, timezone)).toISOString().slice(0, 10);
}
