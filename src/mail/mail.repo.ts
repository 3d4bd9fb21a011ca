import { and, asc, desc, eq, inArray, lte, sql, type SQL } from 'drizzle-orm';

import { partnerFacts } from '../partner/partner.schema.ts';
import { people } from '../people/people.schema.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { mailOutbox } from './mail.schema.ts';
import {
  ASK_EVERY_MS,
  PARTNER_LETTERS,
  queuedMail,
  UNANSWERED,
  type MailRow,
  type NewMail,
  type Try,
} from './outbox.rules.ts';

/** The statement that queues a mail; one that its cause has queued before stays as it is. */
export function queueMail(db: Database, mail: NewMail): Statement {
  return insertRows(db, mailOutbox, [queuedMail(mail)], 'ignore');
}

/** A mail to whoever is a partner's contact. */
export type PartnerMail = Omit<NewMail, 'person_id'> & { partner_id: string };

/** The statement that queues mails to partners' present contacts; a partner without one gets none. */
export function queueMailToPartners(db: Database, mails: readonly PartnerMail[]): Statement {
  const rows = mails.map(({ partner_id, ...mail }) => ({
    ...queuedMail({ ...mail, facts: { partner_id, ...mail.facts }, person_id: '' }),
    partner_id,
  }));
  return db.run(
    sql`INSERT INTO ${mailOutbox} (mail_id, kind, subject, account_id, person_id, facts, send_after_at, drop_after_at, status, tries, reason, queued_at, sent_at)
      SELECT j.value ->> '$.mail_id', j.value ->> '$.kind', j.value ->> '$.subject', j.value ->> '$.account_id', p.person_id, j.value ->> '$.facts',
        j.value ->> '$.send_after_at', j.value ->> '$.drop_after_at', 'queued', 0, NULL, j.value ->> '$.queued_at', NULL
      FROM json_each(${JSON.stringify(rows)}) AS j JOIN ${people} AS p ON p.person_id = (
        SELECT f.value FROM ${partnerFacts} AS f WHERE f.partner_id = j.value ->> '$.partner_id' AND f.field = 'contact' ORDER BY f.n DESC LIMIT 1)
      WHERE true ON CONFLICT DO NOTHING`,
  );
}

/** R3: the latest instant at which an account's client was asked, or will be by what is queued; null where never. Epoch ms. */
export async function lastAskedAt(db: Database, account_id: string): Promise<number | null> {
  const [row] = await db
    .select({ at: sql<number | null>`max(coalesce(${mailOutbox.sent_at}, ${mailOutbox.send_after_at}))` })
    .from(mailOutbox)
    .where(
      and(
        eq(mailOutbox.account_id, account_id),
        eq(mailOutbox.kind, 'ask_client'),
        inArray(mailOutbox.status, ['queued', 'sent']),
      ),
    );
  return row?.at ?? null;
}

/** Mail that is due, the longest due first; at most `limit`. */
export async function dueMail(db: Database, now: number, limit: number): Promise<MailRow[]> {
  return db
    .select()
    .from(mailOutbox)
    .where(and(eq(mailOutbox.status, 'queued'), lte(mailOutbox.send_after_at, now)))
    .orderBy(asc(mailOutbox.send_after_at), asc(mailOutbox.mail_id))
    .limit(limit);
}

/** The mails queued last, the latest first. Reads the whole outbox: for a local program only. */
export async function latestMail(db: Database, limit: number): Promise<MailRow[]> {
  return db.select().from(mailOutbox).orderBy(desc(mailOutbox.queued_at), desc(mailOutbox.mail_id)).limit(limit);
}

/** Letters to a partner that were due at `now`, the latest first, from before one on. Reads one row more than asked for. */
export async function lettersOf(
  db: Database,
  partner_id: string,
  before: { at: number; mail_id: string } | null,
  limit: number,
  now: number,
): Promise<MailRow[]> {
  const older = before
    ? sql`(${mailOutbox.queued_at}, ${mailOutbox.mail_id}) < (${before.at}, ${before.mail_id})`
    : sql`true`;
  return db
    .select()
    .from(mailOutbox)
    .where(
      and(
        sql`${mailOutbox.facts} ->> '$.partner_id' = ${partner_id}`,
        inArray(mailOutbox.kind, [...PARTNER_LETTERS]),
        sql`${mailOutbox.reason} IS NOT 'settled'`,
        lte(mailOutbox.send_after_at, now),
        older,
      ),
    )
    .orderBy(desc(mailOutbox.queued_at), desc(mailOutbox.mail_id))
    .limit(limit + 1);
}

