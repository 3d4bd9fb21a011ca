import { sql } from 'drizzle-orm';

import { applications } from '../application/application.schema.ts';
import { partnerFacts } from '../partner/partner.schema.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** A partner with a contact of its own. */
export interface Contact {
  partner_id: string;
  email: string;
  name: string | null;
}

const present = (field: 'contact' | 'status') =>
  sql`(SELECT l.value FROM ${partnerFacts} AS l WHERE l.partner_id = f.partner_id AND l.field = ${field} ORDER BY l.n DESC LIMIT 1)`;

/** Whether a partner has been one: neither an applicant nor one whose application was declined. */
const wasPartner = sql`coalesce(${present('status')}, 'active') <> 'applied' AND NOT (${present('status')} IN ('closed', 'suspended')
  AND EXISTS (SELECT 1 FROM ${applications} AS a WHERE a.partner_id = f.partner_id AND a.decision = 'declined'))`;

/** Partners, applicants and declined ones left out, whose present contact has an address, by its hash; two at most. */
export function partnersReachedAt(db: Database, address_hash: string): Promise<Contact[]> {
  return db.all<Contact>(
    sql`SELECT f.partner_id AS partner_id, p.email AS email, p.name AS name
      FROM ${people} AS p JOIN ${partnerFacts} AS f ON f.value = p.person_id AND f.field = 'contact'
      WHERE p.address_hash = ${address_hash} AND p.erased_at IS NULL AND p.email IS NOT NULL
        AND ${present('contact')} = p.person_id AND ${wasPartner} LIMIT 2`,
  );
}

/** The present contact of a partner who is no applicant and was not declined; null where there is none. */
export async function contactOfPartner(db: Database, partner_id: string): Promise<Contact | null> {
  const [row] = await db.all<Contact>(
    sql`SELECT f.partner_id AS partner_id, p.email AS email, p.name AS name
      FROM ${partnerFacts} AS f JOIN ${people} AS p ON p.person_id = f.value
      WHERE f.partner_id = ${partner_id} AND f.field = 'contact' AND p.erased_at IS NULL AND p.email IS NOT NULL
        AND ${present('contact')} = p.person_id AND ${wasPartner}`,
  );
  return row ?? null;
}
