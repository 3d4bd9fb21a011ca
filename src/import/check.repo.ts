import { and, asc, eq, gt } from 'drizzle-orm';

import { insertRows, runBatch, type Database } from '../program/commit.repo.ts';
import { insertAll, type ImportRun } from './import.repo.ts';
import type { RowVerdict } from './import.rules.ts';
import { importChecks, imports, importVerdicts } from './import.schema.ts';

export type ImportCheck = typeof importChecks.$inferSelect;
export type KeptVerdict = typeof importVerdicts.$inferSelect;

/** Rows that one batch keeps: as many as mostly fit one statement. */
export const KEPT_AT_ONCE = 2000;

/** Rows that were not taken or wait, as they are kept. */
function keptOf(run_id: string, verdicts: readonly RowVerdict[]): KeptVerdict[] {
  return verdicts.flatMap(({ row, id, verdict, code = null, fields }): KeptVerdict[] =>
    verdict === 'refused' || verdict === 'parked'
      ? [{ run_id, verdict, row, id, code, fields: fields === undefined ? null : JSON.stringify(fields) }]
      : [],
  );
}

/** Keeps a check with its rows that would not be taken. The check comes last: one that is there has all of them. */
export async function keepCheck(db: Database, check: ImportCheck, verdicts: readonly RowVerdict[]): Promise<void> {
  await keepVerdicts(db, check.check_id, verdicts);
  await runBatch(db, [insertRows(db, importChecks, [check])]);
}

/** Keeps rows of a check or run that were not taken or wait. */
export async function keepVerdicts(db: Database, run_id: string, verdicts: readonly RowVerdict[]): Promise<void> {
  const rows = keptOf(run_id, verdicts);
  for (let i = 0; i < rows.length; i += KEPT_AT_ONCE)
    await runBatch(db, insertAll(db, importVerdicts, rows.slice(i, i + KEPT_AT_ONCE)));
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

/**
 * Rows of a check or run that were not taken or wait, refused ones first, then by row, from after `after` on. Reads `limit` rows, whatever
 * stands before them: each verdict is a stretch of the key.
 */
export async function verdictsOf(
  db: Database,
  run_id: string,
  after: Pick<KeptVerdict, 'verdict' | 'row'> | null,
  limit: number,
): Promise<KeptVerdict[]> {
  const of = (verdict: KeptVerdict['verdict'], behind: number, most: number) =>
    db
      .select()
      .from(importVerdicts)
      .where(
        and(eq(importVerdicts.run_id, run_id), eq(importVerdicts.verdict, verdict), gt(importVerdicts.row, behind)),
      )
      .orderBy(asc(importVerdicts.row))
      .limit(most);
  if (after?.verdict === 'parked') return of('parked', after.row, limit);
  const refused = await of('refused', after?.row ?? 0, limit);
  return refused.length < limit ? [...refused, ...(await of('parked', 0, limit - refused.length))] : refused;
}
