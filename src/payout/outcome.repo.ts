import { eq, sql } from 'drizzle-orm';

import { openHolds } from '../hold/hold.repo.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { insertTransfers } from '../ledger/transfer.repo.ts';
import { tellCameBack, tellPaid } from '../mail/letters.ts';
import {
  guardQuery,
  guardsFrom,
  insertRows,
  subjectOf,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import { ON_THE_WAY, type Move } from './outcome.rules.ts';
import { batches, payouts, type BatchRow, type PayoutRow } from './payout.schema.ts';

/** A batch, payouts of it, and the versions that a decision about them rests on and moves. */
export interface PayoutState {
  batch: BatchRow | null;
  payouts: PayoutRow[];
  guards: Guard[];
}

/** Reads a batch with those of its payouts that are named, in one snapshot. */
export async function readPayouts(db: Database, pay_date: string, payout_ids: readonly string[]): Promise<PayoutState> {
  const subjects = [subjectOf('batch', pay_date)];
  const [batch, rows, guards] = await db.batch([
    db.select().from(batches).where(eq(batches.pay_date, pay_date)),
    db
      .select()
      .from(payouts)
      .where(
        sql`${payouts.payout_id} IN (SELECT value FROM json_each(${JSON.stringify(payout_ids)})) AND ${payouts.pay_date} = ${pay_date}`,
      ),
    guardQuery(db, subjects),
  ]);
  return { batch: batch[0] ?? null, payouts: rows, guards: guardsFrom(subjects, guards) };
}

/** The versions of partners whose gates a write changes. */
export async function partnerGuards(db: Database, partner_ids: readonly string[]): Promise<Guard[]> {
  const subjects = partner_ids.map((id) => subjectOf('partner', id));
  return guardsFrom(subjects, await guardQuery(db, subjects));
}

const ACCOUNTS = {
  freeze: ['partner', 'clearing'],
  paid: ['clearing', 'paid'],
  returned: ['clearing', 'partner'],
  came_back: ['paid', 'came_back'],
  reinstated: ['came_back', 'partner'],
  written_off: ['came_back', 'written_off'],
} as const;

/** One movement of a payout's money. A payout, or a part of one that went in several, has each kind once at most: its name says which. */
export interface PayoutTransfer {
  kind: keyof typeof ACCOUNTS;
  payout_id: string;
  partner_id: string;
  amount: number;
  at: number;
  part?: number;
}

/** The statement that moves payouts' money. */
export function moveMoney(db: Database, moves: readonly PayoutTransfer[], recorded_at: number): Statement {
  const rows = moves.map(({ kind, payout_id, partner_id, amount, at, part }) => {
    const [debit, credit] = ACCOUNTS[kind];
    const ref = part === undefined ? `${payout_id}:${kind}` : `${payout_id}.${part}:${kind}`;
    return { debit, credit, amount, kind, ref, partner_id, payout_id, at, recorded_at };
  });
  return insertTransfers(db, rows);
}

/** The statement that makes payouts' amounts due anew: one line `returned` each, payable from the answer on (P7). */
export function returnLines(
  db: Database,
  moves: readonly Omit<PayoutTransfer, 'kind'>[],
  recorded_at: number,
): Statement {
  const rows = moves.map(({ payout_id, partner_id, amount, at }) => {
    return { partner_id, kind: 'returned' as const, cause_id: payout_id, at, payable_at: at, amount, recorded_at };
  });
  return insertRows(db, lines, rows);
}

/** Whether a payout came back for a reason on the receiver's side (P3). */
function isAtReceiver({ transfer, fault }: Move): boolean {
  return transfer === 'returned' && fault === 'receiver';
}

/** The statements that record what became of payouts of one batch: statuses, money, lines due anew, holds, and the batch's own status. */
export function outcomeStatements(
  db: Database,
  pay_date: string,
  moves: readonly Move[],
  holds: readonly HoldRow[],
  now: number,
): Statement[] {
  const values = moves.map(({ payout_id, to, at, reference, reason, fault }) => {
    return { payout_id, to, at, reference, reason, fault };
  });
  const update =
    db.run(sql`UPDATE ${payouts} SET status = v.value ->> '$.to', status_at = v.value ->> '$.at', reference = v.value ->> '$.reference',
    reason = v.value ->> '$.reason', fault = v.value ->> '$.fault'
    FROM json_each(${JSON.stringify(values)}) AS v WHERE ${payouts}.payout_id = v.value ->> '$.payout_id'`);
  const money = moves.map(({ transfer: kind, payout_id, partner_id, amount, at }) => {
    return { kind, payout_id, partner_id, amount, at };
  });
  const back = money.filter((move) => move.kind === 'returned');
  return [
    update,
    moveMoney(db, money, now),
    ...(back.length > 0 ? [returnLines(db, back, now)] : []),
    ...(holds.length > 0 ? [openHolds(db, holds)] : []),
    ...tellPaid(
      db,
      pay_date,
      moves.filter(({ transfer }) => transfer === 'paid'),
      now,
    ),
    ...tellCameBack(db, pay_date, moves.filter(isAtReceiver), now),
    settleBatch(db, pay_date, now),
  ];
}

/**
 * The statement that brings a batch's status up to date: settled once no payout is on the way. Until then a batch on the export rail is in
 * flight from its first outcome on (`untouched`: none came), and one on PayPal stands as its sendings do.
 */
export function settleBatch(db: Database, pay_date: string, now: number, untouched = false): Statement {
  // From the last partner on: outcomes come in the partners' order, so what is still on the way is found at once.
  const left = sql`EXISTS (SELECT 1 FROM (SELECT 1 FROM payouts AS p WHERE p.pay_date = ${pay_date}
    AND p.status IN (${sql.join(
      ON_THE_WAY.map((status) => sql`${status}`),
      sql`, `,
    )}) ORDER BY p.partner_id DESC LIMIT 1))`;
  const sent = sql`SELECT 1 FROM sends AS s WHERE s.pay_date = ${pay_date}`;
  const status = sql`CASE WHEN NOT ${left} THEN 'settled'
    WHEN status = 'awaiting_approval' THEN status
    WHEN rail = 'export' THEN ${untouched ? sql`status` : sql`'in_flight'`}
    WHEN EXISTS (${sent} AND s.attention IS NOT NULL) THEN 'needs_attention'
    WHEN NOT EXISTS (${sent}) THEN 'frozen'
    WHEN EXISTS (SELECT 1 FROM payouts AS p WHERE p.pay_date = ${pay_date} AND p.status IN ('frozen', 'sending')) THEN 'sending'
    ELSE 'in_flight' END`;
  return db
    .update(batches)
    .set({ status, settled_at: sql`iif(${left}, NULL, coalesce(settled_at, ${now}))` })
    .where(eq(batches.pay_date, pay_date));
}

/** The payout that a hold is about. */
export async function readPayout(db: Database, payout_id: string): Promise<PayoutRow | null> {
  const [row] = await db.select().from(payouts).where(eq(payouts.payout_id, payout_id));
  return row ?? null;
}

/**
 * The statement that ends a payout whose money had come back after success, once no hold about it is open: `returned`, or `paid` where
 * another part of it stayed with the receiver.
 */
export function endCameBack(db: Database, payout_id: string, at: number): Statement {
  const open = sql`SELECT 1 FROM holds AS h WHERE h.kind = 'came_back' AND h.payout_id = ${payout_id} AND h.decision IS NULL`;
  const stayed = sql`(SELECT sum(iif(t.credit = 'paid', t.amount, iif(t.debit = 'paid', -t.amount, 0))) FROM moves AS t
    WHERE t.partner_id = payouts.partner_id AND t.payout_id = payouts.payout_id)`;
  return db
    .update(payouts)
    .set({
      status: sql`CASE WHEN EXISTS (${open}) THEN 'held' WHEN ${stayed} > 0 THEN 'paid' ELSE 'returned' END`,
      status_at: at,
    })
    .where(eq(payouts.payout_id, payout_id));
}
