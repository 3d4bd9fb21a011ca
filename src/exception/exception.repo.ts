import { and, asc, eq, gt, sql } from 'drizzle-orm';

import { documents } from '../people/people.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { exceptions } from './exception.schema.ts';

/** A clause that was overruled, as it is kept. */
export type ExceptionRow = typeof exceptions.$inferSelect;

/** One exception by its id. */
export async function findException(db: Database, exception_id: string): Promise<ExceptionRow | null> {
  const [row] = await db.select().from(exceptions).where(eq(exceptions.exception_id, exception_id));
  return row ?? null;
}

/** The statement that keeps an exception. */
export function insertException(db: Database, row: ExceptionRow): Statement {
  return insertRows(db, exceptions, [row]);
}

/** Exceptions by id with their reasons, where these have not been erased; one more than `limit` where there are more. */
export async function listExceptions(
  db: Database,
  query: { account_id?: string | undefined; clause?: string | undefined; after: string | null; limit: number },
): Promise<(ExceptionRow & { reason: string | null })[]> {
  return db
    .select({
      exception_id: exceptions.exception_id,
      account_id: exceptions.account_id,
      decision_id: exceptions.decision_id,
      clause: exceptions.clause,
      proposed_by: exceptions.proposed_by,
      agreed_by: exceptions.agreed_by,
      at: exceptions.at,
      reason: documents.body,
    })
    .from(exceptions)
    .leftJoin(documents, eq(documents.document_id, exceptions.exception_id))
    .where(
      and(
        query.account_id === undefined ? undefined : eq(exceptions.account_id, query.account_id),
        query.clause === undefined ? undefined : eq(exceptions.clause, query.clause),
        query.after === null ? undefined : gt(exceptions.exception_id, query.after),
      ),
    )
    .orderBy(asc(exceptions.exception_id))
    .limit(query.limit + 1);
}

/** How often each clause has been overruled. */
export async function countExceptions(db: Database): Promise<{ clause: string; count: number }[]> {
  return db
    .select({ clause: exceptions.clause, count: sql<number>`count(*)` })
    .from(exceptions)
    .groupBy(exceptions.clause)
    .orderBy(asc(exceptions.clause));
}
