import type { SentRow } from './expected.schemas.ts';

/** The rows of a CSV list, or what is wrong with its form: `column` names a column of the header. */
export type ReadCsv = { ok: true; rows: SentRow[] } | { ok: false; reason: 'not_csv' | 'no_email' | 'column' };

type Column = keyof SentRow;
const COLUMNS: readonly string[] = ['email', 'name', 'company'] satisfies Column[];

/**
 * Reads a list of expected clients as CSV: a header of `email`, `name`, `company` in any order, of which `email` has to be there. Empty lines
 * are no rows. A row with other cells than the header has none at all, so that it is malformed and the rest of the list stands.
 */
export async function readCsv(text: string): Promise<ReadCsv> {
  // The build without node's modules, which a Worker does not have; loaded when a list comes.
  const { parse } = await import('csv-parse/browser/esm/sync');
  let lines: string[][];
  try {
    lines = parse(text, {
      bom: true,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch {
    return { ok: false, reason: 'not_csv' };
  }
  const header = (lines[0] ?? []).map((name) => name.toLowerCase());
  if (!header.includes('email')) return { ok: false, reason: 'no_email' };
  const known = header.every((name) => COLUMNS.includes(name)) && new Set(header).size === header.length;
  if (!known) return { ok: false, reason: 'column' };
  const rows = lines.slice(1).map((cells): SentRow => {
    if (cells.length !== header.length) return {};
    return Object.fromEntries(header.flatMap((name, i) => (cells[i] ? [[name, cells[i]]] : [])));
  });
  return { ok: true, rows };
}
