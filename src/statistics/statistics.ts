import { utcDaysBetween } from '../calendar/zone.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { countedAt, firstDay } from './count.repo.ts';
import { countedThrough } from './count.rules.ts';
import {
  attributedSignups,
  campaignsOf,
  clicksBy,
  clicksByDay,
  codesOf,
  type AttributedSignup,
  type By,
  type Counts,
  type Stretch,
} from './statistics.repo.ts';

/** Where statistics are read. */
export interface StatisticsContext {
  books: Database;
  clicks: Database;
  now: number;
}

/** Counted clicks, and the signups that they brought. */
export interface Tally extends Counts {
  signups: number;
}

const DAY_MS = 86_400_000;
/** Seeks of one statement; a parameter stays far under 2 MB. */
const KEYS_A_QUERY = 5000;

const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const dayOf = (at: number): string => utcDaysBetween(at, at)[0] ?? '';
const NOTHING: Tally = { persons: 0, bots: 0, others: 0, signups: 0 };

/** The order in which the database sorts: by code points, not by JavaScript's units. */
function byLetters(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [i, letter] of left.entries()) {
    const difference = (letter.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * A partner's clicks of counted days and attributed signups of the same UTC days, by link, sub-id or campaign, by key; '' where a link
 * carried none. One row more than `limit` where there are more.
 */
export async function statisticsBy(
  context: StatisticsContext,
  partner_id: string,
  stretch: Stretch,
  query: { by: By; after: string | null; limit: number },
): Promise<(Tally & { key: string })[]> {
  const { books, clicks } = context;
  const codes = await codesOf(books, partner_id);
  const counted = await clicksBy(clicks, [...codes.keys()], stretch, { ...query, limit: query.limit + 1 });
  const rows = new Map(counted.map((row) => [row.key, { ...NOTHING, ...row }]));
  for (const [key, signups] of await signupsBy(context, partner_id, stretch, query.by)) {
    if (query.after !== null && byLetters(key, query.after) <= 0) continue;
    rows.set(key, { ...NOTHING, key, ...rows.get(key), signups });
  }
  const shown = (key: string): string => (query.by === 'link' ? (codes.get(key) ?? key) : key);
  const sorted = [...rows.values()].toSorted((a, b) => byLetters(a.key, b.key)).slice(0, query.limit + 1);
  return sorted.map((row) => ({ ...row, key: shown(row.key) }));
}

async function signupsBy(
  { books, clicks }: StatisticsContext,
  partner_id: string,
  stretch: Stretch,
  by: By,
): Promise<Map<string, number>> {
  const signups = await signupsOf(books, partner_id, stretch);
  const sums = new Map<string, number>();
  const add = (key: string, more: number): void => void sums.set(key, (sums.get(key) ?? 0) + more);
  if (by === 'link') {
    for (const { code } of signups) add(code, 1);
    return sums;
  }
  for (let i = 0; i < signups.length; i += KEYS_A_QUERY) {
    const keys = signups
      .slice(i, i + KEYS_A_QUERY)
      .map(({ visitor_id, click_id, clicked_at }) => ({ day: dayOf(clicked_at), visitor_id, click_id }));
    for (const row of await campaignsOf(clicks, keys, by)) add(row.key, row.signups);
  }
  return sums;
}

function signupsOf(books: Database, partner_id: string, { from, to }: Stretch): Promise<AttributedSignup[]> {
  return attributedSignups(books, partner_id, startOf(from), startOf(to) + DAY_MS - 1);
}

/** One link's clicks and signups by UTC day, days with neither left out, with their sums. `code` in plain form. */
export async function linkStatistics(
  { books, clicks }: StatisticsContext,
  link: { code: string; partner_id: string },
  stretch: Stretch,
): Promise<{ totals: Tally; days: (Tally & { day: string })[] }> {
  const days = new Map((await clicksByDay(clicks, link.code, stretch)).map((row) => [row.day, { ...NOTHING, ...row }]));
  for (const { code, signed_up_at } of await signupsOf(books, link.partner_id, stretch)) {
    if (code !== link.code) continue;
    const day = dayOf(signed_up_at);
    const row = days.get(day) ?? { ...NOTHING, day };
    days.set(day, { ...row, signups: row.signups + 1 });
  }
  const sorted = [...days.values()].toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const totals = sorted.reduce<Tally>(
    (sum, row) => ({
      persons: sum.persons + row.persons,
      bots: sum.bots + row.bots,
      others: sum.others + row.others,
      signups: sum.signups + row.signups,
    }),
    NOTHING,
  );
  return { totals, days: sorted };
}

/** The day up to which all clicks of a stretch have been counted; null where its first day has not. */
export async function readCountedThrough({ clicks, now }: StatisticsContext, stretch: Stretch): Promise<string | null> {
  const first = await firstDay(clicks);
  const days = utcDaysBetween(startOf(stretch.from), startOf(stretch.to));
  return countedThrough(stretch, first, new Set((await countedAt(clicks, days)).keys()), now);
}
