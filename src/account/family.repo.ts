import { asc, eq, sql, type SQL } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { accountMoves, accounts } from './account.schema.ts';

/** An account that an operator merged into another, or handed over to it. */
export type MoveRow = typeof accountMoves.$inferSelect;

/**
 * The accounts that are one with any of `ids`, these included, as a subquery of ids: what was merged or handed over stays under the id
 * it was told with, and counts for the account that goes on. `ids` is a subquery itself.
 */
export function familyOf(ids: SQL): SQL {
  return sql`(SELECT f.value AS account_id FROM (${ids}) AS f
    UNION SELECT m.into_account_id FROM ${accountMoves} AS m WHERE m.account_id IN (${ids})
    UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id IN (${ids})
    UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id IN (SELECT o.into_account_id FROM ${accountMoves} AS o WHERE o.account_id IN (${ids})))`;
}

/** The ids under which facts of one account were told that goes on itself, as a subquery. */
export function membersOf(account_id: string): SQL {
  return sql`(SELECT ${account_id} UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id = ${account_id})`;
}

/** The statement that reads where an account went, if it is no longer one of its own. */
export function moveQuery(db: Database, account_id: string) {
  return db.select().from(accountMoves).where(eq(accountMoves.account_id, account_id));
}

/** Where an account went; null for one that goes on itself. */
export async function findMove(db: Database, account_id: string): Promise<MoveRow | null> {
  return (await moveQuery(db, account_id))[0] ?? null;
}

/** What was merged into an account or handed over to it, in the order of the moves. */
export async function movedInto(db: Database, account_id: string): Promise<MoveRow[]> {
  return db
    .select()
    .from(accountMoves)
    .where(eq(accountMoves.into_account_id, account_id))
    .orderBy(asc(accountMoves.at), asc(accountMoves.account_id));
}

/** The moves of accounts of these families, for `underHeads`. */
export function movesQuery(db: Database, ids: SQL) {
  return db
    .select()
    .from(accountMoves)
    .where(sql`${accountMoves.account_id} IN ${familyOf(ids)}`);
}

/** Rows under the id of the account that goes on, whatever id they were told with. */
export function underHeads<Row extends { account_id: string }>(rows: readonly Row[], moves: readonly MoveRow[]): Row[] {
  const heads = new Map(moves.map((move) => [move.account_id, move.into_account_id]));
  return rows.map((row) => {
    const head = heads.get(row.account_id);
    return head === undefined ? row : { ...row, account_id: head };
  });
}

/** The statements that make one account part of another: what went into it before goes along. */
export function moveStatements(db: Database, row: MoveRow): Statement[] {
  const { account_id, into_account_id } = row;
  return [
    db.update(accountMoves).set({ into_account_id }).where(eq(accountMoves.into_account_id, account_id)),
    insertRows(db, accountMoves, [row]),
    db
      .update(accounts)
      .set({ joined_to: into_account_id })
      .where(
        sql`${accounts.account_id} = ${account_id} OR ${accounts.account_id} IN (SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id = ${into_account_id})`,
      ),
  ];
}

/** The statement by which an account goes on under the signup and the policy version of the one that it continues. */
export function continueSignup(
  db: Database,
  account_id: string,
  former: { signed_up_at: number; policy_version: number },
): Statement {
  const { signed_up_at, policy_version } = former;
  return db.update(accounts).set({ signed_up_at, policy_version }).where(eq(accounts.account_id, account_id));
}
