import { and, asc, eq, gt, isNull, or, sql } from 'drizzle-orm';

import { authUsers } from '../identity/identity.schema.ts';
import { partnerFacts } from '../partner/partner.schema.ts';
import { documents, people } from '../people/people.schema.ts';
import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { applications } from './application.schema.ts';

export type ApplicationRow = typeof applications.$inferSelect;

/** The statements that record that somebody has applied; with another application of the same address waiting their batch is a conflict. */
export function insertApplication(
  db: Database,
  application: Pick<ApplicationRow, 'partner_id' | 'address_hash' | 'applied_at'>,
): Statement[] {
  return [
    expectThat(
      db,
      sql`NOT EXISTS (SELECT 1 FROM ${applications} WHERE address_hash = ${application.address_hash} AND decided_at IS NULL)`,
    ),
    insertRows(db, applications, [{ ...application, decided_at: null, decided_by: null, decision: null }]),
  ];
}

/** Whether an address is known here: of an application that waits, of a partner's contact, of somebody who signs in. */
export async function addressKnown(
  db: Database,
  { address_hash, email }: { address_hash: string; email: string },
): Promise<boolean> {
  const [row] = await db.all<{ known: number }>(
    sql`SELECT EXISTS (SELECT 1 FROM ${applications} WHERE address_hash = ${address_hash} AND decided_at IS NULL)
      OR EXISTS (SELECT 1 FROM ${authUsers} WHERE email = ${email.trim().toLowerCase()})
      OR EXISTS (SELECT 1 FROM ${people} AS p JOIN ${partnerFacts} AS f ON f.value = p.person_id AND f.field = 'contact'
        JOIN ${partnerFacts} AS s ON s.partner_id = f.partner_id AND s.field = 'status'
        WHERE p.address_hash = ${address_hash} AND s.n = (SELECT max(l.n) FROM ${partnerFacts} AS l WHERE l.partner_id = f.partner_id AND l.field = 'status')
          AND s.value <> 'closed') AS known`,
  );
  return row?.known === 1;
}

/** An application as an operator reads it. */
export interface ApplicationSeen extends ApplicationRow {
  name: string | null;
  email: string | null;
  country: string | null;
  /** What they wrote; null where it has been erased. */
  text: string | null;
  /** Why it was decided so: the reason of the change of status; null where none was given, or it waits. */
  reason: string | null;
}

/** What a fact of the applicant says now. */
function fact(field: 'contact' | 'country') {
  return sql`(SELECT f.value FROM ${partnerFacts} AS f WHERE f.partner_id = ${applications.partner_id} AND f.field = ${field} ORDER BY f.n DESC LIMIT 1)`;
}

function seenQuery(db: Database) {
  return db
    .select({
      partner_id: applications.partner_id,
      address_hash: applications.address_hash,
      applied_at: applications.applied_at,
      decided_at: applications.decided_at,
      decided_by: applications.decided_by,
      decision: applications.decision,
      name: people.name,
      email: people.email,
      country: sql<string | null>`${fact('country')}`,
      text: sql<
        string | null
      >`(SELECT d.body FROM ${documents} AS d WHERE d.subject = 'partner:' || ${applications.partner_id} AND d.kind = 'application' LIMIT 1)`,
      reason: sql<
        string | null
      >`(SELECT f.reason FROM ${partnerFacts} AS f WHERE f.partner_id = ${applications.partner_id} AND f.field = 'status' AND f.at = ${applications.decided_at} ORDER BY f.n DESC LIMIT 1)`,
    })
    .from(applications)
    .leftJoin(people, sql`${people.person_id} = ${fact('contact')}`);
}

/** Applications that wait, the longest waiting first, 100 at most. `after`: the last one seen. */
export function waitingApplications(
  db: Database,
  after: { applied_at: number; partner_id: string } | null,
): Promise<ApplicationSeen[]> {
  const from = after
    ? or(
        gt(applications.applied_at, after.applied_at),
        and(eq(applications.applied_at, after.applied_at), gt(applications.partner_id, after.partner_id)),
      )
    : undefined;
  return seenQuery(db)
    .where(and(isNull(applications.decided_at), from))
    .orderBy(asc(applications.applied_at), asc(applications.partner_id))
    .limit(100);
}

/** One application; null where there is none. */
export async function findApplication(db: Database, partner_id: string): Promise<ApplicationSeen | null> {
  const [row] = await seenQuery(db).where(eq(applications.partner_id, partner_id));
  return row ?? null;
}

/** The statement that decides an application that waits; it does nothing where there is none. */
export function decideStatement(
  db: Database,
  decided: { partner_id: string; decision: 'approved' | 'declined'; by: string; at: number },
): Statement {
  const { partner_id, decision, by, at } = decided;
  return db
    .update(applications)
    .set({ decision, decided_at: at, decided_by: by })
    .where(and(eq(applications.partner_id, partner_id), isNull(applications.decided_at)));
}
