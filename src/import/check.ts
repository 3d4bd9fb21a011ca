import { findRun, keepCheck, KEPT_AT_ONCE, keepVerdicts, type ImportCheck } from './check.repo.ts';
import type { FormatName } from './formats/formats.rules.ts';
import { count, noCounts, type Kind, type RowVerdict } from './import.rules.ts';
import type { ImportContext } from './operation.ts';
import { formatName, readingFor } from './reading.ts';
import { dryRun, MOST_ROWS_WHOLE, runImport, type Summary } from './run.ts';
import { NotReadable, openSource, type Reading, type SourceRow } from './source.ts';

/** A file as it was handed in, whole. */
export interface HandedIn {
  kind: Kind;
  format: FormatName;
  country: string | null;
  content_type: Reading['content_type'];
  bytes: Uint8Array<ArrayBuffer>;
}

type Context = Omit<ImportContext, 'progress'>;
/** Why a file is not taken, as a sentence. */
export interface NotTaken {
  ok: false;
  say: string;
}

const UNREADABLE = 'This is no text of rows: a quote is not closed, or it is not UTF-8.';
const TOO_LARGE = `At most ${MOST_ROWS_WHOLE} rows of a file, and what one call can look at, are looked at as a whole: hand it in in parts.`;

/** The file's rows, or why it has none. */
export async function rowsOf(
  bytes: Uint8Array<ArrayBuffer>,
  reading: Reading,
): Promise<{ ok: true; rows: SourceRow[] } | NotTaken> {
  const opened = await openSource(new Blob([bytes]).stream(), reading);
  if (!opened.ok) {
    if (opened.reason === 'empty') return { ok: false, say: 'The file is empty: its first line names the columns.' };
    if (opened.reason === 'unreadable') return { ok: false, say: UNREADABLE };
    const columns = opened.columns.slice(0, 20).join(', ').slice(0, 400);
    const wrong = reading.mapping
      ? 'Columns that this export has are missing'
      : 'These columns are not known, or come twice';
    return { ok: false, say: `${wrong}: ${columns}.` };
  }
  const rows: SourceRow[] = [];
  try {
    for await (const portion of opened.rows) {
      rows.push(...portion);
      if (rows.length > MOST_ROWS_WHOLE) return { ok: false, say: TOO_LARGE };
    }
  } catch (error) {
    if (error instanceof NotReadable) return { ok: false, say: UNREADABLE };
    throw error;
  }
  return { ok: true, rows };
}

async function rowsOfFile(file: HandedIn) {
  const { kind, format, country, content_type, bytes } = file;
  const reading = readingFor({ kind, format, content_type, ...(country === null ? {} : { country }) });
  if (!reading)
    return { ok: false, say: `${formatName(format)} has no export of these: use the plain format.` } as const;
  return rowsOf(bytes, reading);
}

/** SHA-256 of a file, by which the same one is known again. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex();
}

/** A dry run of a whole file, kept as what the real run is held to: its hash, what its rows come to, and what they would make due. */
export async function checkFile(
  context: Context,
  file: HandedIn,
): Promise<{ ok: true; check: ImportCheck } | NotTaken> {
  const { kind, format, country, bytes } = file;
  const read = await rowsOfFile(file);
  if (!read.ok) return read;
  const dry = await dryRun(context, kind, read.rows);
  if (!dry.ok) return { ok: false, say: TOO_LARGE };
  const counts = noCounts();
  count(counts, dry.verdicts);
  if (!context.budget.affords(Math.ceil((counts.refused + counts.parked) / KEPT_AT_ONCE)))
    return { ok: false, say: TOO_LARGE };
  const check: ImportCheck = {
    check_id: `chk_${crypto.randomUUID().replaceAll('-', '')}`,
    kind,
    format,
    country,
    file_sha256: await hashOf(bytes),
    by: context.door.by,
    at: context.door.now,
    ...counts,
    due_total: kind === 'payments' ? dry.due_total : null,
  };
  await keepCheck(context.door.books, check, dry.verdicts);
  return { ok: true, check };
}

/** A new run's id, which carries the id of its check. */
export function runIdOf({ check_id }: Pick<ImportCheck, 'check_id'>): string {
  return `imp_${check_id.slice('chk_'.length)}_${crypto.randomUUID().slice(0, 8)}`;
}

/** The check that a run from the console belongs to; null for a run that came otherwise. */
export function checkIdOf(import_id: string): string | null {
  const [, id] = /^imp_([0-9a-f]{32})_[0-9a-f]{8}$/.exec(import_id) ?? [];
  return id === undefined ? null : `chk_${id}`;
}

/**
 * The rows of a file that has been checked: it has to be the very file, and payments have to make due now what they made then (`expect_due`
 * of the API); else it is not taken.
 */
export async function rowsAsChecked(
  context: Context,
  check: ImportCheck,
  handed: Pick<HandedIn, 'content_type' | 'bytes'>,
): Promise<{ ok: true; rows: SourceRow[] } | (NotTaken & { due_total?: number })> {
  const { kind, format, country } = check;
  if ((await hashOf(handed.bytes)) !== check.file_sha256)
    return { ok: false, say: 'This is another file than the one that was checked. Nothing was imported.' };
  const read = await rowsOfFile({ kind, format, country, ...handed });
  if (!read.ok || check.due_total === null) return read;
  const dry = await dryRun(context, kind, read.rows);
  if (!dry.ok) return { ok: false, say: TOO_LARGE };
  if (dry.due_total === check.due_total) return read;
  return { ok: false, say: 'It makes another sum due now. Nothing was imported.', due_total: dry.due_total };
}

/** How many rows go into a run at once. */
const PORTION = 5000;

function* inPortions(rows: readonly SourceRow[]): Generator<SourceRow[]> {
  for (let i = 0; i < rows.length; i += PORTION) yield rows.slice(i, i + PORTION);
}

/** How far a run has come, and in the end what it came to. */
export type RunStep = { rows_done: number } | Summary;

/**
 * Runs the rows of a check, and keeps which were not taken as it goes on; none where the run itself leaves nothing behind. Steps tell how
 * far it is. What stops (the call's queries are used up, the books do not answer) goes on by the same file once more: what is done is known
 * again.
 */
export async function* runChecked(
  context: Context,
  check: ImportCheck,
  rows: readonly SourceRow[],
  import_id: string,
): AsyncGenerator<RunStep> {
  const { kind, format } = check;
  const { books } = context.door;
  let unkept: RowVerdict[] = [];
  const keep = async () => {
    if (unkept.length === 0 || !(await findRun(books, import_id))) return;
    await keepVerdicts(books, import_id, unkept);
    unkept = [];
  };
  let rows_done = 0;
  for await (const part of runImport(context, { kind, format, import_id }, inPortions(rows))) {
    if ('next' in part) {
      await keep();
      yield part;
      return;
    }
    rows_done += part.length;
    unkept.push(...part.filter(({ verdict }) => verdict === 'refused' || verdict === 'parked'));
    if (unkept.length >= KEPT_AT_ONCE) await keep();
    yield { rows_done };
  }
}
