import { and, asc, eq, gt, inArray, isNotNull, isNull, sql, type SQL } from 'drizzle-orm';

import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { HoldRow } from './hold.rules.ts';
import { holds } from './hold.schema.ts';

/** The columns of a hold that keeps lines out of claims, for whoever tells what is held. */
export const lineHoldColumns = {
  kind: sql<'form_join' | 'self_referral' | 'dispute'>`${holds.kind}`,
  partner_id: holds.partner_id,
  account_id: holds.account_id,
  payment_id: holds.payment_id,
  opened_at: holds.opened_at,
  decided_at: holds.decided_at,
};

/** One hold by its id. */
export async function findHold(db: Database, hold_id: string): Promise<HoldRow | null> {
  const [row] = await db.select().from(holds).where(eq(holds.hold_id, hold_id));
  return row ?? null;
}

/** The statement that opens holds; one that has been opened before stays as it is. */
export function openHolds(db: Database, rows: readonly HoldRow[]): Statement {
  return insertRows(db, holds, rows, 'ignore');
}

/** The statement that decides an open hold. */
export function decideHoldRow(
  db: Database,
  hold_id: string,
  decision: 'release' | 'deny',
  who: { by: string; now: number },
  reason: string,
): Statement {
  return db
    .update(holds)
    .set({ decision, decided_at: who.now, decided_by: who.by, reason })
    .where(and(eq(holds.hold_id, hold_id), isNull(holds.decision)));
}

/** Holds by id, open or decided ones; `kind` narrows. One row more than `limit` tells that there are more. */
export async function listHolds(
  db: Database,
  query: { open: boolean; kind?: HoldRow['kind'] | undefined; after: string | null; limit: number },
): Promise<HoldRow[]> {
  return db
    .select()
    .from(holds)
    .where(
      and(
        query.open ? isNull(holds.decision) : isNotNull(holds.decision),
        query.kind === undefined ? undefined : eq(holds.kind, query.kind),
        query.after === null ? undefined : gt(holds.hold_id, query.after),
      ),
    )
    .orderBy(asc(holds.hold_id))
    .limit(query.limit + 1);
}

/** All holds of an account. */
export async function holdsOfAccount(db: Database, account_id: string): Promise<HoldRow[]> {
  return db
    .select()
    .from(holds)
    .where(eq(holds.account_id, account_id))
    .orderBy(sql`${holds.opened_at}`, asc(holds.hold_id));
}

/** How many holds on these accounts nobody has decided. */
export async function openHoldsOf(db: Database, account_ids: readonly string[]): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(holds)
    .where(and(inArray(holds.account_id, [...account_ids]), isNull(holds.decision)));
  return row?.n ?? 0;
}

/** The condition under which a hold is still to be decided. */
export function holdStillOpen(hold_id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM ${holds} WHERE ${holds.hold_id} = ${hold_id} AND ${holds.decision} IS NULL)`;
}
