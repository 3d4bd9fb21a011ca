import { currencyDigits } from '../money/currency.rules.ts';
import type { Json } from '../program/canonical.rules.ts';
import { columnName, mapRow, missingColumns, type Mapping } from './formats/format.rules.ts';
import { splitCsv, splitLines, type Splitter } from './split.rules.ts';

/** A row as it came: its body in the plain form, or why it has none. Rows are numbered from 1, a header not counted. */
export type SourceRow = { row: number; body: Json } | { row: number; reason: 'malformed' | 'skipped' };

/** How a file's rows become bodies. */
export interface Reading {
  content_type: 'text/csv' | 'application/x-ndjson';
  /** Fields of the plain format; `integers` are numbers in a body. */
  fields: readonly string[];
  integers: ReadonlySet<string>;
  /** Of a former program's export; null: the plain format. */
  mapping: Mapping | null;
}

/** A file that has been begun: its rows in the portions in which they come; or what is wrong with its header. */
export type Opened =
  | { ok: true; rows: AsyncGenerator<SourceRow[]> }
  | { ok: false; reason: 'empty' | 'unreadable' | 'columns'; columns: string[] };

/** A record longer than this is none: a quote was never closed. */
const MOST_CHARS = 256 * 1024;
/** Records that one call of the CSV parser takes. */
const RECORDS = 1000;

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      yield done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** What the file turned out not to be, in the middle of it. */
export class NotReadable extends Error {}

async function* recordsOf(body: ReadableStream<Uint8Array>, splitter: Splitter): AsyncGenerator<string[]> {
  try {
    for await (const piece of piecesOf(body)) {
      for (let i = 0; i < piece.length; i += MOST_CHARS) {
        const records = splitter.push(piece.slice(i, i + MOST_CHARS));
        if (records.length > 0) yield records;
        if (splitter.waiting() > MOST_CHARS) throw new NotReadable();
      }
    }
  } catch (error) {
    // A decoder that is fatal throws a TypeError.
    throw error instanceof TypeError ? new NotReadable() : error;
  }
  const last = splitter.end();
  if (last.length > 0) yield last;
}

type ParseCells = (records: readonly string[]) => (string[] | null)[];

async function csvParser(): Promise<ParseCells> {
  // The build without node's modules, which a Worker does not have; loaded when a file comes.
  const { parse } = await import('csv-parse/browser/esm/sync');
  const options = { trim: true, relax_column_count: true, record_delimiter: '\n' };
  const parseAll = (records: readonly string[]): string[][] | null => {
    try {
      const rows: string[][] = parse(records.join('\n'), options);
      return rows.length === records.length ? rows : null;
    } catch {
      return null;
    }
  };
  return (records) => {
    const cells: (string[] | null)[] = [];
    for (let i = 0; i < records.length; i += RECORDS) {
      const part = records.slice(i, i + RECORDS);
      // One record that is not CSV spoils no other: they are then read one by one.
      cells.push(...(parseAll(part) ?? part.map((record) => parseAll([record])?.[0] ?? null)));
    }
    return cells;
  };
}

/** Begins to read a file. CSV has its header read at once, so that a wrong one is refused before anything else happens. */
export async function openSource(body: ReadableStream<Uint8Array> | null, reading: Reading): Promise<Opened> {
  if (body === null) return { ok: false, reason: 'empty', columns: [] };
  if (reading.content_type === 'application/x-ndjson')
    return { ok: true, rows: jsonRows(recordsOf(body, splitLines()), reading) };
  const parse = await csvParser();
  const portions = recordsOf(body, splitCsv());
  const first = await portions.next().catch(unlessReadable);
  if (first === null) return { ok: false, reason: 'unreadable', columns: [] };
  const [header, ...rest] = first.done ? [] : first.value;
  const names = header === undefined ? null : (parse([header])[0] ?? null);
  if (names === null) return { ok: false, reason: 'empty', columns: [] };
  const columns = names.map((name) => (reading.mapping ? columnName(name) : name.toLowerCase()));
  const wrong = reading.mapping ? missingColumns(reading.mapping, columns) : unknownColumns(columns, reading.fields);
  if (wrong.length > 0) return { ok: false, reason: 'columns', columns: wrong };
  return { ok: true, rows: csvRows(rest, portions, parse, columns, reading) };
}

function unlessReadable(error: unknown): null {
  if (error instanceof NotReadable) return null;
  throw error;
}

function unknownColumns(columns: readonly string[], fields: readonly string[]): string[] {
  return columns.filter((name, i) => !fields.includes(name) || columns.indexOf(name) !== i);
}

async function* csvRows(
  begun: readonly string[],
  portions: AsyncGenerator<string[]>,
  parse: ParseCells,
  columns: readonly string[],
  reading: Reading,
): AsyncGenerator<SourceRow[]> {
  let row = 0;
  const toRows = (records: readonly string[]) =>
    parse(records).map((cells): SourceRow => {
      row += 1;
      if (cells === null || cells.length !== columns.length) return { row, reason: 'malformed' };
      const named = Object.fromEntries(columns.flatMap((name, i) => (cells[i] ? [[name, cells[i]]] : [])));
      return bodyOf(row, named, reading);
    });
  yield toRows(begun);
  for await (const records of portions) yield toRows(records);
}

async function* jsonRows(portions: AsyncGenerator<string[]>, reading: Reading): AsyncGenerator<SourceRow[]> {
  let row = 0;
  for await (const lines of portions)
    yield lines.map((line): SourceRow => {
      row += 1;
      let body: unknown;
      try {
        body = JSON.parse(line);
      } catch {
        return { row, reason: 'malformed' };
      }
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return { row, reason: 'malformed' };
      if (!reading.mapping) return { row, body: body as Json };
      const cells = Object.entries(body).flatMap(([name, value]) =>
        value === null || typeof value === 'object' ? [] : [[columnName(name), String(value)]],
      );
      return bodyOf(row, Object.fromEntries(cells), reading);
    });
}

function bodyOf(row: number, cells: Record<string, string>, { mapping, integers }: Reading): SourceRow {
  if (mapping) {
    const mapped = mapRow(mapping, cells, currencyDigits);
    if (!mapped.ok) return { row, reason: mapped.reason };
    return { row, body: mapped.body };
  }
  const body = Object.entries(cells).map(([name, cell]) => {
    // What is no integer stays text, and is refused by the schema.
    return [name, integers.has(name) && /^-?\d{1,15}$/.test(cell) ? Number(cell) : cell];
  });
  return { row, body: Object.fromEntries(body) };
}
