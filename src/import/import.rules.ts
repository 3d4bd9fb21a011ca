/** What can be imported (api.md). */
export const KINDS = ['partners', 'signups', 'payments', 'refunds', 'expected-clients'] as const;
export type Kind = (typeof KINDS)[number];

/** What became of a row: told now, told and waiting, told before with the same content, or not taken. */
export const VERDICTS = ['created', 'parked', 'unchanged', 'refused'] as const;

/** Why a row was not taken, or waits. */
export const VERDICT_CODES = {
  malformed: 'the row does not have the form of what it tells, or its line is not CSV or JSON',
  skipped: 'the row of a former program tells nothing that is imported here',
  conflict: 'its id was told before with other content',
  refund_too_large: 'more would be refunded than was paid',
  address_taken: 'another partner uses this PayPal address',
  code_taken: 'another link has this code',
  unknown_partner: 'there is no such partner',
  too_many_rows: 'the partner has handed in too many rows, or too many lists today',
  busy: 'others wrote to the same account at that moment: send the file again',
  unknown_account: 'nobody has told of this account yet',
  unknown_payment: 'nobody has told of this payment yet',
  unknown_refund: 'nobody has told of this refund yet',
} as const;
export type VerdictCode = keyof typeof VERDICT_CODES;

/** The verdict of one row, numbered from 1 without the header. `fields` names what is malformed, never its value. */
export interface RowVerdict {
  row: number;
  id: string | null;
  verdict: (typeof VERDICTS)[number];
  code?: VerdictCode;
  fields?: string[];
}

/** How many rows came to what. */
export interface Counts {
  rows: number;
  created: number;
  parked: number;
  unchanged: number;
  refused: number;
}

/** Counts of nothing. */
export function noCounts(): Counts {
  return { rows: 0, created: 0, parked: 0, unchanged: 0, refused: 0 };
}

/** Adds verdicts to counts. */
export function count(counts: Counts, verdicts: readonly RowVerdict[]): void {
  for (const { verdict } of verdicts) {
    counts.rows += 1;
    counts[verdict] += 1;
  }
}

/** Rows in groups of at most `most`, in which each subject is whole: an account is then read and written once. In order of first rows. */
export function groupsBySubject<Row extends { subject: string }>(rows: readonly Row[], most: number): Row[][] {
  const groups: Row[][] = [];
  for (const own of Map.groupBy(rows, (row) => row.subject).values()) {
    const last = groups.at(-1);
    if (last && last.length + own.length <= most) last.push(...own);
    // Of one subject with more rows than a group holds, the rest comes in groups of its own.
    else for (let i = 0; i < own.length; i += most) groups.push(own.slice(i, i + most));
  }
  return groups;
}

/** What is known of an id that a row brings: the content hash it was first told with. */
export type KnownContents = ReadonlyMap<string, string>;

/** A row as far as telling replays needs it. */
interface Keyable {
  key: string;
  content_hash: string;
}

/**
 * Tells rows that were told before from fresh ones. A second row of the same id in one file is a replay of the first, or a conflict.
 */
export function sortReplays<Row extends Keyable>(
  rows: readonly Row[],
  known: KnownContents,
): { fresh: Row[]; unchanged: Row[]; conflicts: Row[] } {
  const contents = new Map(known);
  const sorted: { fresh: Row[]; unchanged: Row[]; conflicts: Row[] } = { fresh: [], unchanged: [], conflicts: [] };
  for (const row of rows) {
    const former = contents.get(row.key);
    if (former === undefined) {
      contents.set(row.key, row.content_hash);
      sorted.fresh.push(row);
    } else if (former === row.content_hash) sorted.unchanged.push(row);
    else sorted.conflicts.push(row);
  }
  return sorted;
}
