import { and, asc, eq, gte, inArray, isNotNull, isNull, max, ne, sql } from 'drizzle-orm';

import { documents } from '../people/people.schema.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import { auditLog, proposals } from '../program/program.schema.ts';
import { waitsSince } from '../program/proposal.rules.ts';
import { authAccounts, authTwoFactors, authUsers, usedCodes } from './identity.schema.ts';
import { shutOut } from './user.repo.ts';

/** Somebody who may sign in to the console. `created_at` is the machine's clock, epoch ms. */
export interface OperatorLogin {
  user_id: string;
  operator_name: string;
  email: string;
  second_factor: boolean;
  password_set: boolean;
  created_at: number;
}

/** All who may sign in to the console, by name. */
export async function listLogins(db: Database): Promise<OperatorLogin[]> {
  const rows = await db
    .select({
      user_id: authUsers.id,
      operator_name: sql<string>`${authUsers.operatorName}`,
      email: authUsers.email,
      second_factor: authUsers.twoFactorEnabled,
      password_set: sql<number>`EXISTS (SELECT 1 FROM ${authAccounts} AS a WHERE a.user_id = ${authUsers.id} AND a.password IS NOT NULL)`,
      created_at: sql<number>`${authUsers.createdAt}`,
    })
    .from(authUsers)
    .where(and(eq(authUsers.role, 'operator'), isNotNull(authUsers.operatorName)))
    .orderBy(asc(authUsers.operatorName));
  return rows.map((row) => ({
    ...row,
    second_factor: row.second_factor === true,
    password_set: row.password_set === 1,
  }));
}

/** Another operator's name that is written alike but for case; null where there is none. */
export async function nameWrittenAlike(db: Database, operator_name: string): Promise<string | null> {
  const [row] = await db
    .select({ name: authUsers.operatorName })
    .from(authUsers)
    .where(
      and(
        sql`lower(${authUsers.operatorName}) = ${operator_name.toLowerCase()}`,
        ne(authUsers.operatorName, operator_name),
      ),
    );
  return row?.name ?? null;
}

/** How often the log tells of a subject up to now: what is agreed on again later is agreed on anew. */
export async function timesLogged(db: Database, subject: string): Promise<number> {
  const [row] = await db
    .select({ seq: max(auditLog.seq) })
    .from(auditLog)
    .where(eq(auditLog.subject, subject));
  return row?.seq ?? 0;
}

/** The statement that lets a batch pass only while nobody signs in by an address or under an operator's name. */
export function nobodySignsIn(db: Database, { email, name }: { email: string; name: string }): Statement {
  return expectThat(
    db,
    sql`NOT EXISTS (SELECT 1 FROM ${authUsers} WHERE ${authUsers.email} = ${email} OR ${authUsers.operatorName} = ${name})`,
  );
}

/** The statements that take away all by which somebody could sign in, and end where they are signed in. */
export function removeUser(db: Database, user_id: string): Statement[] {
  return [
    expectThat(db, sql`EXISTS (SELECT 1 FROM ${authUsers} WHERE ${authUsers.id} = ${user_id})`),
    ...shutOut(db, user_id),
    db.delete(authTwoFactors).where(eq(authTwoFactors.userId, user_id)),
    db.delete(authAccounts).where(eq(authAccounts.userId, user_id)),
    db.delete(usedCodes).where(eq(usedCodes.user_id, user_id)),
    db.delete(authUsers).where(eq(authUsers.id, user_id)),
  ];
}

/** The statement that forgets what proposals about a subject said: the address of whoever was to sign in. */
export function forgetProposed(db: Database, subject: string): Statement {
  return db
    .update(documents)
    .set({ body: sql`NULL` })
    .where(and(eq(documents.subject, subject), eq(documents.kind, 'proposal')));
}

/** A change of who may sign in that waits for a second person. `email`: of one who is to be able to. */
export interface ProposedLogin {
  operation: 'operators.add' | 'operators.remove';
  name: string;
  email: string | null;
  proposed_by: string;
  proposed_at: number;
}

/** Changes that wait for a second person, the oldest first; 50 at most. */
export async function proposedLogins(db: Database, now: number): Promise<ProposedLogin[]> {
  const rows = await db
    .select({
      operation: proposals.operation,
      proposed_by: proposals.proposed_by,
      proposed_at: proposals.proposed_at,
      body: documents.body,
    })
    .from(proposals)
    .innerJoin(documents, eq(documents.document_id, proposals.proposal_id))
    .where(
      and(
        isNull(proposals.done_at),
        gte(proposals.proposed_at, waitsSince(now)),
        inArray(proposals.operation, ['operators.add', 'operators.remove']),
        isNotNull(documents.body),
      ),
    )
    .orderBy(asc(proposals.proposed_at))
    .limit(50);
  return rows.map(({ operation, body, ...row }) => {
    const { name, email = null }: { name: string; email?: string | null } = JSON.parse(body ?? '{}');
    return { ...row, operation: operation as ProposedLogin['operation'], name, email };
  });
}
