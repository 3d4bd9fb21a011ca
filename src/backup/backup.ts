import { gzip, sha256Of } from '../archive/gzip.ts';
import { formatInstant } from '../clock.ts';
import { spend, type Budget } from '../payout/budget.ts';
import { sha256 } from '../people/hash.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  beginBackup,
  goOn,
  latestClose,
  readBackup,
  readBalances,
  readMigrations,
  readPage,
  readShapes,
  readStanding,
  type BackupRow,
  type Row,
} from './backup.repo.ts';
import {
  backupKeys,
  cutOf,
  FIRST_PAGE,
  inOrder,
  nextPage,
  type BackupPart,
  type BackupTable,
  type Manifest,
  type Progress,
  type TableShape,
} from './backup.rules.ts';

/** The bucket of copies. */
export type BackupBucket = Pick<R2Bucket, 'put' | 'get' | 'head' | 'list' | 'delete'>;

/** What a copy is made with. */
export interface BackupContext {
  db: Database;
  bucket: BackupBucket;
  program_id: string;
  /** Queries that this run may still ask. */
  budget: Budget;
  /** Characters of lines in one object, about; smaller in tests. */
  part_chars?: number;
}

/** What a run came to. `again`: the next run goes on. `moved`: payouts moved while it was read, and the next run begins anew. */
export type BackupOutcome = 'done' | 'was_done' | 'again' | 'moved' | 'elsewhere';

const PART_CHARS = 8_000_000;
const PAGE_CHARS = 2_000_000;
/** Queries that the end of a copy needs. */
const ENDING = 8;

/**
 * Copies the books to the bucket under a UTC day, as far as this run may; called again it goes on, and once done does nothing. Lines and
 * transfers are copied up to what stood at the beginning, everything else after them, so that no line is without its facts. Where a
 * transfer was booked or a batch moved meanwhile, the copy begins anew: payouts are never of two moments. The manifest comes last.
 */
export async function backUp(context: BackupContext, day: string, now: number): Promise<BackupOutcome> {
  const { db, budget } = context;
  if (!spend(budget, 1)) return 'again';
  let row = await readBackup(db, day);
  if (row?.status === 'done' || row?.status === 'dropped') return 'was_done';
  if (!row) {
    if (!(await begin(context, day, null, now))) return 'elsewhere';
    row = await readBackup(db, day);
  }
  if (!row) return 'elsewhere';
  let progress: Progress = JSON.parse(row.progress);
  for (;;) {
    const shape = progress.tables[progress.table];
    if (!shape) return finish(context, row, progress, now);
    const read = await copyPart(context, day, shape, progress);
    if (read === null) return 'again';
    progress = read;
    if (!spend(budget, 1) || !(await goOn(db, row, { progress: JSON.stringify(progress) }))) return 'elsewhere';
    row = { ...row, step: row.step + 1 };
  }
}

async function begin(context: BackupContext, day: string, former: BackupRow | null, now: number): Promise<boolean> {
  const { db, budget } = context;
  if (!spend(budget, 4)) return false;
  const standing = await readStanding(db);
  const tables = inOrder(await readShapes(db));
  return beginBackup(db, day, former, { standing, tables, table: 0, after: null, parts: {} }, now);
}

/** Copies the next object's rows of a table; null where the queries are used up before it. */
async function copyPart(
  { db, bucket, program_id, budget, part_chars = PART_CHARS }: BackupContext,
  day: string,
  shape: TableShape,
  progress: Progress,
): Promise<Progress | null> {
  const cut = cutOf(shape.name, progress.standing);
  const lines: string[] = [];
  let [chars, limit, after, ended] = [0, progress.page ?? FIRST_PAGE, progress.after, false];
  while (!ended && chars < part_chars) {
    // One more is for noting the part; what has been read until here is a part of its own.
    if (budget.left < 2 || !spend(budget, 1)) {
      if (lines.length === 0) return null;
      break;
    }
    const rows = await readPage(db, shape, after, cut, limit);
    const page = rows.map((row) => JSON.stringify(row));
    const length = page.reduce((sum, line) => sum + line.length + 1, 0);
    lines.push(...page);
    chars += length;
    ended = rows.length < limit;
    after = keyOf(shape, rows.at(-1)) ?? after;
    limit = nextPage(rows.length, length, Math.min(PAGE_CHARS, part_chars));
  }
  const own = progress.parts[shape.name] ?? [];
  const parts =
    lines.length === 0 ? own : [...own, await putPart(bucket, program_id, day, shape.name, own.length, lines)];
  const next = ended
    ? { table: progress.table + 1, after: null, page: FIRST_PAGE }
    : { table: progress.table, after, page: limit };
  return { ...progress, ...next, parts: { ...progress.parts, [shape.name]: parts } };
}

function keyOf({ key }: TableShape, row: Row | undefined): (string | number)[] | null {
  return row ? key.map((column) => row[column] ?? '') : null;
}

async function putPart(
  bucket: BackupBucket,
  program_id: string,
  day: string,
  table: string,
  n: number,
  lines: readonly string[],
): Promise<BackupPart> {
  const text = lines.map((line) => `${line}\n`).join('');
  const hash = await sha256(text);
  const bytes = await gzip(text);
  const key = backupKeys(program_id).part(day, table, n, hash);
  await bucket.put(key, bytes, { sha256: await sha256Of(bytes), httpMetadata: { contentType: 'application/gzip' } });
  return { key, rows: lines.length, bytes: bytes.byteLength, sha256: hash };
}

/** The hash of a table: over its objects' hashes. */
export async function tableHash(parts: readonly Pick<BackupPart, 'sha256'>[]): Promise<string> {
  return sha256(parts.map((part) => part.sha256).join('\n'));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

async function finish(context: BackupContext, row: BackupRow, progress: Progress, now: number): Promise<BackupOutcome> {
  const { db, bucket, program_id, budget } = context;
  if (!spend(budget, ENDING)) return 'again';
  const standing = await readStanding(db);
  const { standing: begun } = progress;
  if (standing.transfer_seq !== begun.transfer_seq || standing.batches !== begun.batches)
    return (await begin(context, row.day, row, now)) ? 'moved' : 'elsewhere';
  const tables: Record<string, BackupTable> = {};
  for (const { name, columns } of progress.tables) {
    const parts = progress.parts[name] ?? [];
    tables[name] = { columns, rows: sum(parts.map((part) => part.rows)), sha256: await tableHash(parts), parts };
  }
  const manifest: Manifest = {
    v: 1,
    program_id,
    day: row.day,
    began_at: formatInstant(row.began_at),
    ended_at: formatInstant(now),
    migrations: await readMigrations(db),
    cut: { line_seq: begun.line_seq, transfer_seq: begun.transfer_seq },
    quiet: standing.line_seq === begun.line_seq,
    close: await latestClose(db),
    balances: await readBalances(db, begun),
    tables,
  };
  const text = canonicalJson(manifest as unknown as Json);
  await bucket.put(backupKeys(program_id).manifest(row.day), text, {
    httpMetadata: { contentType: 'application/json' },
  });
  const parts = Object.values(tables).flatMap((table) => table.parts);
  const ended = {
    status: 'done' as const,
    progress: '{}',
    manifest_sha256: await sha256(text),
    rows: sum(parts.map((part) => part.rows)),
    bytes: sum(parts.map((part) => part.bytes)),
    ended_at: now,
  };
  return (await goOn(db, row, ended)) ? 'done' : 'elsewhere';
}
