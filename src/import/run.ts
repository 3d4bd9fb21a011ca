import { errorNames, logLine } from '../log.ts';
import type { Json } from '../program/canonical.rules.ts';
import { isUnanswered, runBatch, type Statement } from '../program/commit.repo.ts';
import { importExpected } from './expected-clients.ts';
import { saveRun, type ImportRun } from './import.repo.ts';
import { count, groupsBySubject, noCounts, type Counts, type Kind, type RowVerdict } from './import.rules.ts';
import { readRows, type ImportContext, type ImportRow, type Operation } from './operation.ts';
import { importPartners } from './partners.ts';
import { importPayments } from './payments.ts';
import { importRefunds } from './refunds.ts';
import { importSignups } from './signups.ts';
import { NotReadable, type SourceRow } from './source.ts';

/** The operation of each kind. */
export const OPERATIONS = {
  partners: importPartners,
  signups: importSignups,
  payments: importPayments,
  refunds: importRefunds,
  'expected-clients': importExpected,
} as const satisfies Record<Kind, unknown>;

/** Rows that are worked on at once: a file of any length takes no more memory than these. */
export const WINDOW_ROWS = 20_000;
/** Rows that a dry run, or a run with `expect_due`, looks at as a whole. */
export const MOST_ROWS_WHOLE = 200_000;
/** Queries of an invocation that an import may make: D1 allows 1,000, and the door reads too. */
export const IMPORT_QUERIES = 940;

/** Why a run ended before its file did. */
export type Stopped = 'budget' | 'unavailable' | 'malformed';

/** The last line of the answer. `next` is the first row without a verdict; null: every row has one. */
export interface Summary extends Counts {
  import_id: string | null;
  due_total?: number;
  next: number | null;
  stopped?: Stopped;
}

/** What a run is about. */
export interface RunSetting {
  kind: Kind;
  format: string;
  import_id: string;
}

type Context = Omit<ImportContext, 'progress'>;
type Bodies = { row: number; body: Json }[];

/** How rows of a former program, or of no form at all, are answered. */
function turnedAway(rows: readonly SourceRow[]): RowVerdict[] {
  return rows.flatMap((source): RowVerdict[] =>
    'reason' in source ? [{ row: source.row, id: null, verdict: 'refused', code: source.reason }] : [],
  );
}

/** One way through rows: groups of whole subjects, each decided and (with `write`) written at once. */
async function* throughRows(
  context: ImportContext,
  operation: Operation<unknown>,
  sources: readonly SourceRow[],
  write: boolean,
): AsyncGenerator<{ verdicts: RowVerdict[]; undone: number[]; due: number }> {
  const bodies: Bodies = sources.flatMap((source) => ('body' in source ? [source] : []));
  const { rows, verdicts } = await readRows(context, operation, bodies);
  yield { verdicts: [...turnedAway(sources), ...verdicts], undone: [], due: 0 };
  for (const group of groupsOf(operation, rows)) {
    if (!context.budget.affords(write ? operation.queries : operation.reads)) {
      yield { verdicts: [], undone: group.map(({ row }) => row), due: 0 };
      continue;
    }
    yield await operation.apply(context, group.toSorted(byRow), write);
  }
}

/** Groups of rows that are told in bulk, then of those told one by one: these do not use up the queries of those. */
function groupsOf(operation: Operation<unknown>, rows: readonly ImportRow<unknown>[]): ImportRow<unknown>[][] {
  const [alone, bulk] = [true, false].map((is) =>
    rows.filter(({ input }) => (operation.alone?.(input) ?? false) === is),
  );
  return [...groupsBySubject(bulk ?? [], operation.most), ...groupsBySubject(alone ?? [], operation.most)];
}

function byRow(a: ImportRow<unknown>, b: ImportRow<unknown>): number {
  return a.row - b.row;
}

/** What a file would come to; or why that cannot be said. */
export type DryRun =
  | { ok: true; verdicts: RowVerdict[]; due_total: number }
  | { ok: false; reason: 'too_large' | 'budget' };

/**
 * Decides a whole file and writes nothing: the verdict of each row, and of payments the minor units of all commissions that they create.
 * Each account is decided once with all its rows, and rows that were told before count as well: so the sum is the same before a run, in
 * the middle of one and after it.
 */
