import { and, asc, eq, gt, sql } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { LinkRow } from './link.rules.ts';
import { links, linkStates } from './partner.schema.ts';

/** A link with whether it is retired at an instant. A link without a state is live. */
export type StoredLink = LinkRow & { retired: boolean };

function linkQuery(db: Database, now: number) {
  // Spelt out: drizzle names a column of a single table's select without its table, and inside it would be the states' own code.
  return db
    .select({
      code: links.code,
      shown_code: links.shown_code,
      partner_id: links.partner_id,
      destination: links.destination,
      label: links.label,
      recorded_at: links.recorded_at,
      retired: sql<
        number | null
      >`(SELECT s.retired FROM ${linkStates} AS s WHERE s.code = ${links}.code AND s.at <= ${now} ORDER BY s.at DESC LIMIT 1)`,
    })
    .from(links);
}

/** A link by its code in plain form, whoever's it is. */
export async function findLink(db: Database, code: string, now = 0): Promise<StoredLink | null> {
  const [row] = await linkQuery(db, now).where(eq(links.code, code));
  return row ? { ...row, retired: row.retired === 1 } : null;
}

/** A partner's links by code, from after `after` on; reads `limit` of them. */
export async function listLinks(
  db: Database,
  query: { partner_id: string; now: number; after: string | null; limit: number },
): Promise<StoredLink[]> {
  const rows = await linkQuery(db, query.now)
    .where(and(eq(links.partner_id, query.partner_id), query.after === null ? undefined : gt(links.code, query.after)))
    .orderBy(asc(links.code))
    .limit(query.limit);
  return rows.map((row) => ({ ...row, retired: row.retired === 1 }));
}

/** The statement that keeps a new link. */
export function insertLink(db: Database, row: LinkRow): Statement {
  return insertRows(db, links, [row]);
}

/** The statement that changes where a link leads and how it is called. */
export function updateLink(
  db: Database,
  code: string,
  fields: { destination?: string; label?: string | null },
): Statement {
  return db.update(links).set(fields).where(eq(links.code, code));
}

/** The statement that retires a link or brings it back, from an instant on. */
export function setRetired(db: Database, code: string, retired: boolean, at: number): Statement {
  return db
    .insert(linkStates)
    .values({ code, at, retired: retired ? 1 : 0 })
    .onConflictDoUpdate({ target: [linkStates.code, linkStates.at], set: { retired: retired ? 1 : 0 } });
}

/** Links by their codes, or a partner's; at most `most`. */
export async function linksToMirror(
  db: Database,
  which: { codes: readonly string[] } | { partner_id: string },
  most: number,
): Promise<LinkRow[]> {
  const condition =
    'codes' in which
      ? sql`${links.code} IN (SELECT value FROM json_each(${JSON.stringify(which.codes)}))`
      : eq(links.partner_id, which.partner_id);
  return db.select().from(links).where(condition).orderBy(asc(links.code)).limit(most);
}
