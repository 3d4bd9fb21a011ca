import { and, asc, eq, isNull, sql } from 'drizzle-orm';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import { familyOf, membersOf, movesQuery, underHeads } from '../account/family.repo.ts';
import { cancellations, payments } from '../billing/billing.schema.ts';
import { lineHoldColumns } from '../hold/hold.repo.ts';
import { holds } from '../hold/hold.schema.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { batches, payouts, type BatchRow, type PayoutRow } from '../payout/payout.schema.ts';
import { people } from '../people/people.schema.ts';
import { policyHistory, policyQuery } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';

/** An account with the decision that makes a partner its referrer, and its holder as far as a partner may recognise them. */
export interface ReferredAccount {
  account_id: string;
  signed_up_at: number;
  source: string | null;
  blocked: number;
  earns_from: number | null;
  email: string | null;
  company: string | null;
}

function referredBy(partner_id: string) {
  return sql`SELECT d.account_id, a.signed_up_at, d.source, d.blocked, d.earns_from, h.email, h.company
    FROM ${decisions} AS d JOIN ${accounts} AS a ON a.account_id = d.account_id
    LEFT JOIN ${people} AS h ON h.person_id = (SELECT ap.person_id FROM ${accountPeople} AS ap
      WHERE ap.account_id = d.account_id AND ap.role = 'admin' AND ap.until_at IS NULL ORDER BY ap.from_at DESC LIMIT 1)
    WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1 AND a.joined_to IS NULL
      AND d.n = (SELECT max(l.n) FROM ${decisions} AS l WHERE l.account_id = d.account_id AND l.sets_referrer = 1)`;
}

/** Accounts whose referrer is the partner, by id, from after `after` on; reads `limit` of them. */
export async function listReferred(
  db: Database,
  partner_id: string,
  after: string | null,
  limit: number,
): Promise<ReferredAccount[]> {
  return db.all<ReferredAccount>(
    sql`${referredBy(partner_id)} AND d.account_id > ${after ?? ''} ORDER BY d.account_id LIMIT ${limit}`,
  );
}

/** One account whose referrer is the partner; null for any other, known or not. */
export async function findReferred(
  db: Database,
  partner_id: string,
  account_id: string,
): Promise<ReferredAccount | null> {
  const [row] = await db.all<ReferredAccount>(sql`${referredBy(partner_id)} AND d.account_id = ${account_id}`);
  return row ?? null;
}

/** An account's signup and its decisions in order; empty for an account that nobody has opened, or that another has taken in. */
export async function readDecisions(db: Database, account_id: string) {
  return db
    .select({ signed_up_at: accounts.signed_up_at, decision: decisions })
    .from(decisions)
    .innerJoin(accounts, eq(accounts.account_id, decisions.account_id))
    .where(and(eq(decisions.account_id, account_id), isNull(accounts.joined_to)))
    .orderBy(asc(decisions.n));
}

/** What the terms of accounts, and what stands against them, rest on. */
export async function readTermRows(db: Database, account_ids: readonly string[]) {
  const ids = sql`SELECT value FROM json_each(${JSON.stringify(account_ids)})`;
  const among = familyOf(ids);
  const [opened, paid, ended, policy, byAccount, byPayment, moves] = await db.batch([
    db
      .select()
      .from(accounts)
      .where(sql`${accounts.account_id} IN ${among}`),
    db
      .select()
      .from(payments)
      .where(sql`${payments.account_id} IN ${among}`),
    db
      .select()
      .from(cancellations)
      .where(sql`${cancellations.account_id} IN ${among}`),
    policyQuery(db),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(sql`${holds.account_id} IN ${among} AND ${holds.kind} IN ('form_join', 'self_referral')`),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(
        sql`${holds.payment_id} IN (SELECT payment_id FROM payments WHERE account_id IN ${among}) AND ${holds.kind} = 'dispute'`,
      ),
    movesQuery(db, ids),
  ]);
  return {
    accounts: opened,
    payments: underHeads(paid, moves),
    cancellations: underHeads(ended, moves),
    policy: policyHistory(policy),
    holds: [...byAccount, ...byPayment],
  };
}

/** A line of one account and partner, with how the payout that took it stands. */
export interface AccountLine {
  kind: (typeof lines.$inferSelect)['kind'];
  payment_id: string;
  at: number;
  payable_at: number;
  amount: number;
  pay_date: string | null;
  status: PayoutRow['status'] | null;
  batch_status: BatchRow['status'] | null;
}

/** The partner's lines of an account, with the payouts that took them. */
export async function readAccountLines(db: Database, partner_id: string, account_id: string): Promise<AccountLine[]> {
  return db.all<AccountLine>(sql`SELECT l.kind, l.payment_id, l.at, l.payable_at, l.amount, p.pay_date, p.status, b.status AS batch_status
    FROM ${lines} AS l LEFT JOIN ${payouts} AS p ON p.payout_id = l.payout_id LEFT JOIN ${batches} AS b ON b.pay_date = p.pay_date
    WHERE l.account_id IN ${membersOf(account_id)} AND l.partner_id = ${partner_id} ORDER BY l.seq`);
}
