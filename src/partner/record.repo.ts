import { eq, sql, type SQL } from 'drizzle-orm';

import { holds } from '../hold/hold.schema.ts';
import { payouts } from '../payout/payout.schema.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { CameBack, PartnerFact, PartnerHold, PartnerRecord } from './facts.rules.ts';
import { partnerFacts, payees } from './partner.schema.ts';

type Of<Row> = Row & { partner_id: string };

const amongIds = (owner: SQL) => sql`${owner} = ids.value`;

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
  return [facts, ...otherQueries(db, sql`json_each(${ids}) AS ids`, amongIds)] as const;
}

/** The statements that read what is known of partners besides their facts: of those in `from`, whose rows `of` picks by their owner. */
function otherQueries(db: Database, from: SQL, of: (owner: SQL) => SQL) {
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
    .from(from)
    .crossJoin(holds)
    .leftJoin(people, eq(people.person_id, holds.person_id))
    .where(sql`${of(sql`${holds.partner_id}`)} AND ${holds.kind} IN ('residency', 'address_in_use', 'country_change')`);
  const came_back = db
    .select({
      partner_id: payouts.partner_id,
      person_id: payouts.person_id,
      address_hash: people.address_hash,
      at: payouts.status_at,
    })
    .from(from)
    .crossJoin(payouts)
    .leftJoin(people, eq(people.person_id, payouts.person_id))
    .where(sql`${of(sql`${payouts.partner_id}`)} AND ${payouts.fault} = 'receiver'`);
  return [held, came_back] as const;
}

/** The statements that read what is known besides their facts of all partners from one to another, both included. */
export function rangeQueries(db: Database, first: string, last: string) {
  return otherQueries(db, sql`(SELECT 1) AS one`, (owner) => sql`${owner} BETWEEN ${first} AND ${last}`);
}

/** What the gates ask of a partner's facts, as `payees` keeps it in one row, with the hash of the last address. */
export interface Payee {
  /** JSON: [n, field, value, at] each, in their order. */
  facts: string;
  paypal: string | null;
  address_hash: string | null;
  /** JSON: the hashes of all addresses by their persons; null where there is one at most. */
  hashes: string | null;
}

/** The hashes of all addresses among a payee's facts, where there have been several: only then are they looked for. */
export function formerHashes(facts: SQL): SQL<string | null> {
  const several = sql`length(${facts}) - length(replace(${facts}, '"paypal"', '')) > length('"paypal"')`;
  return sql`CASE WHEN ${several} THEN (SELECT json_group_object(h.person_id, h.address_hash) FROM json_each(${facts}) AS f CROSS JOIN people AS h
    WHERE f.value ->> 1 = 'paypal' AND h.person_id = f.value ->> 2) END`;
}

/** The statement that reads one partner's row of `payees`; give it to `payeeFacts`. */
export function payeeQuery(db: Database, partner_id: string) {
  const { facts, paypal } = payees;
  return db
    .select({ facts, paypal, address_hash: people.address_hash, hashes: formerHashes(sql`${facts}`) })
    .from(payees)
    .leftJoin(people, eq(people.person_id, paypal))
    .where(eq(payees.partner_id, partner_id));
}

/** A payee's facts, addresses with their hashes. */
export function payeeFacts({ facts, paypal, address_hash, hashes }: Payee): PartnerFact[] {
  const known: [number, PartnerFact['field'], string | null, number][] = JSON.parse(facts);
  const all: Record<string, string | null> = hashes === null ? {} : JSON.parse(hashes);
  return known.map(([n, field, value, at]) => {
    const hash = value === paypal ? address_hash : (all[value ?? ''] ?? null);
    return { n, field, value, at, address_hash: field === 'paypal' ? hash : null };
  });
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
