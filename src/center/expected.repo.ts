import { and, asc, eq, gt } from 'drizzle-orm';

import { expectedClients } from '../expected/expected.schema.ts';
import type { Received } from '../expected/list.rules.ts';
import type { Database } from '../program/commit.repo.ts';

/** What the partner was told of a list's rows, from behind a row on; reads `limit` rows. */
export async function receivedRows(
  db: Database,
  list_id: string,
  after: number,
  limit: number,
): Promise<{ row: number; received: Received }[]> {
  return db
    .select({ row: expectedClients.row, received: expectedClients.received })
    .from(expectedClients)
    .where(and(eq(expectedClients.list_id, list_id), gt(expectedClients.row, after)))
    .orderBy(asc(expectedClients.row))
    .limit(limit);
}
