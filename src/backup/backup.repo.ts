import { and, desc, eq, lt, ne, sql, type SQL } from 'drizzle-orm';

import { closes, LAST_TRANSFER } from '../ledger/ledger.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { isCopied, type Progress, type Standing, type TableShape } from './backup.rules.ts';
import { backups } from './backup.schema.ts';

export type BackupRow = typeof backups.$inferSelect;
export type Row = Record<string, string | number | null>;

/** The tables that are copied, with their columns and keys, as the database has them. Two queries. */
export async function readShapes(db: Database): Promise<TableShape[]> {
  const tables = await db.all<{ name: string }>(sql`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`);
  const names = tables.map(({ name }) => name).filter(isCopied);
  const columns = await db.all<{ table_name: string; name: string; pk: number }>(
    sql`SELECT t.value AS table_name, c.name, c.pk FROM json_each(${JSON.stringify(names)}) AS t
      CROSS JOIN pragma_table_info(t.value) AS c ORDER BY t.key, c.cid`,
  );
  return names.map((name) => {
    const own = columns.filter((column) => column.table_name === name);
    const key = own.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
    return { name, columns: own.map((column) => column.name), key: key.map((column) => column.name) };
  });
}

/** Names of the migrations that the books have had, in order. */
export async function readMigrations(db: Database): Promise<string[]> {
  const rows = await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations ORDER BY id`);
  return rows.map(({ name }) => name);
}

/** What must stand still while a copy is read. One query. */
export async function readStanding(db: Database): Promise<Standing> {
  // A batch's version moves with each of its sendings and with each look at them, which move no money.
  const [row] = await db.all<Standing>(sql`SELECT
    (SELECT coalesce(max(seq), 0) FROM lines) AS line_seq, ${LAST_TRANSFER} AS transfer_seq,
    (SELECT coalesce(json_group_array(json_array(pay_date, status, manifest_sha256, (SELECT count(*) FROM batch_chunks AS c WHERE c.pay_date = b.pay_date),
      (SELECT max(v.n) FROM versions AS v WHERE v.subject = 'batch:' || b.pay_date))), '[]')
      FROM (SELECT * FROM batches ORDER BY pay_date DESC LIMIT 60) AS b) AS batches`);
  if (!row) throw new Error('the books answer nothing');
  return row;
}

const identifiers = (names: readonly string[]): SQL =>
  sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  );

/** The next rows of a table by its key, up to a `seq` where there is a cut. One range of the primary key. */
export async function readPage(
  db: Database,
  { name, columns, key }: TableShape,
  after: readonly (string | number)[] | null,
  cut: number | null,
  limit: number,
): Promise<Row[]> {
  const order = key.length === 0 ? sql`rowid` : identifiers(key);
  const values = sql.join(
    (after ?? []).map((value) => sql`${value}`),
    sql`, `,
  );
  const begun = after === null ? sql`true` : sql`(${order}) > (${values})`;
  const ended = cut === null ? sql`true` : sql`seq <= ${cut}`;
  return db.all<Row>(
    sql`SELECT ${identifiers(columns)} FROM ${sql.identifier(name)} WHERE ${begun} AND ${ended} ORDER BY ${order} LIMIT ${limit}`,
  );
}

/** Sums of lines and transfers up to a cut, by account of the books. */
export async function readBalances(
  db: Database,
  { line_seq, transfer_seq }: Standing,
): Promise<Record<string, number>> {
  const rows = await db.all<{ account: string; amount: number }>(sql`
    SELECT 'lines' AS account, coalesce(sum(amount), 0) AS amount FROM lines WHERE seq <= ${line_seq}
    UNION ALL SELECT account, sum(amount) FROM (
      SELECT debit AS account, -amount AS amount FROM transfers WHERE seq <= ${transfer_seq}
      UNION ALL SELECT credit, amount FROM transfers WHERE seq <= ${transfer_seq}) GROUP BY account`);
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}

/** The latest close. */
export async function latestClose(db: Database): Promise<{ pay_date: string; hash: string } | null> {
  const { pay_date, hash } = closes;
  const [row] = await db.select({ pay_date, hash }).from(closes).orderBy(desc(pay_date)).limit(1);
  return row ?? null;
}

/** The copy of a day, as far as it has come. */
export async function readBackup(db: Database, day: string): Promise<BackupRow | null> {
  const [row] = await db.select().from(backups).where(eq(backups.day, day));
  return row ?? null;
}

/** Begins a copy, or begins it anew; `false` where another run has gone on meanwhile. */
export async function beginBackup(
  db: Database,
  day: string,
  former: BackupRow | null,
  progress: Progress,
  now: number,
): Promise<boolean> {
  if (former) return goOn(db, former, { progress: JSON.stringify(progress), status: 'running' });
  const done = await db
    .insert(backups)
    .values({ day, status: 'running', step: 1, progress: JSON.stringify(progress), began_at: now })
    .onConflictDoNothing()
    .run();
  return done.meta.changes > 0;
}

/** Notes how far a copy has come; `false` where another run has done so meanwhile. */
export async function goOn(
  db: Database,
  { day, step }: Pick<BackupRow, 'day' | 'step'>,
  change: Partial<Omit<BackupRow, 'day' | 'step'>>,
): Promise<boolean> {
  const done = await db
    .update(backups)
    .set({ ...change, step: step + 1 })
    .where(and(eq(backups.day, day), eq(backups.step, step)))
    .run();
  return done.meta.changes > 0;
}

/** Copies of days before one that are still to be dropped, the oldest first. */
export async function backupsBefore(db: Database, before_day: string): Promise<BackupRow[]> {
  return db
    .select()
    .from(backups)
    .where(and(lt(backups.day, before_day), ne(backups.status, 'dropped')))
    .orderBy(backups.day)
    .limit(10);
}

/** The last copy that came to its end; null where there is none. */
export async function lastBackup(
  db: Database,
): Promise<{ day: string; ended_at: number; rows: number; bytes: number; manifest_sha256: string } | null> {
  const [row] = await db.select().from(backups).where(eq(backups.status, 'done')).orderBy(desc(backups.day)).limit(1);
  if (!row?.ended_at || !row.manifest_sha256) return null;
  const { day, ended_at, rows, bytes, manifest_sha256 } = row;
  return { day, ended_at, rows: rows ?? 0, bytes: bytes ?? 0, manifest_sha256 };
}
