import type { QueryCost } from '../http/cost.ts';
import { linkKvEntry, linkKvKey, readLinkKvValue, type KnownLink } from './link-lookup.rules.ts';

// Written as text: the front door carries no query builder. A partner's first status holds for all earlier instants too.
const LINK_AT = `
  SELECT l.partner_id, l.destination,
    coalesce((SELECT s.retired FROM link_states AS s WHERE s.code = l.code AND s.at <= ?2 ORDER BY s.at DESC LIMIT 1), 0) AS retired,
    coalesce(
      (SELECT f.value FROM partner_facts AS f
        WHERE f.partner_id = l.partner_id AND f.field = 'status' AND f.at <= ?2 ORDER BY f.n DESC LIMIT 1),
      (SELECT f.value FROM partner_facts AS f WHERE f.partner_id = l.partner_id AND f.field = 'status' ORDER BY f.n LIMIT 1)
    ) AS status
  FROM links AS l WHERE l.code = ?1`;

interface LinkRow {
  partner_id: string;
  destination: string;
  retired: number;
  status: string | null;
}

/** What the books, the authority, say of a code (lower case) at an instant. Adds to `cost`. */
export async function linkInBooks(books: D1Database, code: string, now: number, cost: QueryCost): Promise<KnownLink> {
  const { results, meta } = await books.prepare(LINK_AT).bind(code, now).all<LinkRow>();
  cost.queries += 1;
  cost.rows_read += meta.rows_read;
  cost.rows_written += meta.rows_written;
  const [row] = results;
  if (!row || row.retired !== 0 || row.status !== 'active') return { state: 'gone' };
  return { state: 'live', partner_id: row.partner_id, destination: row.destination };
}

/** What the mirror says of a code; null where it holds nothing. */
export async function linkInMirror(mirror: KVNamespace, code: string): Promise<KnownLink | null> {
  return readLinkKvValue(await mirror.get(linkKvKey(code)));
}

/** Puts a link as it stands into the mirror. */
export async function putInMirror(mirror: KVNamespace, code: string, link: KnownLink): Promise<void> {
  const { key, value } = linkKvEntry(code, link);
  await mirror.put(key, value);
}
