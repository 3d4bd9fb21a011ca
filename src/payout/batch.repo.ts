import { and, asc, desc, eq, gt, lt, sql, getTableColumns } from 'drizzle-orm';

import { GATES, type Gate, type GateName } from '../explain/gate.ts';
import { closes } from '../ledger/ledger.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { batches, payouts, payoutSkips, type BatchRow, type PayoutRow } from './payout.schema.ts';

/** The pay days of the latest batch and of the latest close; null before the first. Two queries. */
export async function latestBatches(db: Database): Promise<{ begun: string | null; closed: string | null }> {
  const [batch, close] = await db.batch([
    db.select({ pay_date: batches.pay_date }).from(batches).orderBy(desc(batches.pay_date)).limit(1),
    db.select({ pay_date: closes.pay_date }).from(closes).orderBy(desc(closes.pay_date)).limit(1),
  ]);
  return { begun: batch[0]?.pay_date ?? null, closed: close[0]?.pay_date ?? null };
}

/** The statement that reads the latest batch whose freeze is dated up to an instant. */
export function latestFrozenQuery(db: Database, at: number) {
  return db
    .select({ pay_date: batches.pay_date })
    .from(batches)
    .where(sql`${batches.frozen_at} <= ${at}`)
    .orderBy(desc(batches.pay_date))
    .limit(1);
}

/** The pay day of the latest batch whose freeze is dated up to an instant; null where there is none (for `nextPayDay`). */
export async function latestFrozen(db: Database, at: number): Promise<string | null> {
  const [row] = await latestFrozenQuery(db, at);
  return row?.pay_date ?? null;
}

/** One batch by its pay day. */
export async function findBatch(db: Database, pay_date: string): Promise<BatchRow | null> {
  const [row] = await db.select().from(batches).where(eq(batches.pay_date, pay_date));
  return row ?? null;
}

/** Batches, the latest first, from before a pay day on. Reads one row more than asked for. */
export async function listBatches(db: Database, before: string | null, limit: number): Promise<BatchRow[]> {
  return db
    .select()
    .from(batches)
    .where(before === null ? undefined : lt(batches.pay_date, before))
    .orderBy(desc(batches.pay_date))
    .limit(limit + 1);
}

/** A batch's payouts in the partners' order, from after a partner on. Reads one row more than asked for. */
export async function payoutsOfBatch(
  db: Database,
  pay_date: string,
  after: string | null,
  limit: number,
): Promise<PayoutRow[]> {
  return db
    .select()
    .from(payouts)
    .where(and(eq(payouts.pay_date, pay_date), after === null ? undefined : gt(payouts.partner_id, after)))
    .orderBy(asc(payouts.partner_id))
    .limit(limit + 1);
}

/** Somebody with something due whom a batch did not pay, with the gates that the freeze decided by. */
export interface SkippedPartner {
  partner_id: string;
  amount: number;
  gates: Gate[];
}

/** A batch's skipped partners in order, from after a partner on. Reads one row more than asked for. */
export async function skippedOfBatch(
  db: Database,
  pay_date: string,
  after: string | null,
  limit: number,
): Promise<SkippedPartner[]> {
  const rows = await db
    .select()
    .from(payoutSkips)
    .where(and(eq(payoutSkips.pay_date, pay_date), after === null ? undefined : gt(payoutSkips.partner_id, after)))
    .orderBy(asc(payoutSkips.partner_id))
    .limit(limit + 1);
  return rows.map(({ partner_id, amount, gates }) => ({ partner_id, amount, gates: unpackGates(gates) }));
}

/** Why a partner was skipped on a pay day; null where they were not. */
export async function findSkip(db: Database, pay_date: string, partner_id: string): Promise<SkippedPartner | null> {
  const [row] = await db
    .select()
    .from(payoutSkips)
    .where(and(eq(payoutSkips.pay_date, pay_date), eq(payoutSkips.partner_id, partner_id)));
  return row ? { partner_id, amount: row.amount, gates: unpackGates(row.gates) } : null;
}

function unpackGates(packed: string): Gate[] {
  const gates: [GateName, 0 | 1, string, string | null][] = JSON.parse(packed);
  return gates.map(([gate, passed, detail, opens_on]) => {
    return { gate, clause: GATES[gate], passed: passed === 1, detail, opens_on };
  });
}

/** A partner's payout with what its batch says. */
export type PartnerPayout = PayoutRow &
  Pick<BatchRow, 'week_start_on' | 'week_end_on' | 'frozen_at' | 'currency' | 'approval_reasons' | 'approved_at'> & {
    batch_status: BatchRow['status'];
  };

/** A partner's payouts, the latest first, from before a pay day on, found by walking the batches. Reads one row more than asked for. */
export async function payoutsOfPartner(
  db: Database,
  partner_id: string,
  before: string | null,
  limit: number,
): Promise<PartnerPayout[]> {
  const batch = {
    week_start_on: batches.week_start_on,
    week_end_on: batches.week_end_on,
    frozen_at: batches.frozen_at,
    currency: batches.currency,
    approval_reasons: batches.approval_reasons,
    approved_at: batches.approved_at,
    batch_status: batches.status,
  };
  const payout = getTableColumns(payouts);
  const earlier = before === null ? sql`true` : sql`${batches.pay_date} < ${before}`;
  return db
    .select({ ...payout, ...batch })
    .from(batches)
    .crossJoin(payouts)
    .where(sql`${payouts.pay_date} = ${batches.pay_date} AND ${payouts.partner_id} = ${partner_id} AND ${earlier}`)
    .orderBy(desc(batches.pay_date))
    .limit(limit + 1);
}

/** A payout by its id, with what its batch says. */
export async function findPayout(db: Database, payout_id: string): Promise<PayoutRow | null> {
  const [row] = await db.select().from(payouts).where(eq(payouts.payout_id, payout_id));
  return row ?? null;
}
