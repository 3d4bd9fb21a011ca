import { addDays, daysBetween } from '../calendar/zone.rules.ts';

/** What stays in the clicks database, and how the archive is cut. */
export interface ArchiveLimits {
  /** Days that a click stays in D1 where space allows it. */
  days_in_d1: number;
  /** Bytes of the clicks database from which on it is relieved of whole days, however young. D1 ends at 10 GB. */
  max_bytes: number;
  /** Clicks of one object. */
  part_clicks: number;
  /** Clicks of one block, which is what a reader fetches. */
  block_clicks: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  days_in_d1: 120,
  max_bytes: 8_000_000_000,
  part_clicks: 20_000,
  block_clicks: 500,
};

/** The longest stretch of days in one object. A reader meets one block a stretch and visitor; the sweep lets a stretch go as a whole. */
export const SPAN_DAYS = 7;

/** A closed stretch of UTC days. */
export interface Span {
  from_day: string;
  to_day: string;
}

/** Before every visitor, and after: ids are base64url. */
export const FIRST_VISITOR = '';
export const LAST_VISITOR = '~';

const EPOCH = '1970-01-01';
const DAY_MS = 86_400_000;
/** How long after its end a day is counted for good (statistics): what is archived is not counted again. */
const SETTLED_MS = 5 * DAY_MS;

/** The stretch of the calendar that a day lies in: weeks since the epoch, so that every run cuts alike. */
export function spanOf(day: string): Span {
  const from_day = addDays(day, -(daysBetween(EPOCH, day) % SPAN_DAYS));
  return { from_day, to_day: addDays(from_day, SPAN_DAYS - 1) };
}

/** The days of a span, in order. */
export function daysOf({ from_day, to_day }: Span): string[] {
  return Array.from({ length: daysBetween(from_day, to_day) + 1 }, (_, i) => addDays(from_day, i));
}

/** What decides which days move next. */
export interface Standing {
  /** The first UTC day with a click in D1; null where there is none. */
  first_day: string | null;
  /** A span that is partly archived. */
  begun: Span | null;
  /** When each day was counted last, epoch ms. */
  counted: ReadonlyMap<string, number>;
  bytes: number;
  /** The UTC day of the run. */
  today: string;
}

export type Plan = { ok: true; span: Span } | { ok: false; reason: 'nothing' | 'full' };

/** Whether a day with clicks is counted for good: whatever is counted of it later would miss what has moved. */
function isSettled(day: string, counted: ReadonlyMap<string, number>): boolean {
  const at = counted.get(day);
  return at !== undefined && at >= Date.parse(`${day}T00:00:00Z`) + DAY_MS + SETTLED_MS;
}

/**
 * The days whose clicks move to the archive next: what was begun; else the oldest week once all of it is old enough; else, where the
 * database is too large, its oldest day. Only days that statistics have counted for good. `full`: space is short, and no day may go yet.
 */
export function planSpan(standing: Standing, limits: ArchiveLimits): Plan {
  const { first_day, begun, counted, bytes, today } = standing;
  if (first_day === null) return { ok: false, reason: 'nothing' };
  if (begun !== null && first_day <= begun.to_day && first_day >= begun.from_day) return { ok: true, span: begun };
  const week = spanOf(first_day);
  const settled = (span: Span): boolean => daysOf(span).every((day) => day < first_day || isSettled(day, counted));
  if (week.to_day < addDays(today, -limits.days_in_d1) && settled(week)) return { ok: true, span: week };
  if (bytes <= limits.max_bytes) return { ok: false, reason: 'nothing' };
  const day = { from_day: first_day, to_day: first_day };
  return settled(day) ? { ok: true, span: day } : { ok: false, reason: 'full' };
}

/** A block of an object: the visitor that it begins with, where it lies, and how long it is. */
export type Block = [first_visitor: string, offset: number, bytes: number];

/** An object's bounds and blocks. */
export interface Part extends Span {
  key: string;
  from_visitor: string;
  to_visitor: string;
  blocks: readonly Block[];
}

/** The blocks of a part in which a visitor's clicks may lie: one, or several neighbours where a visitor fills more than one. */
export function blocksFor(part: Part, visitor_id: string): Block[] {
  if (visitor_id < part.from_visitor || visitor_id > part.to_visitor) return [];
  return part.blocks.filter(([first], i) => {
    const next = part.blocks[i + 1]?.[0];
    return (i === 0 || first <= visitor_id) && (next === undefined || next >= visitor_id);
  });
}

const FOLDER = 'clicks/v1/';

/** Where an object lies. Its folders sort by day; its name is the hash of its bytes, so that the same is written once. */
export function partKey({ from_day, to_day }: Span, sha256: string): string {
  return `${FOLDER}${from_day}_${to_day}/${sha256.slice(0, 32)}.ndjson.gz`;
}

/** The folder of all archived clicks. */
export const ARCHIVE_FOLDER = FOLDER;

/** The first day of an object by its key; null for a key that is not of this making. */
export function firstDayOfKey(key: string): string | null {
  return /^clicks\/v1\/(\d{4}-\d{2}-\d{2})_/.exec(key)?.[1] ?? null;
}

const HOUR_MS = 3_600_000;

/** Whether a run of the cron is one that archives: from 04:00 to 07:00 UTC, after the sweep, so that a day has 36, each bounded. */
export function isArchiveTime(at: number): boolean {
  const hour = Math.floor(at / HOUR_MS) % 24;
  return hour >= 4 && hour < 7;
}