export async function dryRun(context: Context, kind: Kind, sources: readonly SourceRow[]): Promise<DryRun> {
  if (sources.length > MOST_ROWS_WHOLE) return { ok: false, reason: 'too_large' };
  const verdicts: RowVerdict[] = [];
  let due_total = 0;
  const operation = OPERATIONS[kind] as Operation<unknown>;
  for await (const part of throughRows({ ...context, progress: () => [] }, operation, sources, false)) {
    if (part.undone.length > 0) return { ok: false, reason: 'budget' };
    verdicts.push(...part.verdicts);
    due_total += part.due;
  }
  return { ok: true, verdicts: verdicts.toSorted((a, b) => a.row - b.row), due_total };
}

/** Rows as they come, in windows. */
async function* windows(portions: AsyncIterable<SourceRow[]> | Iterable<SourceRow[]>): AsyncGenerator<SourceRow[]> {
  let window: SourceRow[] = [];
  for await (const portion of portions) {
    window.push(...portion);
    if (window.length < WINDOW_ROWS) continue;
    yield window;
    window = [];
  }
  yield window;
}

/**
 * Tells the rows of a file, window by window: verdicts as groups of rows are done, a summary last. All that a group tells is written in one
 * batch, with how far the run came. A run that stops (the invocation's queries are used up, the books do not answer) says where; the same
 * file again finds done what is done, and goes on.
 */
export async function* runImport(
  context: Context,
  setting: RunSetting,
  portions: AsyncIterable<SourceRow[]> | Iterable<SourceRow[]>,
): AsyncGenerator<RowVerdict[] | Summary> {
  const counts = noCounts();
  const operation = OPERATIONS[setting.kind] as Operation<unknown>;
  const progress = (verdicts: readonly RowVerdict[]): Statement[] => {
    const after = { ...counts };
    count(after, verdicts);
    return [saveRun(context.door.books, runRow(context, setting, after, false))];
  };
  let next: number | null = null;
  let last = 0;
  let stopped: Stopped | null = null;
  const notDone = (rows: readonly number[]) => {
    for (const row of rows) next = next === null ? row : Math.min(next, row);
  };
  try {
    for await (const window of windows(portions)) {
      const open = new Set(window.map(({ row }) => row));
      const inOrder = ordered(window[0]?.row ?? 1);
      try {
        for await (const part of throughRows({ ...context, progress }, operation, window, true)) {
          for (const { row } of part.verdicts) open.delete(row);
          count(counts, part.verdicts);
          yield inOrder.add(part.verdicts);
        }
        if (open.size > 0) stopped = 'budget';
      } catch (error) {
        stopped = whyStopped(error);
      }
      yield inOrder.rest();
      last = Math.max(last, ...window.slice(-1).map(({ row }) => row));
      notDone([...open]);
      if (stopped !== null) break;
    }
  } catch (error) {
    stopped = whyStopped(error);
    notDone([last + 1]);
  }
  // A file of which nothing is taken leaves nothing behind.
  if (stopped !== 'unavailable' && counts.refused < counts.rows) {
    try {
      const ended = next === null && stopped === null;
      await runBatch(context.door.books, [saveRun(context.door.books, runRow(context, setting, counts, ended))]);
    } catch (error) {
      // All that the file tells is kept; only how far it came is not.
      whyStopped(error);
    }
  }
  yield { import_id: setting.import_id, ...counts, next, ...(stopped === null ? {} : { stopped }) };
}

/** Verdicts in the order of their rows, as far as those are done; the rest when nothing more comes. */
function ordered(first: number) {
  const waiting = new Map<number, RowVerdict>();
  let next = first;
  return {
    add(verdicts: readonly RowVerdict[]): RowVerdict[] {
      for (const verdict of verdicts) waiting.set(verdict.row, verdict);
      const ready: RowVerdict[] = [];
      for (let one = waiting.get(next); one; one = waiting.get(next)) {
        ready.push(one);
        waiting.delete(next);
        next += 1;
      }
      return ready;
    },
    rest: (): RowVerdict[] => [...waiting.values()].toSorted((a, b) => a.row - b.row),
  };
}

/** An error as the reason to stop; what is none of these is the program's own fault, and breaks the answer off. */
function whyStopped(error: unknown): Stopped {
  if (error instanceof NotReadable) return 'malformed';
  if (!isUnanswered(error)) throw error;
  logLine('import_stopped', { error: errorNames(error) });
  return 'unavailable';
}

function runRow({ door }: Context, setting: RunSetting, counts: Counts, ended: boolean): ImportRun {
  const { rows, ...verdicts } = counts;
  return { ...setting, by: door.by, started_at: door.now, rows_done: rows, ...verdicts, ended: ended ? 1 : 0 };
}
