import { dayOf } from '../calendar/zone.rules.ts';
import type { CommissionEntry } from '../earnings/commissions.rules.ts';
import { readCommissions, type CommissionPage } from '../earnings/commissions.ts';
import type { Database } from '../program/commit.repo.ts';
import { CSV_HEAD, csvLine } from './earnings-csv.rules.ts';

/** Which lines are asked for; absent: all. */
export interface LineFilter {
  status?: CommissionEntry['status'] | undefined;
  kind?: CommissionEntry['kind'] | undefined;
  /** A month of the program's days in which the fact lies, `YYYY-MM`. */
  month?: string | undefined;
}

/** Whether a line is one of those asked for. */
export function isAskedFor(entry: CommissionEntry, filter: LineFilter, timezone: string): boolean {
  if (filter.status !== undefined && entry.status !== filter.status) return false;
  if (filter.kind !== undefined && entry.kind !== filter.kind) return false;
  return filter.month === undefined || dayOf(entry.at, timezone).startsWith(`${filter.month}-`);
}

const A_PAGE = 50;
/** How many lines one view looks through; where few of them are asked for, a page is shorter and goes on. */
const MOST_READS = 8;
const A_READ = 200;

/** A page of the lines asked for, newest booking first, and where it goes on. */
export async function readLines(
  db: Database,
  partner_id: string,
  query: { filter: LineFilter; before: number | null; now: number; timezone: string },
): Promise<CommissionPage> {
  const { filter, now, timezone } = query;
  const filtered = Object.values(filter).some((value) => value !== undefined);
  if (!filtered) return readCommissions(db, partner_id, { before: query.before, limit: A_PAGE, now });
  const found: CommissionEntry[] = [];
  let { before } = query;
  for (let read = 0; read < MOST_READS; read++) {
    const { entries, next } = await readCommissions(db, partner_id, { before, limit: A_READ, now });
    found.push(...entries.filter((entry) => isAskedFor(entry, filter, timezone)));
    if (found.length > A_PAGE) {
      const last = found[A_PAGE - 1];
      return { entries: found.slice(0, A_PAGE), next: last ? afterEntry(last) : null };
    }
    if (next === null) return { entries: found, next: null };
    before = next;
  }
  return { entries: found, next: before };
}

/** Where a list goes on after an entry: below its anchor, or after it among those that a former program has paid. */
function afterEntry({ anchor, reason }: CommissionEntry): number {
  return reason === 'paid_elsewhere' ? anchor - 1 : anchor;
}

const CSV_READ = 1000;
/** A read takes a dozen queries of the thousand that an invocation has. */
const MOST_CSV_READS = 75;

/** All lines as a CSV file, read as it goes out. A partner with more lines than one invocation can read gets no file that looks whole: it breaks off. */
export function linesCsv(
  db: Database,
  partner_id: string,
  { now, currency }: { now: number; currency: string },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let before: number | null = null;
  let reads = 0;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(CSV_HEAD)),
    async pull(controller) {
      reads += 1;
      if (reads > MOST_CSV_READS) throw new Error('more lines than one file can hold');
      const { entries, next } = await readCommissions(db, partner_id, { before, limit: CSV_READ, now });
      controller.enqueue(encoder.encode(entries.map((entry) => csvLine(entry, currency)).join('')));
      if (next === null) controller.close();
      else before = next;
    },
  });
}
