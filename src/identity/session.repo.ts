import { and, desc, eq, gt, sql, type SQL } from 'drizzle-orm';

import { dateOf } from '../clock.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import { termsAcceptances, termsVersions } from '../terms/terms.schema.ts';
import { authSessions, authUsers } from './identity.schema.ts';
import type { SessionRow } from './session.rules.ts';

/** A session with its person, by the session's token, in one query; null where there is none. */
export async function findSession(db: Database, token: string): Promise<SessionRow | null> {
  const [row] = await db
    .select({
      session_id: authSessions.id,
      expires_at: sql<number>`${authSessions.expiresAt}`,
      created_at: sql<number>`${authSessions.createdAt}`,
      user_id: authUsers.id,
      email: authUsers.email,
      name: authUsers.name,
      two_factor_enabled: authUsers.twoFactorEnabled,
      role: authUsers.role,
      partner_id: authUsers.partnerId,
      operator_name: authUsers.operatorName,
      terms_due: sql<
        number | null
      >`(SELECT max(t.version) FROM ${termsVersions} AS t WHERE ${authUsers.partnerId} IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM ${termsAcceptances} AS a WHERE a.partner_id = ${authUsers.partnerId} AND a.version >= t.version))`,
    })
    .from(authSessions)
    .innerJoin(authUsers, eq(authUsers.id, authSessions.userId))
    .where(eq(authSessions.token, token));
  return row ?? null;
}

/** A session as its person sees it. */
export interface OwnSession {
  session_id: string;
  user_agent: string | null;
  created_at: number;
  expires_at: number;
}

/** A person's sessions that have not ended, the newest first. */
export function sessionsOf(db: Database, user_id: string, machine_now: number): Promise<OwnSession[]> {
  return db
    .select({
      session_id: authSessions.id,
      user_agent: authSessions.userAgent,
      created_at: sql<number>`${authSessions.createdAt}`,
      expires_at: sql<number>`${authSessions.expiresAt}`,
    })
    .from(authSessions)
    .where(and(eq(authSessions.userId, user_id), gt(authSessions.expiresAt, dateOf(machine_now))))
    .orderBy(desc(authSessions.createdAt));
}

/** Ends the session of a token. */
export async function endSessionByToken(db: Database, token: string): Promise<void> {
  await db.delete(authSessions).where(eq(authSessions.token, token));
}

/** Which of a person's sessions: one, or all but one that is to stay, by its id or its token. */
export type Which = { session_id: string } | { but_session_id: string } | { but_token: string | null };

function theirs(user_id: string, which: Which): SQL {
  const { id, token, userId } = authSessions;
  if ('session_id' in which) return sql`${userId} = ${user_id} AND ${id} = ${which.session_id}`;
  if ('but_session_id' in which) return sql`${userId} = ${user_id} AND ${id} <> ${which.but_session_id}`;
  return sql`${userId} = ${user_id} AND ${token} <> ${which.but_token ?? ''}`;
}

/** The statement that ends sessions of a person; another's are left alone. */
export function endSessions(db: Database, user_id: string, which: Which): Statement {
  return db.delete(authSessions).where(theirs(user_id, which));
}

/** A statement that lets the batch pass only while a person has such a session. */
export function sessionStands(db: Database, user_id: string, which: Which): Statement {
  return expectThat(db, sql`EXISTS (SELECT 1 FROM ${authSessions} WHERE ${theirs(user_id, which)})`);
}
