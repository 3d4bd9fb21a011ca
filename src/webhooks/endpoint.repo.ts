import { and, asc, desc, eq, gt, isNull, lt, ne, or, sql } from 'drizzle-orm';

import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { EndpointChange, EndpointRow } from './delivery.rules.ts';
import type { Sealed } from './seal.ts';
import { webhookDeliveries, webhookEndpoints, webhookSecrets } from './webhook.schema.ts';

export type SecretRow = typeof webhookSecrets.$inferSelect;

/** Endpoints by id, from after one on; `limit` rows. */
export async function listEndpoints(db: Database, after: string | null, limit: number): Promise<EndpointRow[]> {
  return db
    .select()
    .from(webhookEndpoints)
    .where(after === null ? undefined : gt(webhookEndpoints.endpoint_id, after))
    .orderBy(asc(webhookEndpoints.endpoint_id))
    .limit(limit);
}

export async function countEndpoints(db: Database): Promise<number> {
  return db.$count(webhookEndpoints);
}

/** One endpoint, or null. */
export async function findEndpoint(db: Database, endpoint_id: string): Promise<EndpointRow | null> {
  const [row] = await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.endpoint_id, endpoint_id));
  return row ?? null;
}

/** The statement that keeps a new endpoint. */
export function insertEndpoint(db: Database, row: EndpointRow): Statement {
  return insertRows(db, webhookEndpoints, [row]);
}

/** The statement that changes an endpoint. */
export function changeEndpoint(
  db: Database,
  endpoint_id: string,
  change: EndpointChange & Partial<Pick<EndpointRow, 'url' | 'types'>>,
): Statement {
  return db.update(webhookEndpoints).set(change).where(eq(webhookEndpoints.endpoint_id, endpoint_id));
}

/** Whether an endpoint is enabled, as a statement that lets a write pass only then. */
export function expectEnabled(db: Database, endpoint_id: string): Statement {
  return expectThat(
    db,
    sql`EXISTS (SELECT 1 FROM ${webhookEndpoints} AS e WHERE e.endpoint_id = ${endpoint_id} AND e.status = 'enabled')`,
  );
}

/** The statements that remove an endpoint with its secrets and the log of its deliveries. */
export function removeEndpoint(db: Database, endpoint_id: string): Statement[] {
  return [
    db.delete(webhookDeliveries).where(eq(webhookDeliveries.endpoint_id, endpoint_id)),
    db.delete(webhookSecrets).where(eq(webhookSecrets.endpoint_id, endpoint_id)),
    db.delete(webhookEndpoints).where(eq(webhookEndpoints.endpoint_id, endpoint_id)),
  ];
}

/** The statement that keeps a secret. Two rotations at once make the same `n`: the second is refused by its key. */
export function insertSecret(db: Database, row: SecretRow): Statement {
  return insertRows(db, webhookSecrets, [row]);
}

/** The statements by which a new secret takes over from the `n`-th: that one is valid up to an instant, those before it are gone. */
export function retireSecrets(db: Database, endpoint_id: string, n: number, valid_until: number): Statement[] {
  const present = sql`(SELECT max(s.n) FROM ${webhookSecrets} AS s WHERE s.endpoint_id = ${endpoint_id})`;
  return [
    expectThat(db, sql`${present} = ${n}`),
    db.delete(webhookSecrets).where(and(eq(webhookSecrets.endpoint_id, endpoint_id), lt(webhookSecrets.n, n))),
    db
      .update(webhookSecrets)
      .set({ valid_until })
      .where(and(eq(webhookSecrets.endpoint_id, endpoint_id), eq(webhookSecrets.n, n))),
  ];
}

/** The secrets of an endpoint that sign at an instant, the present one first: two at most. */
export async function validSecrets(db: Database, endpoint_id: string, now: number): Promise<SecretRow[]> {
  return db
    .select()
    .from(webhookSecrets)
    .where(
      and(
        eq(webhookSecrets.endpoint_id, endpoint_id),
        or(isNull(webhookSecrets.valid_until), gt(webhookSecrets.valid_until, now)),
      ),
    )
    .orderBy(desc(webhookSecrets.n));
}

/** Secrets that are sealed with another key than the present one. */
export async function secretsSealedOtherwise(db: Database, kid: string): Promise<SecretRow[]> {
  return db.select().from(webhookSecrets).where(ne(webhookSecrets.kid, kid)).limit(100);
}

/** Seals a secret anew, where it is still sealed as it was read. */
export async function resealSecret(db: Database, row: SecretRow, sealed: Sealed): Promise<void> {
  await db
    .update(webhookSecrets)
    .set(sealed)
    .where(
      and(
        eq(webhookSecrets.endpoint_id, row.endpoint_id),
        eq(webhookSecrets.n, row.n),
        eq(webhookSecrets.sealed, row.sealed),
      ),
    );
}

/** Removes secrets that have not been valid since an instant. */
export async function forgetSecrets(db: Database, now: number): Promise<void> {
  await db.delete(webhookSecrets).where(lt(webhookSecrets.valid_until, now));
}
