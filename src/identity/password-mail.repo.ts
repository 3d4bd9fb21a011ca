import { sql } from 'drizzle-orm';

import { mailOutbox } from '../mail/mail.schema.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { authUsers } from './identity.schema.ts';

/** Why a link to set a password is sent: it was asked for, the person was invited to the console, or their application was approved. */
export type PasswordMailReason = 'reset' | 'invited' | 'approved';

/** Of no use after so long. */
const USEFUL_MS = { reset: 60 * 60 * 1000, invited: null, approved: null } as const;

/**
 * The statement that queues a mail with a link to set a password, to the person of an address, a partner or an operator's name; none where
 * there is nobody. The link itself is made when the mail goes out, and kept nowhere.
 */
export function passwordMail(
  db: Database,
  to: { email: string } | { partner_id: string } | { operator_name: string },
  reason: PasswordMailReason,
  now: number,
): Statement {
  const who =
    'email' in to
      ? sql`u.email = ${to.email.trim().toLowerCase()}`
      : 'partner_id' in to
        ? sql`u.partner_id = ${to.partner_id}`
        : sql`u.operator_name = ${to.operator_name}`;
  const useful = USEFUL_MS[reason];
  const cause = reason === 'reset' ? crypto.randomUUID() : reason;
  return db.run(
    sql`INSERT INTO ${mailOutbox} (mail_id, kind, subject, account_id, person_id, facts, send_after_at, drop_after_at, status, tries, reason, queued_at, sent_at)
      SELECT 'password_letter:' || u.id || ':' || ${cause}, 'password_letter', 'user:' || u.id, NULL, u.id,
        json_object('user_id', u.id, 'why', ${reason}, 'at', ${now}), ${now}, ${useful === null ? null : now + useful}, 'queued', 0, NULL, ${now}, NULL
      FROM ${authUsers} AS u WHERE ${who} ON CONFLICT DO NOTHING`,
  );
}
