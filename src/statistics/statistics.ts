import type { ClicksDatabase } from '../archive/open.ts';
import { archivedClicksAmong } from '../archive/recorded.ts';
import { utcDaysBetween } from '../calendar/zone.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { countedAt, firstDay } from './count.repo.ts';
import { countedThrough } from './count.rules.ts';
import {
  attributedSignups,
  campaignsOf,
  clicksOfAll,
  clicksBy,
  clicksByDay,
  codesOf,
  type AttributedSignup,
  type By,
  type Counts,
  type DecidingClick,
  withoutRow,
  type Stretch,
} from './statistics.repo.ts';

/** Where statistics are read. */
export interface StatisticsContext {
  books: Database;
  clicks: ClicksDatabase;
  now: number;
}

/** Counted clicks, and the signups that they brought. */
export interface Tally extends Counts {
  signups: number;
}

/** Signups that no click of theirs brought, by the source of their referrer (L3, B1, R). */
export interface SignupsBySource {
  source: string;
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
 * A partner's clicks of counted days and signups of the same UTC days, by link, sub-id or campaign, by key; '' where a link carried none. One
 * row more than `limit` where there are more. A signup that no click decided has no key: it stands in `without_link` by its source. `totals`
 * hold every click and every signup of the stretch.
 */
export async function statisticsBy(
  context: StatisticsContext,
  partner_id: string,
  stretch: Stretch,
  query: { by: By; after: string | null; limit: number },
): Promise<{ rows: (Tally & { key: string })[]; without_link: SignupsBySource[]; totals: Tally }> {
  const { books, clicks } = context;
  const codes = await codesOf(books, partner_id);
  const signups = await signupsOf(books, partner_id, stretch);
  const counted = await clicksBy(clicks, [...codes.keys()], stretch, { ...query, limit: query.limit + 1 });
  const rows = new Map(counted.map((row) => [row.key, { ...NOTHING, ...row }]));
  const brought = signups.flatMap(({ click }) => click ?? []);
  for (const [key, count] of await signupsBy(clicks, brought, query.by)) {
    if (query.after !== null && byLetters(key, query.after) <= 0) continue;
    rows.set(key, { ...NOTHING, key, ...rows.get(key), signups: count });
  }
  const shown = (key: string): string => (query.by === 'link' ? (codes.get(key) ?? key) : key);
  const sorted = [...rows.values()].toSorted((a, b) => byLetters(a.key, b.key)).slice(0, query.limit + 1);
  const totals = { ...(await clicksOfAll(clicks, [...codes.keys()], stretch)), signups: signups.length };
  return {
    rows: sorted.map((row) => ({ ...row, key: shown(row.key) })),
    without_link: bySource(signups.filter(({ click }) => click === null)),
    totals,
  };
}

function bySource(signups: readonly AttributedSignup[]): SignupsBySource[] {
  const sources = Map.groupBy(signups, ({ source }) => source);
  return [...sources]
    .map(([source, own]) => ({ source, signups: own.length }))
    .toSorted((a, b) => byLetters(a.source, b.source));
}

async function signupsBy(
  clicks: ClicksDatabase,
  brought: readonly DecidingClick[],
  by: By,
): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  const add = (key: string, more: number): void => void sums.set(key, (sums.get(key) ?? 0) + more);
  if (by === 'link') {
    for (const { code } of brought) add(code, 1);
    return sums;
  }
  for (let i = 0; i < brought.length; i += KEYS_A_QUERY) {
    const keys = brought
      .slice(i, i + KEYS_A_QUERY)
      .map(({ visitor_id, click_id, clicked_at }) => ({ day: dayOf(clicked_at), visitor_id, click_id }));
    for (const row of await campaignsOf(clicks, keys, by)) add(row.key, row.signups);
    if (!clicks.$archive) continue;
    // Those whose clicks have moved were counted as without one.
    for (const click of await archivedClicksAmong(clicks, await withoutRow(clicks, keys))) {
      add('', -1);
      add(click[by] ?? '', 1);
    }
  }
  if (sums.get('') === 0) sums.delete('');
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
  for (const { click, signed_up_at } of await signupsOf(books, link.partner_id, stretch)) {
    if (click?.code !== link.code) continue;
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
