/** A table of the books as the copy reads it: by its key, page by page. */
export interface TableShape {
  name: string;
  columns: readonly string[];
  /** Columns of its primary key, in order. */
  key: readonly string[];
}

/** One object of a copy: rows of one table, one a line, gzipped. */
export interface BackupPart {
  key: string;
  rows: number;
  /** Of the object. */
  bytes: number;
  /** SHA-256 of the lines, unpacked. */
  sha256: string;
}

/** A table of a copy. `sha256` is over the hashes of its parts, one a line. */
export interface BackupTable {
  columns: readonly string[];
  rows: number;
  sha256: string;
  parts: readonly BackupPart[];
}

/** What stood when a copy was begun, and must stand when it ends, since it is read row by row: else payouts of two moments were mixed. */
export interface Standing {
  /** The last line and transfer: the copy ends there. */
  line_seq: number;
  transfer_seq: number;
  /** Batches with their status, version and what was claimed for them, one text. */
  batches: string;
}

/** What says that a copy is whole. Written last: without it there is no copy. */
export interface Manifest {
  v: 1;
  program_id: string;
  day: string;
  began_at: string;
  ended_at: string;
  /** Migrations that the books had: a restore applies these, and no later ones, before it fills the tables. */
  migrations: readonly string[];
  cut: { line_seq: number; transfer_seq: number };
  /** Whether no line was booked while it was read: then it is the books of one moment. Else facts may be ahead of the lines, never behind. */
  quiet: boolean;
  /** The chain of the latest close, which the copy's lines and transfers give again; null before the first. */
  close: { pay_date: string; hash: string } | null;
  /** Sums over its lines and transfers, by account of the books; what is positive and negative meets in zero. */
  balances: Record<string, number>;
  tables: Record<string, BackupTable>;
}

/** How far a copy has come. */
export interface Progress {
  standing: Standing;
  tables: readonly TableShape[];
  /** The table that is being read, and the key after which it goes on. */
  table: number;
  after: readonly (string | number)[] | null;
  /** Rows of its next page; small at its beginning, where nothing of it is known. */
  page?: number;
  parts: Record<string, BackupPart[]>;
}

/** Tables that are not copied: what copies are kept of, the salts of days, which are to be nowhere once destroyed, and D1's own. */
const LEFT_OUT = new Set(['backups', 'expectations', 'sender_salts']);

export function isCopied(table: string): boolean {
  return !LEFT_OUT.has(table) && !/^(?:_|sqlite_|d1_)/.test(table);
}

/** Tables in the order in which they are copied: lines and transfers first, so that every fact behind them is read after them. */
export function inOrder(tables: readonly TableShape[]): TableShape[] {
  const first = ['lines', 'moves'];
  const place = ({ name }: TableShape): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return tables.toSorted((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

/** The last `seq` of a table that is copied up to a cut; null for one that is copied as it is met. */
export function cutOf(table: string, standing: Standing): number | null {
  if (table === 'lines') return standing.line_seq;
  return table === 'moves' ? standing.transfer_seq : null;
}

/** How long copies are kept, in days after their own: what was erased since is in none that is older. */
export const BACKUP_DAYS = 30;

/** The day of a copy by the key of one of its objects; null for a key that is not of this making. */
export function dayOfKey(program_id: string, key: string): string | null {
  const { all } = backupKeys(program_id);
  return key.startsWith(all) ? (/^(\d{4}-\d{2}-\d{2})\//.exec(key.slice(all.length))?.[1] ?? null) : null;
}

/** Where copies of a program lie. */
export function backupKeys(program_id: string) {
  const all = `${program_id}/books/`;
  return {
    all,
    day: (day: string) => `${all}${day}/`,
    part: (day: string, table: string, n: number, sha256: string) =>
      `${all}${day}/${table}-${String(n).padStart(5, '0')}-${sha256.slice(0, 16)}.ndjson.gz`,
    manifest: (day: string) => `${all}${day}/manifest.json`,
  };
}

/** Rows of the next page, so that it comes to about `bytes`: at most four times the former. */
export function nextPage(rows: number, chars: number, bytes: number): number {
  if (rows === 0 || chars === 0) return FIRST_PAGE;
  const fitting = Math.floor((rows * bytes) / chars);
  return Math.max(1, Math.min(fitting, rows * 4, LARGEST_PAGE));
}

/** A row may have 2 MB: the first page of a table is careful. */
export const FIRST_PAGE = 20;
const LARGEST_PAGE = 10_000;
