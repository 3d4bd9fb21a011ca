import { getTableColumns, getTableName, sql, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

import { expectations, versions } from './program.schema.ts';

/** The books, or the clicks: a D1 database through drizzle. Every read asks the primary. */
export type Database = DrizzleD1Database & { $client: D1Database };
/** One statement of an atomic batch. */
export type Statement = BatchItem<'sqlite'>;
/** What a decision rests on: the version `n` of a subject as it was read (0: none yet). */
export interface Guard {
  subject: string;
  n: number;
}

/** A database of this program. */
export function openDatabase(binding: D1Database): Database {
  return drizzle(binding);
}

/** A subject of guards: an account, partner, payment, … by its id. */
export function subjectOf(
  kind:
    | 'account'
    | 'partner'
    | 'payment'
    | 'refund'
    | 'batch'
    | 'link'
    | 'form'
    | 'address'
    | 'plan'
    | 'claim'
    | 'list'
    | 'policy'
    | 'promotion',
  id: string,
): string {
  return `${kind}:${id}`;
}

/** The statement that reads the current versions of subjects; give its rows to `guardsFrom`. */
export function guardQuery(db: Database, subjects: readonly string[]) {
  return db
    .select({ subject: versions.subject, n: sql<number>`max(${versions.n})` })
    .from(versions)
    .where(sql`${versions.subject} IN (SELECT value FROM json_each(${JSON.stringify(subjects)}))`)
    .groupBy(versions.subject);
}

/** Guards for the subjects out of the rows read; a subject never written has version 0. */
export function guardsFrom(subjects: readonly string[], rows: readonly Guard[]): Guard[] {
  const read = new Map(rows.map((row) => [row.subject, row.n]));
  return [...new Set(subjects)].map((subject) => ({ subject, n: read.get(subject) ?? 0 }));
}

/** A statement that lets the batch pass only where the condition holds; elsewhere the whole batch is a conflict. Writes no row. */
export function expectThat(db: Database, condition: SQL): Statement {
  return db.run(sql`INSERT INTO ${expectations} (ok) SELECT 0 WHERE NOT (${condition})`);
}

/** A statement that lets the batch pass only while the subjects are still at the versions read, without moving them. */
export function expectUnchanged(db: Database, guards: readonly Guard[]): Statement {
  return expectThat(
    db,
    sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(guards)}) AS g
      WHERE coalesce((SELECT max(v.n) FROM ${versions} AS v WHERE v.subject = g.value ->> '$.subject'), 0) <> g.value ->> '$.n')`,
  );
}

/** One statement that inserts all rows through one parameter, in their order. The parameter stays under 2 MB: the caller chunks. */
export function insertRows<T extends SQLiteTable>(
  db: Database,
  table: T,
  rows: readonly T['$inferInsert'][],
  conflict: 'fail' | 'ignore' = 'fail',
): Statement {
  const names = Object.values(getTableColumns(table)).map((column) => column.name);
  const columns = sql.join(
    names.map((name) => sql.identifier(name)),
    sql`, `,
  );
  const values = sql.join(
    names.map((name) => sql`value ->> ${sql.raw(`'$.${name}'`)}`),
    sql`, `,
  );
  const ignore = conflict === 'ignore' ? sql` ON CONFLICT DO NOTHING` : sql``;
  return db.run(
    sql`INSERT INTO ${sql.identifier(getTableName(table))} (${columns}) SELECT ${values} FROM json_each(${JSON.stringify(rows)}) WHERE true${ignore}`,
  );
}

/** A builder's statement, or one written as `sql`. */
type Compiled = { toSQL(): { sql: string; params: unknown[] } } | { getQuery(): { sql: string; params: unknown[] } };

/**
 * Runs statements as one D1 batch: all or none. (Drizzle's own `batch` takes no raw statement with parameters.)
 */
export async function runBatch(db: Database, statements: readonly Statement[]): Promise<D1Result[]> {
  const bound = (statements as readonly (Statement & Compiled)[]).map((statement) => {
    const { sql: text, params } = 'toSQL' in statement ? statement.toSQL() : statement.getQuery();
    return db.$client.prepare(text).bind(...params);
  });
  return db.$client.batch(bound);
}

/** Whether an error of D1 says that a guard or an expectation did not hold, or that the same keyed write has just been answered. */
function isConflict(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (/UNIQUE constraint failed: (?:versions|replays)\.|CHECK constraint failed: ok = 1/.test(cause.message))
      return true;
  }
  return false;
}

/**
 * One atomic write behind its guards: each guarded subject moves from `n` to `n + 1`. Says `conflict` where a guard or expectation no
 * longer holds: nothing was written, decide again. Any other failure throws a `BooksError` that carries no SQL and no parameters.
 */
export async function commit(
  db: Database,
  guards: readonly Guard[],
  statements: readonly Statement[],
): Promise<'committed' | 'conflict'> {
  const moves = guards.map(({ subject, n }) => ({ subject, n: n + 1 }));
  const all = moves.length > 0 ? [insertRows(db, versions, moves), ...statements] : [...statements];
  if (all.length === 0) return 'committed';
  try {
    await runBatch(db, all);
    return 'committed';
  } catch (error) {
    if (isConflict(error)) return 'conflict';
    throw new BooksError(constraintOf(error));
  }
}

/** A write that failed for another reason than a guard. `constraint` names a table's constraint at most. */
export class BooksError extends Error {
  readonly constraint: string | null;
  constructor(constraint: string | null) {
    super(constraint === null ? 'the books did not take the write' : `the books refused the write: ${constraint}`);
    this.name = 'BooksError';
    this.constraint = constraint;
  }
}

/** Whether an error says that a database did not answer: a write may or may not have been done, and the same again will tell. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof BooksError) return error.constraint === null;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (/^D1_|D1 DB|Network connection lost/.test(cause.message)) return constraintOf(error) === null;
  }
  return false;
}

function constraintOf(error: unknown): string | null {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const match = /(?:UNIQUE|CHECK|NOT NULL) constraint failed: ([\w., ]{1,80})|(append_only: \w+)/.exec(cause.message);
    if (match) return match[1] ?? match[2] ?? null;
  }
  return null;
}

/** How often a door decides again before it answers 503. */
const ATTEMPTS = 5;

/** Runs read → decide → write until it is not in conflict, at most five times; then `busy`. */
export async function decideAgain<T>(
  attempt: () => Promise<T | 'conflict'>,
): Promise<{ ok: true; value: T } | { ok: false; reason: 'busy' }> {
  for (let i = 0; i < ATTEMPTS; i++) {
    const value = await attempt();
    if (value !== 'conflict') return { ok: true, value };
  }
  return { ok: false, reason: 'busy' };
}
