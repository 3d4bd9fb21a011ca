import { eq, sql } from 'drizzle-orm';

import { holds } from '../hold/hold.schema.ts';
import { payouts } from '../payout/payout.schema.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { CameBack, PartnerFact, PartnerHold, PartnerRecord } from './facts.rules.ts';
import { partnerFacts } from './partner.schema.ts';

type Of<Row> = Row & { partner_id: string };

/** The statements that read everything known of partners, for one snapshot; give their rows to `partnerRecords`. */
export function recordQueries(db: Database, partner_ids: readonly string[]) {
  const ids = JSON.stringify(partner_ids);
  // The ids come first in every plan: each partner is a seek.
  const facts = db
    .select({
      partner_id: partnerFacts.partner_id,
      n: partnerFacts.n,
      field: partnerFacts.field,
      value: partnerFacts.value,
      at: partnerFacts.at,
      address_hash: people.address_hash,
    })
    .from(sql`json_each(${ids}) AS ids`)
    .crossJoin(partnerFacts)
    .leftJoin(
      people,
      sql`${partnerFacts.field} IN ('contact', 'paypal') AND ${people.person_id} = ${partnerFacts.value}`,
    )
    .where(sql`${partnerFacts.partner_id} = ids.value`);
  const held = db
    .select({
      partner_id: sql<string>`${holds.partner_id}`,
      kind: sql<PartnerHold['kind']>`${holds.kind}`,
      person_id: holds.person_id,
      address_hash: people.address_hash,
      opened_at: holds.opened_at,
      decision: holds.decision,
      decided_at: holds.decided_at,
    })
    .from(sql`json_each(${ids}) AS ids`)
    .crossJoin(holds)
    .leftJoin(people, eq(people.person_id, holds.person_id))
    .where(sql`${holds.partner_id} = ids.value AND ${holds.kind} IN ('residency', 'address_in_use', 'country_change')`);
  const came_back = db
    .select({
      partner_id: payouts.partner_id,
      person_id: payouts.person_id,
      address_hash: people.address_hash,
      at: payouts.status_at,
    })
    .from(sql`json_each(${ids}) AS ids`)
    .crossJoin(payouts)
    .leftJoin(people, eq(people.person_id, payouts.person_id))
    .where(sql`${payouts.partner_id} = ids.value AND ${payouts.fault} = 'receiver'`);
  return [facts, held, came_back] as const;
}

/** The records of partners out of the rows read; one for each id, empty where nothing is known. */
export function partnerRecords(
  partner_ids: readonly string[],
  facts: readonly Of<PartnerFact>[],
  held: readonly Of<PartnerHold>[],
  came_back: readonly Of<CameBack>[],
): Map<string, PartnerRecord> {
  const factsOf = Map.groupBy(
    facts.toSorted((a, b) => a.n - b.n),
    (row) => row.partner_id,
  );
  const holdsOf = Map.groupBy(held, (row) => row.partner_id);
  const backOf = Map.groupBy(came_back, (row) => row.partner_id);
  return new Map(
    partner_ids.map((id) => [
      id,
      { facts: factsOf.get(id) ?? [], holds: holdsOf.get(id) ?? [], came_back: backOf.get(id) ?? [] },
    ]),
  );
}

/** Everything known of one partner that bears on whether they are paid. */
export async function readPartnerRecord(db: Database, partner_id: string): Promise<PartnerRecord> {
  const [facts, held, came_back] = await db.batch(recordQueries(db, [partner_id]));
  const record = partnerRecords([partner_id], facts, held, came_back).get(partner_id);
  return record ?? { facts: [], holds: [], came_back: [] };
}
