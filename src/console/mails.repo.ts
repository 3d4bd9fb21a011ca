import { and, desc, eq, lt, sql } from 'drizzle-orm';

import { mailOutbox } from '../mail/mail.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** A mail that was given up, as operators see it: neither what it says nor to which address. */
export type FailedMail = Pick<
  typeof mailOutbox.$inferSelect,
  'mail_id' | 'kind' | 'subject' | 'tries' | 'reason' | 'queued_at' | 'drop_after_at'
>;

/** Mails that were given up, the latest first, from before one on; one more than `limit` tells that there are more. */
export function failedMails(db: Database, before: Pick<FailedMail, 'queued_at' | 'mail_id'> | null, limit: number) {
  const { mail_id, kind, subject, tries, reason, queued_at, drop_after_at } = mailOutbox;
  const earlier =
    before === null
      ? undefined
      : sql`(${queued_at}, ${mail_id}) < (${before.queued_at}, ${before.mail_id}) AND ${lt(queued_at, before.queued_at + 1)}`;
  return db
    .select({ mail_id, kind, subject, tries, reason, queued_at, drop_after_at })
    .from(mailOutbox)
    .where(and(eq(mailOutbox.status, 'failed'), earlier))
    .orderBy(desc(queued_at), desc(mail_id))
    .limit(limit + 1);
}
