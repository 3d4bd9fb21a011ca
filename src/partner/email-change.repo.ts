import { and, desc, eq, gte, isNull, sql, type SQL } from 'drizzle-orm';

import { people } from '../people/people.schema.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { emailChanges } from './email-change.schema.ts';

export type EmailChangeRow = typeof emailChanges.$inferSelect;

/** One change with the address that it is to; that is null once it has ended or been erased. */
export async function findEmailChange(
  db: Database,
  change_id: string,
): Promise<(EmailChangeRow & { email: string | null }) | null> {
  const [row] = await db
    .select({ change: emailChanges, email: people.email })
    .from(emailChanges)
    .leftJoin(people, eq(people.person_id, emailChanges.person_id))
    .where(eq(emailChanges.change_id, change_id));
  return row ? { ...row.change, email: row.email } : null;
}

/** The change of a partner's address that waits, with the address; null where none does. */
export async function waitingChange(
  db: Database,
  partner_id: string,
  now: number,
): Promise<(EmailChangeRow & { email: string | null }) | null> {
  const [row] = await db
    .select({ change: emailChanges, email: people.email })
    .from(emailChanges)
    .leftJoin(people, eq(people.person_id, emailChanges.person_id))
    .where(
      and(eq(emailChanges.partner_id, partner_id), isNull(emailChanges.ended_at), gte(emailChanges.expires_at, now)),
    )
    .orderBy(desc(emailChanges.asked_at))
    .limit(1);
  return row ? { ...row.change, email: row.email } : null;
}

/** How many changes a partner has asked for since an instant. */
export async function changesAskedSince(db: Database, partner_id: string, since: number): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(emailChanges)
    .where(and(eq(emailChanges.partner_id, partner_id), gte(emailChanges.asked_at, since)));
  return row?.n ?? 0;
}

/** The statement that keeps a change that waits. */
export function insertEmailChange(db: Database, row: EmailChangeRow): Statement {
  return insertRows(db, emailChanges, [row]);
}

/** Notes that one side has confirmed; one that has keeps its instant. */
export async function confirmSide(db: Database, change_id: string, side: 'former' | 'new', now: number): Promise<void> {
  const { former_confirmed_at, new_confirmed_at } = emailChanges;
  const set =
    side === 'former'
      ? { former_confirmed_at: sql`coalesce(${former_confirmed_at}, ${now})` }
      : { new_confirmed_at: sql`coalesce(${new_confirmed_at}, ${now})` };
  await db
    .update(emailChanges)
    .set(set)
    .where(
      and(eq(emailChanges.change_id, change_id), isNull(emailChanges.ended_at), gte(emailChanges.expires_at, now)),
    );
}

const ended = (now: number, outcome: 'done' | 'called_off') => ({ ended_at: now, outcome });

/** Lets the addresses go that changes were to: where a change is done, the contact has the address as a person of its own. */
function emptyAddresses(db: Database, of: SQL, now: number): Statement {
  return db.run(
    sql`UPDATE ${people} SET email = NULL, name = NULL, company = NULL, address_hash = NULL, match_hash = NULL, erased_at = ${now}
      WHERE erased_at IS NULL AND person_id IN (SELECT person_id FROM ${emailChanges} WHERE ${of})`,
  );
}

/** The statements that end a change as done; they let the batch pass only while both sides have confirmed it and it waits. */
export function endAsDone(db: Database, change_id: string, now: number): Statement[] {
  return [
    expectThat(
      db,
      sql`EXISTS (SELECT 1 FROM ${emailChanges} WHERE change_id = ${change_id} AND ended_at IS NULL AND expires_at >= ${now}
        AND former_confirmed_at IS NOT NULL AND new_confirmed_at IS NOT NULL)`,
    ),
    emptyAddresses(db, sql`change_id = ${change_id}`, now),
    db.update(emailChanges).set(ended(now, 'done')).where(eq(emailChanges.change_id, change_id)),
  ];
}

/** The statements that call off whatever change of a partner's address waits. */
export function callOffAll(db: Database, partner_id: string, now: number): Statement[] {
  const waits = sql`partner_id = ${partner_id} AND ended_at IS NULL`;
  return [emptyAddresses(db, waits, now), db.update(emailChanges).set(ended(now, 'called_off')).where(waits)];
}

/** Lets the addresses of changes go that have lapsed, and in time the changes themselves: those asked for before `before`. */
export async function sweepEmailChanges(db: Database, now: number, before: number): Promise<void> {
  await db.batch([
    db
      .update(people)
      .set({ email: null, name: null, company: null, address_hash: null, match_hash: null, erased_at: now })
      .where(
        sql`erased_at IS NULL AND person_id IN (SELECT person_id FROM ${emailChanges} WHERE ended_at IS NOT NULL OR expires_at < ${now})`,
      ),
    db.delete(emailChanges).where(sql`asked_at < ${before}`),
  ]);
}
