import { asc, eq, sql } from 'drizzle-orm';

import type { HoldRow } from '../hold/hold.rules.ts';
import { holds } from '../hold/hold.schema.ts';
import { partnerAt, type PartnerStatus } from '../partner/facts.rules.ts';
import { partnerFacts, partners } from '../partner/partner.schema.ts';
import { partnerRecords, recordQueries } from '../partner/record.repo.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';

/** What is looked for: an id's beginning, a part of a name, or (its folded hash) an address on file, present or former. */
export type PartnerSearch = { text: string } | { match_hash: string };

/** A partner in a list. */
export interface FoundPartner {
  partner_id: string;
  name: string | null;
  email: string | null;
  status: PartnerStatus;
}

/** Partners that fit, by id, from after `after` on; one more than `limit` tells that there are more. Four queries. */
export async function searchPartners(
  db: Database,
  search: PartnerSearch,
  page: { after: string | null; limit: number; now: number },
): Promise<FoundPartner[]> {
  const { after, limit, now } = page;
  const fits =
    'text' in search
      ? sql`(substr(lower(p.partner_id), 1, length(${search.text})) = lower(${search.text}) OR instr(lower(coalesce(c.name, '')), lower(${search.text})) > 0)`
      : sql`p.partner_id IN (SELECT f.partner_id FROM ${people} AS h CROSS JOIN ${partnerFacts} AS f
          ON f.value = h.person_id AND f.field IN ('contact', 'paypal') WHERE h.match_hash = ${search.match_hash})`;
  const rows = await db.all<Omit<FoundPartner, 'status'>>(sql`SELECT p.partner_id, c.name, c.email
    FROM ${partners} AS p LEFT JOIN ${people} AS c ON c.person_id = (SELECT f.value FROM ${partnerFacts} AS f
      WHERE f.partner_id = p.partner_id AND f.field = 'contact' ORDER BY f.n DESC LIMIT 1)
    WHERE p.partner_id > ${after ?? ''} AND ${fits} ORDER BY p.partner_id LIMIT ${limit + 1}`);
  const ids = rows.map((row) => row.partner_id);
  const [facts, held, came_back] = await db.batch(recordQueries(db, ids));
  const records = partnerRecords(ids, facts, held, came_back);
  return rows.map((row) => {
    const record = records.get(row.partner_id) ?? { facts: [], holds: [], came_back: [] };
    return { ...row, status: partnerAt(record, now).status };
  });
}

/** Who said each of a partner's dated facts, and why, by the fact's number. */
export async function sayersOfFacts(
  db: Database,
  partner_id: string,
): Promise<Map<number, { by: string; reason: string | null }>> {
  const rows = await db
    .select({ n: partnerFacts.n, by: partnerFacts.by, reason: partnerFacts.reason })
    .from(partnerFacts)
    .where(eq(partnerFacts.partner_id, partner_id));
  return new Map(rows.map(({ n, by, reason }) => [n, { by, reason }]));
}

/** A partner's holds, the oldest first. */
export async function holdsOfPartner(db: Database, partner_id: string): Promise<HoldRow[]> {
  return db
    .select()
    .from(holds)
    .where(eq(holds.partner_id, partner_id))
    .orderBy(asc(holds.opened_at), asc(holds.hold_id));
}
