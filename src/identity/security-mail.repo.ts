import { sql } from 'drizzle-orm';

import type { SecurityNews } from '../letter/security-letter.rules.ts';
import { mailOutbox } from '../mail/mail.schema.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { authUsers } from './identity.schema.ts';

/** The statement that queues a mail to somebody who signs in, about what has become of the keys to their access. */
export function tellSecurity(db: Database, user_id: string, news: SecurityNews, now: number): Statement {
  return db.run(
    sql`INSERT INTO ${mailOutbox} (mail_id, kind, subject, account_id, person_id, facts, send_after_at, drop_after_at, status, tries, reason, queued_at, sent_at)
      SELECT 'security_letter:' || u.id || ':' || ${crypto.randomUUID()}, 'security_letter', 'user:' || u.id, NULL, u.id,
        json_object('user_id', u.id, 'news', ${news}, 'at', ${now}), ${now}, NULL, 'queued', 0, NULL, ${now}, NULL
      FROM ${authUsers} AS u WHERE u.id = ${user_id}`,
  );
}
