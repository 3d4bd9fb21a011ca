import { asc, sql } from 'drizzle-orm';

import { inForce } from '../partner/facts.rules.ts';
import { links, linkStates, partnerFacts } from '../partner/partner.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { LinkStanding } from './last-click.rules.ts';

/** Dated states of links and of the partners they belong to, for asking what held at a click. */
export interface LinkHistory {
  at(code: string, clicked_at: number): LinkStanding;
}

/** Reads what the books know of these codes (lower case): D1 is the authority that a signup asks again (L1). */
export async function readLinkHistory(db: Database, codes: readonly string[]): Promise<LinkHistory> {
  if (codes.length === 0) return { at: () => null };
  const wanted = JSON.stringify([...new Set(codes)]);
  const [owners, states, statuses] = await db.batch([
    db
      .select({ code: links.code, partner_id: links.partner_id })
      .from(links)
      .where(sql`${links.code} IN (SELECT value FROM json_each(${wanted}))`),
    db
      .select()
      .from(linkStates)
      .where(sql`${linkStates.code} IN (SELECT value FROM json_each(${wanted}))`)
      .orderBy(asc(linkStates.at)),
    db
      .select({ partner_id: partnerFacts.partner_id, value: partnerFacts.value, at: partnerFacts.at })
      .from(partnerFacts)
      .where(
        sql`${partnerFacts.field} = 'status' AND ${partnerFacts.partner_id} IN
          (SELECT l.partner_id FROM ${links} AS l WHERE l.code IN (SELECT value FROM json_each(${wanted})))`,
      )
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
  ]);
  return {
    at(code, clicked_at) {
      const owner = owners.find((link) => link.code === code);
      if (!owner) return null;
      const retired = states.findLast((state) => state.code === code && state.at <= clicked_at)?.retired === 1;
      const own = statuses.filter((fact) => fact.partner_id === owner.partner_id);
      const status = inForce(own, clicked_at);
      return { partner_id: owner.partner_id, link_live: !retired, partner_active: status?.value === 'active' };
    },
  };
}
