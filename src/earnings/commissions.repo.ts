import { and, desc, eq, lt, sql, type SQL } from 'drizzle-orm';

import { accountMoves, accounts, decisions } from '../account/account.schema.ts';
import { familyOf, movesQuery, underHeads } from '../account/family.repo.ts';
import { cancellations, payments } from '../billing/billing.schema.ts';
import { lineHoldColumns } from '../hold/hold.repo.ts';
import { holds } from '../hold/hold.schema.ts';
import { adjustments, lines } from '../ledger/ledger.schema.ts';
import { payouts } from '../payout/payout.schema.ts';
import { policyHistory, policyQuery } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import type { BookedLine } from './commissions.rules.ts';

const booked = {
  seq: lines.seq,
  account_id: lines.account_id,
  payment_id: lines.payment_id,
  kind: lines.kind,
  cause_id: lines.cause_id,
  at: lines.at,
  payable_at: lines.payable_at,
  amount: lines.amount,
  rate_bps: lines.rate_bps,
  payout_id: lines.payout_id,
};

/** A partner's lines, the latest booked first, from below `before` on; `limit` of them. */
export async function linesBefore(
  db: Database,
  partner_id: string,
  before: number | null,
  limit: number,
): Promise<BookedLine[]> {
  return db
    .select(booked)
    .from(lines)
    .where(and(eq(lines.partner_id, partner_id), before === null ? undefined : lt(lines.seq, before)))
    .orderBy(desc(lines.seq))
    .limit(limit);
}

/** A partner's lines of one payment, in their order. */
export async function linesOfPayment(
  db: Database,
  partner_id: string,
  { account_id, payment_id }: { account_id: string; payment_id: string },
): Promise<BookedLine[]> {
  return db
    .select(booked)
    .from(lines)
    .where(and(eq(lines.account_id, account_id), eq(lines.payment_id, payment_id), eq(lines.partner_id, partner_id)))
    .orderBy(lines.seq);
}

/** What lines point to: ids each once. */
export interface LineSubjects {
  partner_id: string;
  account_ids: readonly string[];
  payment_ids: readonly string[];
  adjustment_ids: readonly string[];
}

function among(ids: readonly string[]): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

/** Everything that the entries of these payments are made of, in one snapshot: their lines, and the facts of their accounts' terms. */
export async function readCommissionRows(db: Database, subjects: LineSubjects) {
  const { partner_id, account_ids, payment_ids } = subjects;
  const ofPayments = sql`${lines.account_id} IN ${among(account_ids)} AND ${lines.payment_id} IN ${among(payment_ids)} AND ${lines.partner_id} = ${partner_id}`;
  const ids = sql`SELECT value FROM json_each(${JSON.stringify(account_ids)})`;
  const [own, opened, paid, ended, policy, byAccount, byPayment, adjusted, moves] = await db.batch([
    db.select(booked).from(lines).where(ofPayments),
    db
      .select()
      .from(accounts)
      .where(sql`${accounts.account_id} IN ${familyOf(ids)}`),
    db
      .select()
      .from(payments)
      .where(sql`${payments.account_id} IN ${familyOf(ids)}`),
    db
      .select()
      .from(cancellations)
      .where(sql`${cancellations.account_id} IN ${familyOf(ids)}`),
    policyQuery(db),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(sql`${holds.account_id} IN ${among(account_ids)} AND ${holds.kind} IN ('form_join', 'self_referral')`),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(sql`${holds.payment_id} IN ${among(payment_ids)} AND ${holds.kind} = 'dispute'`),
    db
      .select()
      .from(adjustments)
      .where(sql`${adjustments.adjustment_id} IN ${among(subjects.adjustment_ids)}`),
    movesQuery(db, ids),
  ]);
  return {
    lines: own,
    accounts: opened,
    payments: underHeads(paid, moves),
    cancellations: underHeads(ended, moves),
    policy: policyHistory(policy),
    holds: [...byAccount, ...byPayment],
    adjustments: adjusted,
  };
}

/** Payments of accounts that a partner refers, or has referred, whose commission a former program has paid: as they were told, from the `skip`-th on. */
export async function elsewherePayments(
  db: Database,
  partner_id: string,
  skip: number,
  limit: number,
): Promise<{ payment_id: string; account_id: string }[]> {
  const referred = sql`SELECT d.account_id FROM ${decisions} AS d WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1`;
  return db.all<{ payment_id: string; account_id: string }>(sql`SELECT p.payment_id, p.account_id
    FROM (${referred} UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id IN (${referred})) AS own
    CROSS JOIN ${payments} AS p INDEXED BY payments_elsewhere ON p.account_id = own.account_id AND p.paid_elsewhere_at IS NOT NULL
    WHERE p.voided_reason IS NULL ORDER BY p.recorded_at, p.payment_id LIMIT ${limit} OFFSET ${skip}`);
}

/** Payouts by id, as far as entries tell of them. */
export async function findTakingPayouts(db: Database, payout_ids: readonly string[]) {
  if (payout_ids.length === 0) return [];
  return db
    .select({ payout_id: payouts.payout_id, pay_date: payouts.pay_date, status: payouts.status })
    .from(payouts)
    .where(sql`${payouts.payout_id} IN (SELECT value FROM json_each(${JSON.stringify(payout_ids)}))`);
}
