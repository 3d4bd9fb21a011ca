import { eq, sql } from 'drizzle-orm';

import { dateOf } from '../clock.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import { authSessions, authTwoFactors, authUsers, authVerifications } from './identity.schema.ts';
import type { Own } from './own-act.ts';

/** Somebody who is to be able to sign in once a password has been set by a mailed link. */
export interface NewUser {
  email: string;
  name: string;
  role: 'partner' | 'operator';
  partner_id?: string;
  operator_name?: string;
}

/** The statement that lets somebody sign in; whoever can already, by that address, partner or name, stays as they are. */
export function insertUser(db: Database, user: NewUser, machine_now: number): Statement {
  const at = dateOf(machine_now);
  return db
    .insert(authUsers)
    .values({
      id: `usr_${crypto.randomUUID().replaceAll('-', '')}`,
      email: user.email.trim().toLowerCase(),
      emailVerified: false,
      name: user.name,
      image: null,
      twoFactorEnabled: false,
      role: user.role,
      partnerId: user.partner_id ?? null,
      operatorName: user.operator_name ?? null,
      createdAt: at,
      updatedAt: at,
    })
    .onConflictDoNothing();
}

export type UserRow = typeof authUsers.$inferSelect;

/** Whose row it is, by the names that the audit log keeps. */
export function ownOf({ id, role, partnerId, operatorName }: UserRow): Own {
  return { user_id: id, role, partner_id: partnerId, operator_name: operatorName };
}

/** Who signs in by an address; null where nobody does. */
export async function userByEmail(db: Database, email: string): Promise<UserRow | null> {
  const [row] = await db.select().from(authUsers).where(eq(authUsers.email, email.trim().toLowerCase()));
  return row ?? null;
}

/** Somebody who signs in, by their id; null where there is nobody (any more). */
export async function userById(db: Database, user_id: string): Promise<UserRow | null> {
  const [row] = await db.select().from(authUsers).where(eq(authUsers.id, user_id));
  return row ?? null;
}

/** Who signs in for a partner; null where nobody does. */
export async function userOfPartner(db: Database, partner_id: string): Promise<UserRow | null> {
  const [row] = await db.select().from(authUsers).where(eq(authUsers.partnerId, partner_id));
  return row ?? null;
}

/** Who signs in under an operator's name; null where nobody does. */
export async function userOfOperator(db: Database, operator_name: string): Promise<UserRow | null> {
  const [row] = await db.select().from(authUsers).where(eq(authUsers.operatorName, operator_name));
  return row ?? null;
}

/** Whether nobody but a partner's own person signs in by an address. */
export async function nobodyElse(db: Database, partner_id: string, email: string): Promise<boolean> {
  const user = await userByEmail(db, email);
  return user === null || user.partnerId === partner_id;
}

/**
 * The statements that have whoever signs in for a partner do so by another address from now on, unless somebody else does; links that were
 * mailed to the former address end.
 */
export function moveUserOf(db: Database, partner_id: string, email: string | null, at: number): Statement[] {
  if (email === null) return [];
  const address = email.trim().toLowerCase();
  const own = sql`(SELECT u.id FROM ${authUsers} AS u WHERE u.partner_id = ${partner_id})`;
  return [
    db.delete(authVerifications).where(sql`${authVerifications.value} = ${own}`),
    db
      .update(authUsers)
      .set({ email: address, updatedAt: dateOf(at) })
      .where(
        sql`${authUsers.partnerId} = ${partner_id} AND NOT EXISTS (SELECT 1 FROM ${authUsers} AS o WHERE o.email = ${address})`,
      ),
  ];
}

/**
 * The statements that shut somebody out wherever they are signed in: their sessions, the links to set a password that were mailed to them, and
 * sign-ins that wait for a second factor.
 */
export function shutOut(db: Database, user_id: string): Statement[] {
  return [db.delete(authSessions).where(eq(authSessions.userId, user_id)), endLinks(db, user_id)];
}

/** The statement that ends somebody's mailed links to set a password, and sign-ins of theirs that wait for a second factor. */
export function endLinks(db: Database, user_id: string): Statement {
  return db.delete(authVerifications).where(eq(authVerifications.value, user_id));
}

/** A statement that lets the batch pass only while somebody has a second factor. */
export function secondFactorStands(db: Database, user_id: string): Statement {
  return expectThat(
    db,
    sql`EXISTS (SELECT 1 FROM ${authUsers} WHERE ${authUsers.id} = ${user_id} AND ${authUsers.twoFactorEnabled} = 1)`,
  );
}

/** The statements that take somebody's second factor away. */
export function dropSecondFactor(db: Database, user_id: string, machine_now: number): Statement[] {
  return [
    db.delete(authTwoFactors).where(eq(authTwoFactors.userId, user_id)),
    db
      .update(authUsers)
      .set({ twoFactorEnabled: false, updatedAt: dateOf(machine_now) })
      .where(eq(authUsers.id, user_id)),
  ];
}
