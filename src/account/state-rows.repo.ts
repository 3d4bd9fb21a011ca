import { asc, sql, type SQL } from 'drizzle-orm';

import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import type { RateFact } from '../commission/facts.ts';
import type { Entry } from '../commission/target.rules.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { partnerFacts, planRates } from '../partner/partner.schema.ts';
import { policyHistory, policyQuery } from '../policy/policy.repo.ts';
import { guardQuery, subjectOf, type Database } from '../program/commit.repo.ts';
import { accountMoves, accounts, decisions } from './account.schema.ts';
import { closuresByPartner, ratesByPartner } from './state.rules.ts';

/** What is read of accounts in one snapshot: `heads` are the ids that are taken to go on themselves. */
export interface AskedRows {
  heads: readonly string[];
  /** Partners that the door may make the referrer. */
  partner_ids: readonly string[];
  /** Plans of payments that are about to be recorded. */
  plans: readonly string[];
  /** Payments about to be recorded, whose refunds may have been told before. */
  payment_ids: readonly string[];
  /** Refunds about to be recorded, whose reversals may have been told before. */
  refund_ids: readonly string[];
  /** Further subjects whose versions the decision rests on and moves. */
  subjects: readonly string[];
}

/** The rows of accounts, as one snapshot has them. */
export type StateRows = Awaited<ReturnType<typeof readStateRows>>;

function among(ids: Iterable<string>): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`;
}

/** The subjects whose versions a write about these accounts moves: the accounts themselves, and what else was asked for. */
export function subjectsOf(asked: Pick<AskedRows, 'heads' | 'subjects'>): string[] {
  return [...asked.heads.map((id) => subjectOf('account', id)), ...asked.subjects];
}

/** All rows of the accounts, in one D1 batch. */
export async function readStateRows(db: Database, asked: AskedRows) {
  const [moves, opened, policies, paid, refunded, reversed, ended, decided, posted, terms, rates, versions, partners] =
    await db.batch(queries(db, asked));
  return {
    moves,
    opened,
    policies,
    paid,
    refunded,
    reversed,
    ended,
    decided,
    posted,
    terms,
    rates,
    versions,
    partners,
  };
}

function queries(db: Database, asked: AskedRows) {
  const heads = among(asked.heads);
  const own = sql`(SELECT value FROM json_each(${JSON.stringify(asked.heads)})
    UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id IN ${heads})`;
  const ownPayments = sql`(SELECT p.payment_id FROM ${payments} AS p WHERE p.account_id IN ${own} UNION SELECT * FROM ${among(asked.payment_ids)})`;
  const ownRefunds = sql`(SELECT r.refund_id FROM ${refunds} AS r WHERE r.payment_id IN ${ownPayments} UNION SELECT * FROM ${among(asked.refund_ids)})`;
  const partners = sql`(SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id IN ${heads} AND d.partner_id IS NOT NULL UNION SELECT * FROM ${among(asked.partner_ids)})`;
  const plans = sql`(SELECT p.plan FROM ${payments} AS p WHERE p.account_id IN ${own} AND p.plan IS NOT NULL UNION SELECT * FROM ${among(asked.plans)})`;
  return [
    db
      .select()
      .from(accountMoves)
      .where(sql`${accountMoves.account_id} IN ${heads} OR ${accountMoves.into_account_id} IN ${heads}`),
    db
      .select()
      .from(accounts)
      .where(sql`${accounts.account_id} IN ${heads}`),
    policyQuery(db),
    db
      .select()
      .from(payments)
      .where(sql`${payments.account_id} IN ${own}`),
    db
      .select()
      .from(refunds)
      .where(sql`${refunds.payment_id} IN ${ownPayments}`),
    db
      .select()
      .from(refundReversals)
      .where(sql`${refundReversals.refund_id} IN ${ownRefunds}`),
    db
      .select()
      .from(cancellations)
      .where(sql`${cancellations.account_id} IN ${own}`),
    db
      .select()
      .from(decisions)
      .where(sql`${decisions.account_id} IN ${heads}`)
      .orderBy(asc(decisions.account_id), asc(decisions.n)),
    postedQuery(db, own),
    db
      .select({
        partner_id: partnerFacts.partner_id,
        at: partnerFacts.at,
        value: partnerFacts.value,
        n: partnerFacts.n,
        field: partnerFacts.field,
      })
      .from(partnerFacts)
      .where(sql`${partnerFacts.partner_id} IN ${partners} AND ${partnerFacts.field} IN ('rate_bps', 'status')`)
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
    db
      .select()
      .from(planRates)
      .where(sql`${planRates.plan} IN ${plans}`),
    guardQuery(db, subjectsOf(asked)),
    db.select({
      subject: sql<string>`s.subject`,
      n: sql<number | null>`(SELECT max(v.n) FROM versions AS v WHERE v.subject = s.subject)`,
    }).from(sql`(SELECT 'partner:' || value AS subject FROM (SELECT partner_id AS value FROM ${partners})
        UNION SELECT 'plan:' || value FROM (SELECT plan AS value FROM ${plans})) AS s`),
  ] as const;
}

function postedQuery(db: Database, own: SQL) {
  return db
    .select({
      account_id: sql<string>`${lines.account_id}`,
      payment_id: lines.payment_id,
      partner_id: lines.partner_id,
      kind: lines.kind,
      cause_id: lines.cause_id,
      at: lines.at,
      payable_at: lines.payable_at,
      amount: sql<number>`sum(${lines.amount})`,
      rate_bps: sql<number | null>`max(${lines.rate_bps})`,
    })
    .from(lines)
    .where(sql`${lines.account_id} IN ${own}`)
    .groupBy(
      lines.account_id,
      lines.payment_id,
      lines.partner_id,
      lines.kind,
      lines.cause_id,
      lines.at,
      lines.payable_at,
    );
}

/** What states of one snapshot share: policy, rates and closures, and the versions that those rest on. */
export function sharedOf({ policies, terms, rates, partners }: StateRows) {
  return {
    policy: policyHistory(policies),
    partner_rates: ratesByPartner(terms.filter((row) => row.field === 'rate_bps')),
    partner_closures: closuresByPartner(terms.filter((row) => row.field === 'status')),
    plan_rates: Object.groupBy(
      rates.map((rate) => ({ plan: rate.plan, at: rate.from_at, rate_bps: rate.rate_bps })),
      (rate) => rate.plan,
    ) as Record<string, RateFact[]>,
    partner_guards: partners.map(({ subject, n }) => ({ subject, n: n ?? 0 })),
  };
}

/** A sum of lines as the entry that it stands for; none for lines of a partner's own. */
export function entryOf(
  row: Omit<Entry, 'kind' | 'payment_id' | 'rate_bps'> & {
    account_id: string;
    kind: (typeof lines.$inferSelect)['kind'];
    payment_id: string | null;
    rate_bps: number | null;
  },
): Entry[] {
  const { account_id: _, ...line } = row;
  if (line.payment_id === null || line.kind === 'adjustment' || line.kind === 'returned') return [];
  return [{ ...line, payment_id: line.payment_id, kind: line.kind, rate_bps: line.rate_bps ?? 0 }];
}
