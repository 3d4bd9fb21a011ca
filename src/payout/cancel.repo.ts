import { eq, sql } from 'drizzle-orm';

import { expectThat, insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import type { Unclaimed } from './cancel.rules.ts';
import { payoutCancellations, type CancellationRow } from './cancel.schema.ts';
import { payouts, type PayoutRow } from './payout.schema.ts';

interface UnclaimedRow extends Omit<CancellationRow, 'cause'> {
  person_id: string;
  cause: CancellationRow['cause'] | null;
  fact_at: number | null;
  fact_by: string | null;
  fact_value: string | null;
}

/** The payouts that stand UNCLAIMED, of one partner or (null) of all, each with what says whether it is to be called back. */
export async function unclaimedPayouts(db: Database, partner_id: string | null): Promise<Unclaimed[]> {
  const own = partner_id === null ? sql`` : sql` AND p.partner_id = ${partner_id}`;
  const rows =
    await db.all<UnclaimedRow>(sql`SELECT p.payout_id, p.person_id, c.cause, c.asked_at, c.asked_by, c.tried_at,
      f.value AS fact_value, f.at AS fact_at, f."by" AS fact_by
    FROM payouts AS p LEFT JOIN payout_cancellations AS c ON c.payout_id = p.payout_id
    LEFT JOIN partner_facts AS f ON f.partner_id = p.partner_id
      AND f.n = (SELECT max(l.n) FROM partner_facts AS l WHERE l.partner_id = p.partner_id AND l.field = 'paypal')
    WHERE p.status = 'unclaimed'${own} ORDER BY p.partner_id, p.payout_id`);
  return rows.map(({ payout_id, person_id, cause, asked_at, asked_by, tried_at, fact_at, fact_by, fact_value }) => ({
    payout_id,
    person_id,
    cancellation: cause === null ? null : { payout_id, cause, asked_at, asked_by, tried_at },
    on_file: fact_at === null ? null : { person_id: fact_value, at: fact_at, by: fact_by ?? '' },
  }));
}

/** A payout with its cancellation, in one snapshot; null where there is none of either. */
export async function readCancellable(
  db: Database,
  payout_id: string,
): Promise<{ payout: PayoutRow | null; cancellation: CancellationRow | null }> {
  const [found, asked] = await db.batch([
    db.select().from(payouts).where(eq(payouts.payout_id, payout_id)),
    db.select().from(payoutCancellations).where(eq(payoutCancellations.payout_id, payout_id)),
  ]);
  return { payout: found[0] ?? null, cancellation: asked[0] ?? null };
}

/** The statements that keep a wish, once, and only while the payout still stands UNCLAIMED. */
export function keepWish(db: Database, wish: CancellationRow): Statement[] {
  const { payout_id } = wish;
  return [
    expectThat(
      db,
      sql`EXISTS (SELECT 1 FROM payouts AS p WHERE p.payout_id = ${payout_id} AND p.status = 'unclaimed')
        AND NOT EXISTS (SELECT 1 FROM payout_cancellations AS c WHERE c.payout_id = ${payout_id})`,
    ),
    insertRows(db, payoutCancellations, [wish]),
  ];
}

/** The statement that keeps when PayPal was told to cancel, with the cancellation itself where nobody has written it yet. */
export function keepTry(db: Database, wish: CancellationRow, tried_at: number): Statement {
  return db
    .insert(payoutCancellations)
    .values({ ...wish, tried_at })
    .onConflictDoUpdate({ target: payoutCancellations.payout_id, set: { tried_at } });
}
