import { startOfDay } from '../calendar/zone.rules.ts';
import type { Period } from './journal.rules.ts';

/** A close as far as dates and cuts go. */
export interface CloseMark {
  pay_date: string;
  line_seq: number;
  transfer_seq: number;
  at: number;
  hash: string;
}

/** The rows that a journal is made of: closes in order, and the last line and transfer there were when it was begun. */
export interface BooksMark {
  closes: readonly CloseMark[];
  line_seq: number;
  transfer_seq: number;
}

/** Program days, both included; null: no bound. */
export interface Window {
  from: string | null;
  until: string | null;
}

/** A stretch of the booking order, up to a line and a transfer, with the close that ends it; null for what is not closed yet. */
export interface Stretch {
  period: Period;
  line_seq: number;
  transfer_seq: number;
  close: CloseMark | null;
}

/** Rows before a journal's first day: all up to the first cut, and those up to the second whose fact is dated before `before`. */
export interface OpeningCut {
  line_seq: number;
  transfer_seq: number;
  next_line_seq: number;
  next_transfer_seq: number;
  before: number;
}

/** What a journal of a window is read from. */
export interface JournalPlan {
  window: Window;
  /** Rows after these are read. */
  after_line: number;
  after_transfer: number;
  stretches: readonly Stretch[];
  opening: OpeningCut | null;
}

function stretchesOf(books: BooksMark, dayOf: (at: number) => string): Stretch[] {
  const stretches: Stretch[] = [];
  let since: string | null = null;
  for (const close of books.closes) {
    const until = dayOf(close.at);
    const { line_seq, transfer_seq } = close;
    stretches.push({ period: { since, until }, line_seq, transfer_seq, close });
    since = until;
  }
  const { line_seq, transfer_seq } = books;
  return [...stretches, { period: { since, until: null }, line_seq, transfer_seq, close: null }];
}

/**
 * Which rows a window needs: the stretches that can hold a row dated in it, and the cut of what comes before. Closes are in order, and
 * so are their days.
 */
export function planJournal(
  books: BooksMark,
  window: Window,
  timezone: string,
  dayOf: (at: number) => string,
): JournalPlan {
  const { from, until } = window;
  const all = stretchesOf(books, dayOf);
  const begun = all.filter(({ period }) => until === null || period.since === null || period.since <= until);
  const over =
    from === null ? 0 : begun.findLastIndex(({ period }) => period.until !== null && period.until < from) + 1;
  const former = begun[over - 1];
  const { line_seq: after_line, transfer_seq: after_transfer } = former ?? { line_seq: 0, transfer_seq: 0 };
  const next = all[over] ?? books;
  const opening = {
    line_seq: after_line,
    transfer_seq: after_transfer,
    next_line_seq: next.line_seq,
    next_transfer_seq: next.transfer_seq,
  };
  return {
    window,
    after_line,
    after_transfer,
    stretches: begun.slice(over),
    opening: from === null ? null : { ...opening, before: startOfDay(from, timezone) },
  };
}

/** Whether a day lies in a window. */
export function isWithin(day: string, { from, until }: Window): boolean {
  return (from === null || day >= from) && (until === null || day <= until);
}

/** Rows read by one query. */
export const PAGE_ROWS = 5000;

/** An upper bound of the queries that a plan takes, but those for declaring and opening accounts. */
export function queriesOf({ stretches, after_line, after_transfer }: JournalPlan): number {
  const last = stretches.at(-1);
  const rows = last ? last.line_seq - after_line + last.transfer_seq - after_transfer : 0;
  // A row is read once, and is the one change of at most one partner that a close asserts.
  return 2 * Math.ceil(rows / PAGE_ROWS) + stretches.length + 4;
}
