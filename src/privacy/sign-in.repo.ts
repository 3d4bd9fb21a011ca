import { sql } from 'drizzle-orm';

import { authSessions, authUsers } from '../identity/identity.schema.ts';
import { mailChoices } from '../mail/mail.schema.ts';
import { emailChanges } from '../partner/email-change.schema.ts';
import { foldedAddress } from '../people/address.rules.ts';
import type { Database } from '../program/commit.repo.ts';

const among = (ids: readonly string[]) => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/** Somebody who signs in by an address. Instants are epoch ms. */
export interface SignInRow {
  user_id: string;
  email: string;
  name: string;
  role: 'partner' | 'operator';
  partner_id: string | null;
  operator_name: string | null;
  two_factor: number;
  created_at: number;
}

/** Who signs in by an address, in any of its spellings: for one of the partners, or to the console. */
export async function signInsUnder(db: Database, email: string, partner_ids: readonly string[]): Promise<SignInRow[]> {
  const rows = await db
    .select({
      user_id: authUsers.id,
      email: authUsers.email,
      name: authUsers.name,
      role: authUsers.role,
      partner_id: authUsers.partnerId,
      operator_name: authUsers.operatorName,
      two_factor: sql<number>`coalesce(${authUsers.twoFactorEnabled}, 0)`,
      created_at: sql<number>`${authUsers.createdAt}`,
    })
    .from(authUsers)
    .where(
      sql`${authUsers.role} = 'operator' OR ${authUsers.partnerId} IN ${among(partner_ids)} OR ${authUsers.email} = ${email.trim().toLowerCase()}`,
    );
  const folded = foldedAddress(email);
  return rows.filter((row) => foldedAddress(row.email) === folded);
}

/** Where people are signed in. */
export function sessionsOfUsers(db: Database, user_ids: readonly string[]) {
  return db
    .select({
      user_id: authSessions.userId,
      user_agent: authSessions.userAgent,
      created_at: sql<number>`${authSessions.createdAt}`,
      expires_at: sql<number>`${authSessions.expiresAt}`,
    })
    .from(authSessions)
    .where(sql`${authSessions.userId} IN ${among(user_ids)}`);
}

/** Changes of address that partners have asked for, and which mails they want. */
export async function wishesOf(db: Database, partner_ids: readonly string[]) {
  const [email_changes, mail_choices] = await db.batch([
    db
      .select()
      .from(emailChanges)
      .where(sql`${emailChanges.partner_id} IN ${among(partner_ids)}`),
    db
      .select()
      .from(mailChoices)
      .where(sql`${mailChoices.partner_id} IN ${among(partner_ids)}`),
  ]);
  return { email_changes, mail_choices };
}