/** One mail of the outbox; null where there is none. */
export async function findMail(db: Database, mail_id: string): Promise<MailRow | null> {
  const [row] = await db.select().from(mailOutbox).where(eq(mailOutbox.mail_id, mail_id));
  return row ?? null;
}

/** Other questions to the client of the same account that were sent, or may have been, within a week before `now` (R3). */
function askedThisWeek(mail: Pick<MailRow, 'mail_id' | 'account_id'>, now: number): SQL {
  return sql`FROM mail_outbox AS o WHERE o.account_id = ${mail.account_id} AND o.kind = 'ask_client' AND o.mail_id <> ${mail.mail_id}
    AND (o.status = 'sent' AND o.sent_at > ${now - ASK_EVERY_MS}
      OR o.status = 'queued' AND o.reason IN (SELECT value FROM json_each(${JSON.stringify(UNANSWERED)})) AND o.send_after_at > ${now})`;
}

/** When the account's client may next be asked, where another question has gone out within the week (R3); else null. */
export async function askedUntil(
  db: Database,
  mail: Pick<MailRow, 'mail_id' | 'account_id'>,
  now: number,
): Promise<number | null> {
  const [row] = await db.all<{ until: number | null }>(
    sql`SELECT max(CASE o.status WHEN 'sent' THEN o.sent_at + ${ASK_EVERY_MS} ELSE o.send_after_at END) AS until ${askedThisWeek(mail, now)}`,
  );
  return row?.until ?? null;
}

/** Takes a mail for one try, before it is handed over; false where another run has it, or has just asked the same client (R3). */
export async function takeMail(db: Database, mail: MailRow, next: Try, now: number): Promise<boolean> {
  const asked = mail.kind === 'ask_client' ? sql`NOT EXISTS (SELECT 1 ${askedThisWeek(mail, now)})` : undefined;
  const taken = await db
    .update(mailOutbox)
    .set(next)
    .where(
      and(
        eq(mailOutbox.mail_id, mail.mail_id),
        eq(mailOutbox.status, 'queued'),
        eq(mailOutbox.tries, mail.tries),
        eq(mailOutbox.send_after_at, mail.send_after_at),
        asked,
      ),
    )
    .returning({ mail_id: mailOutbox.mail_id });
  return taken.length > 0;
}

/** Notes how a mail stands. */
export async function markMail(
  db: Database,
  mail_id: string,
  fields: Partial<Pick<MailRow, 'status' | 'tries' | 'reason' | 'send_after_at' | 'sent_at'>>,
): Promise<void> {
  await db
    .update(mailOutbox)
    .set(fields)
    .where(and(eq(mailOutbox.mail_id, mail_id), eq(mailOutbox.status, 'queued')));
}

/** The statements that queue a mail that has failed once more, with all its tries; with another that does so their batch is a conflict. */
export function queueAgain(db: Database, mail_id: string, now: number): Statement[] {
  return [
    expectThat(
      db,
      sql`EXISTS (SELECT 1 FROM ${mailOutbox} WHERE ${mailOutbox.mail_id} = ${mail_id} AND ${mailOutbox.status} = 'failed')`,
    ),
    db
      .update(mailOutbox)
      .set({ status: 'queued', tries: 0, reason: null, send_after_at: now })
      .where(eq(mailOutbox.mail_id, mail_id)),
  ];
}

/** A person's address and name, or null where there is none (any more). */
export async function addresseeOf(
  db: Database,
  person_id: string,
): Promise<{ email: string; name: string | null } | null> {
  const [row] = await db
    .select({ email: people.email, name: people.name, erased_at: people.erased_at })
    .from(people)
    .where(eq(people.person_id, person_id));
  if (!row || row.erased_at !== null || !row.email) return null;
  return { email: row.email, name: row.name };
}

/** The person who is a partner's contact now; null where there is none. */
export async function contactOf(db: Database, partner_id: string): Promise<string | null> {
  const [row] = await db
    .select({ value: partnerFacts.value })
    .from(partnerFacts)
    .where(and(eq(partnerFacts.partner_id, partner_id), eq(partnerFacts.field, 'contact')))
    .orderBy(desc(partnerFacts.n))
    .limit(1);
  return row?.value ?? null;
}
