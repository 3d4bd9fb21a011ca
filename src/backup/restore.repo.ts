import { sql } from 'drizzle-orm';

import { closes } from '../ledger/ledger.schema.ts';
import { sha256 } from '../people/hash.ts';
import { runBatch, type Database } from '../program/commit.repo.ts';
import { readPage, readShapes } from './backup.repo.ts';
import type { BackupPart, TableShape } from './backup.rules.ts';

/** Characters of rows in one parameter, which stays under 2 MB; a row by itself may be larger than this. */
const CHARS_A_STATEMENT = 500_000;

/** All triggers, with what makes them. */
export async function triggersOf(db: Database): Promise<{ name: string; made_by: string }[]> {
  return db.all(sql`SELECT name, sql AS made_by FROM sqlite_schema WHERE type = 'trigger' ORDER BY name`);
}

/** Takes the triggers away; answers with what makes them. */
export async function dropTriggers(db: Database): Promise<string[]> {
  const rows = await triggersOf(db);
  if (rows.length > 0)
    await runBatch(
      db,
      rows.map(({ name }) => db.run(sql`DROP TRIGGER ${sql.identifier(name)}`)),
    );
  return rows.map(({ made_by }) => made_by);
}

/** Makes triggers as they were. */
export async function makeTriggers(db: Database, triggers: readonly string[]): Promise<void> {
  if (triggers.length > 0)
    await runBatch(
      db,
      triggers.map((text) => db.run(sql.raw(text))),
    );
}

/** Deletes what migrations have put into a table. */
export async function emptyTable(db: Database, table: string): Promise<void> {
  await db.run(sql`DELETE FROM ${sql.identifier(table)}`);
}

/** Puts rows, each a JSON object, into a table. */
export async function fillTable(
  db: Database,
  table: string,
  columns: readonly string[],
  lines: readonly string[],
): Promise<void> {
  const names = sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );
  const values = sql.join(
    columns.map((column) => sql`value ->> ${`$."${column}"`}`),
    sql`, `,
  );
  for (let from = 0; from < lines.length;) {
    let [to, chars] = [from, 0];
    while (to < lines.length && (to === from || chars < CHARS_A_STATEMENT)) chars += lines[to++]?.length ?? 0;
    const rows = `[${lines.slice(from, to).join(',')}]`;
    await db.run(sql`INSERT INTO ${sql.identifier(table)} (${names}) SELECT ${values} FROM json_each(${rows})`);
    from = to;
  }
}

/** How many rows a table has. */
export async function countRows(db: Database, table: string): Promise<number> {
  const [row] = await db.all<{ n: number }>(sql`SELECT count(*) AS n FROM ${sql.identifier(table)}`);
  return row?.n ?? 0;
}

/** Reads a table back, cut as the parts of its copy are, with the hash of each part as it would be copied now. */
export async function hashedRows(
  db: Database,
  table: string,
  columns: readonly string[],
  parts: readonly BackupPart[],
): Promise<{ sha256: string }[]> {
  const shape = (await readShapes(db)).find(({ name }) => name === table);
  if (!shape) return [];
  const hashed: { sha256: string }[] = [];
  let after: (string | number)[] | null = null;
  for (const { rows: count } of parts) {
    const lines: string[] = [];
    while (lines.length < count) {
      const rows = await readPage(
        db,
        { ...shape, columns } satisfies TableShape,
        after,
        null,
        Math.min(1000, count - lines.length),
      );
      const last = rows.at(-1);
      if (!last) break;
      lines.push(...rows.map((row) => `${JSON.stringify(row)}\n`));
      after = shape.key.map((column) => last[column] ?? '');
    }
    hashed.push({ sha256: await sha256(lines.join('')) });
  }
  return hashed;
}

/** All closes, the oldest first. */
export async function closesOf(db: Database): Promise<(typeof closes.$inferSelect)[]> {
  return db.select().from(closes).orderBy(closes.pay_date);
}

/** A transfer as the chain of closes hashes it. */
export interface ChainedTransfer {
  seq: number;
  debit: string;
  credit: string;
  amount: number;
  kind: string;
  ref: string;
  partner_id: string;
  payout_id: string;
  at: number;
  recorded_at: number;
}

/** The next transfers in the booking order, those that froze payouts included, up to a cut. */
export async function transfersBetween(
  db: Database,
  after: number,
  through: number,
  limit: number,
): Promise<ChainedTransfer[]> {
  return db.all(sql`SELECT seq, debit, credit, amount, kind, ref, partner_id, payout_id, at, recorded_at FROM transfers
    WHERE seq > ${after} AND seq <= ${through} ORDER BY seq LIMIT ${limit}`);
}
