import { BACKUP_CRON } from '../../src/backup/run.ts';
import { dateOf } from '../../src/clock.ts';

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MS = 86_400_000;

/** One firing of a cron. */
export interface Firing {
  readonly cron: string;
  readonly at: number;
}

interface Schedule {
  readonly cron: string;
  readonly minutes: number;
  readonly weekday: number | null;
}

/** Reads the two forms that payouts uses: `minute hour * * *` and `minute hour * * FRI`, in UTC. Throws on any other. */
function scheduleOf(cron: string): Schedule {
  const [, minute, hour, name] = /^(\d{1,2}) (\d{1,2}) \* \* (\*|[A-Z]{3})$/.exec(cron) ?? [];
  const weekday = name === '*' ? null : WEEKDAYS.indexOf(name ?? '');
  if (minute === undefined || weekday === -1) throw new Error(`this cron is not played locally: ${cron}`);
  return { cron, minutes: Number(hour) * 60 + Number(minute), weekday };
}

/** All firings of the crons after one instant and up to another (included), in order. Epoch ms. */
export function firingsBetween(crons: readonly string[], after: number, until: number): Firing[] {
  const schedules = crons.map(scheduleOf);
  const firings: Firing[] = [];
  for (let day = Math.floor(after / DAY_MS) * DAY_MS; day <= until; day += DAY_MS) {
    for (const { cron, minutes, weekday } of schedules) {
      const at = day + minutes * 60_000;
      const onItsDay = weekday === null || dateOf(day).getUTCDay() === weekday;
      if (onItsDay && at > after && at <= until) firings.push({ cron, at });
    }
  }
  return firings.toSorted((a, b) => a.at - b.at);
}

const COPIED_AT_MS = 2 * 3_600_000;

/** The first firing of the nightly copy in the last night between two instants (the second included): one copy stands for all; null where there is none. */
export function lastNight(after: number, until: number): Firing | null {
  const today = Math.floor(until / DAY_MS) * DAY_MS + COPIED_AT_MS;
  const at = today <= until ? today : today - DAY_MS;
  return at > after ? { cron: BACKUP_CRON, at } : null;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** A span as typed, `1h`, `7d`, `2w`, in ms; null where it is none, or longer than three years. */
export function spanOf(text: string): number | null {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit ?? ''] ?? Number.NaN);
  return ms > 0 && ms <= 1100 * DAY_MS ? ms : null;
}
