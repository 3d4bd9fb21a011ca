import { and, asc, desc, eq, sql } from 'drizzle-orm';

import { insertRows, runBatch, type Database } from '../program/commit.repo.ts';
import { insertAll, type ImportRun } from './import.repo.ts';
import type { RowVerdict } from './import.rules.ts';
import { importChecks, imports, importVerdicts } from './import.schema.ts';

export type ImportCheck = typeof importChecks.$inferSelect;
export type KeptVerdict = typeof importVerdicts.$inferSelect;

/** Rows of one check or run that are kept; a file with more of them is wrong as a whole. */
const MOST_KEPT = 20_000;

/** Rows that were not taken or wait, as they are kept. */
function keptOf(run_id: string, verdicts: readonly RowVerdict[]): KeptVerdict[] {
  const kept = verdicts.flatMap(({ row, id, verdict, code = null, fields }): KeptVerdict[] =>
    verdict === 'refused' || verdict === 'parked'
      ? [{ run_id, verdict, row, id, code, fields: fields === undefined ? null : JSON.stringify(fields) }]
      : [],
  );
  const refused = kept.filter(({ verdict }) => verdict === 'refused');
  return [...refused, ...kept.filter(({ verdict }) => verdict === 'parked')].slice(0, MOST_KEPT);
}

/** Keeps a check with its rows that would not be taken. */
export async function keepCheck(db: Database, check: ImportCheck, verdicts: readonly RowVerdict[]): Promise<void> {
  const rows = keptOf(check.check_id, verdicts);
  await runBatch(db, [insertRows(db, importChecks, [check]), ...insertAll(db, importVerdicts, rows)]);
}

/** Keeps the rows of a run that were not taken. */
export async function keepVerdicts(db: Database, run_id: string, verdicts: readonly RowVerdict[]): Promise<void> {
  const rows = keptOf(run_id, verdicts);
  if (rows.length > 0) await runBatch(db, insertAll(db, importVerdicts, rows));
}

/** One check; null where there is none. */
export async function findCheck(db: Database, check_id: string): Promise<ImportCheck | null> {
  const [row] = await db.select().from(importChecks).where(eq(importChecks.check_id, check_id));
  return row ?? null;
}

/** One run, and how far it came; null where there is none. */
export async function findRun(db: Database, import_id: string): Promise<ImportRun | null> {
  const [row] = await db.select().from(imports).where(eq(imports.import_id, import_id));
  return row ?? null;
}

/** Rows of a check or run that were not taken or wait, refused ones first, then by row, from after `after` on. Reads `limit` rows. */
export function verdictsOf(
  db: Database,
  run_id: string,
  after: Pick<KeptVerdict, 'verdict' | 'row'> | null,
  limit: number,
): Promise<KeptVerdict[]> {
  const { verdict, row } = importVerdicts;
  const from = after
    ? sql`(${verdict} < ${after.verdict} OR (${verdict} = ${after.verdict} AND ${row} > ${after.row}))`
    : undefined;
  return db
    .select()
    .from(importVerdicts)
    .where(and(eq(importVerdicts.run_id, run_id), from))
    .orderBy(desc(verdict), asc(row))
    .limit(limit);
}
