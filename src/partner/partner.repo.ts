import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';

import { holds } from '../hold/hold.schema.ts';
import type { PersonRow } from '../people/people.repo.ts';
import { people } from '../people/people.schema.ts';
import {
  guardQuery,
  guardsFrom,
  insertRows,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import type { PartnerRecord } from './facts.rules.ts';
import type { PartnerFactRow, StoredFact, StoredPartner } from './partner.rules.ts';
import { partnerFacts, partners } from './partner.schema.ts';
import { partnerRecords, recordQueries } from './record.repo.ts';

/** The statement that reads the people that partners' facts point to. */
function personQuery(db: Database, partner_ids: readonly string[]) {
  return db
    .selectDistinct({
      person_id: people.person_id,
      email: people.email,
      name: people.name,
      match_hash: people.match_hash,
    })
    .from(partnerFacts)
    .innerJoin(people, eq(people.person_id, partnerFacts.value))
    .where(
      sql`${partnerFacts.partner_id} IN (SELECT value FROM json_each(${JSON.stringify(partner_ids)})) AND ${partnerFacts.field} IN ('contact', 'paypal')`,
    );
}

type Person = Pick<PersonRow, 'person_id' | 'email' | 'name' | 'match_hash'>;

/** Partners out of their rows: facts with the people they point to. */
function storedPartners(
  rows: readonly (typeof partners.$inferSelect)[],
  records: ReadonlyMap<string, PartnerRecord>,
  persons: readonly Person[],
): StoredPartner[] {
  const byId = new Map(persons.map((person) => [person.person_id, person]));
  return rows.map((row) => {
    const { facts = [], holds: held = [], came_back = [] } = records.get(row.partner_id) ?? {};
    const stored = facts.map((fact): StoredFact => {
      const person = fact.value === null ? undefined : byId.get(fact.value);
      return {
        ...fact,
        email: person?.email ?? null,
        name: person?.name ?? null,
        match_hash: person?.match_hash ?? null,
      };
    });
    return { ...row, facts: stored, holds: held, came_back };
  });
}

/** One partner with all that bears on its payouts, and the versions of subjects, in one snapshot; null where there is none. */
export async function readPartner(
  db: Database,
  partner_id: string,
  subjects: readonly string[] = [],
): Promise<{ partner: StoredPartner | null; guards: Guard[] }> {
  const [rows, facts, held, came_back, persons, guards] = await db.batch([
    db.select().from(partners).where(eq(partners.partner_id, partner_id)),
    ...recordQueries(db, [partner_id]),
    personQuery(db, [partner_id]),
    guardQuery(db, subjects),
  ]);
  const [partner] = storedPartners(rows, partnerRecords([partner_id], facts, held, came_back), persons);
  return { partner: partner ?? null, guards: guardsFrom(subjects, guards) };
}

/** Whether a partner exists. */
export async function partnerExists(db: Database, partner_id: string): Promise<boolean> {
  const [row] = await db.select().from(partners).where(eq(partners.partner_id, partner_id));
  return row !== undefined;
}

/** Partners by id, from after `after` on; reads `limit` of them. */
export async function listPartners(db: Database, after: string | null, limit: number): Promise<StoredPartner[]> {
  const rows = await db
    .select()
    .from(partners)
    .where(after === null ? undefined : gt(partners.partner_id, after))
    .orderBy(asc(partners.partner_id))
    .limit(limit);
  const ids = rows.map((row) => row.partner_id);
  const [facts, held, came_back, persons] = await db.batch([...recordQueries(db, ids), personQuery(db, ids)]);
  return storedPartners(rows, partnerRecords(ids, facts, held, came_back), persons);
}

/** P3: whether an address (its keyed hash) serves or has served another partner; one that waits for an operator's word, or was denied, does not count. */
export async function addressTaken(db: Database, partner_id: string, address_hash: string): Promise<boolean> {
  const [row] = await db.all<{ taken: number }>(sql`SELECT EXISTS (
    SELECT 1 FROM ${people} AS p CROSS JOIN ${partnerFacts} AS f ON f.value = p.person_id AND f.field IN ('contact', 'paypal')
    WHERE p.address_hash = ${address_hash} AND f.field = 'paypal' AND f.partner_id <> ${partner_id}
      AND NOT EXISTS (SELECT 1 FROM ${holds} AS h WHERE h.partner_id = f.partner_id AND h.person_id = p.person_id
        AND h.kind = 'address_in_use' AND coalesce(h.decision, 'deny') = 'deny')) AS taken`);
  return row?.taken === 1;
}

/** The statement that opens a partner's record. */
export function insertPartner(db: Database, partner_id: string, recorded_at: number): Statement {
  return insertRows(db, partners, [{ partner_id, recorded_at }]);
}

/** The statement that files dated facts. */
export function insertFacts(db: Database, rows: readonly PartnerFactRow[]): Statement {
  return insertRows(db, partnerFacts, rows);
}

/** The statement by which an operator who sets the country settles what waited for an operator's eye on it (P4). */
export function settleCountryHolds(db: Database, partner_id: string, who: { by: string; now: number }): Statement {
  return db
    .update(holds)
    .set({ decision: 'release', decided_at: who.now, decided_by: who.by, reason: 'an operator set the country' })
    .where(and(eq(holds.partner_id, partner_id), eq(holds.kind, 'country_change'), isNull(holds.decision)));
}
