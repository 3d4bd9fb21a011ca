import { asc, eq, sql, type SQL } from 'drizzle-orm';

import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import type { RateFact } from '../commission/facts.ts';
import type { Entry } from '../commission/target.rules.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { partnerFacts, planRates } from '../partner/partner.schema.ts';
import { policyHistory, policyQuery } from '../policy/policy.repo.ts';
import { guardQuery, guardsFrom, subjectOf, type Database } from '../program/commit.repo.ts';
import { accounts, decisions } from './account.schema.ts';
import { membersOf, moveQuery } from './family.repo.ts';
import { closuresByPartner, ratesByPartner, type AccountState } from './state.rules.ts';

type PostedLine = Omit<Entry, 'rate_bps'> & { rate_bps: number | null };

/** What else a door wants read in the same snapshot. */
export interface StateRequest {
  account_id: string;
  /** Partners that the door may make the referrer. */
  partner_ids?: readonly string[];
  /** Plans of payments that are about to be recorded. */
  plans?: readonly string[];
  /** Payments about to be recorded, whose refunds may have been told before. */
  payment_ids?: readonly string[];
  /** Refunds about to be recorded, whose reversals may have been told before. */
  refund_ids?: readonly string[];
  /** Further subjects whose versions the decision rests on and moves. */
  subjects?: readonly string[];
}

/** The reads behind `readAccountState`, in the order in which it takes them apart. */
function stateQueries(db: Database, request: StateRequest, subjects: readonly string[]) {
  const { account_id } = request;
  const own = membersOf(account_id);
  const partnerIds = sql`(SELECT ${decisions.partner_id} FROM ${decisions} WHERE ${decisions.account_id} = ${account_id}
    UNION SELECT value FROM json_each(${JSON.stringify(request.partner_ids ?? [])}))`;
  const plans = sql`(SELECT ${payments.plan} FROM ${payments} WHERE ${payments.account_id} IN ${own}
    UNION SELECT value FROM json_each(${JSON.stringify(request.plans ?? [])}))`;
  const ownPayments = sql`SELECT payment_id FROM ${payments} WHERE account_id IN ${own} UNION SELECT value FROM json_each(${JSON.stringify(request.payment_ids ?? [])})`;
  const ownRefunds = sql`SELECT refund_id FROM ${refunds} WHERE payment_id IN (${ownPayments}) UNION SELECT value FROM json_each(${JSON.stringify(request.refund_ids ?? [])})`;
  return [
    db.select().from(accounts).where(eq(accounts.account_id, account_id)),
    policyQuery(db),
    db
      .select()
      .from(payments)
      .where(sql`${payments.account_id} IN ${own}`),
    db
      .select()
      .from(refunds)
      .where(sql`${refunds.payment_id} IN (${ownPayments})`),
    db
      .select()
      .from(refundReversals)
      .where(sql`${refundReversals.refund_id} IN (${ownRefunds})`),
    db
      .select()
      .from(cancellations)
      .where(sql`${cancellations.account_id} IN ${own}`),
    db.select().from(decisions).where(eq(decisions.account_id, account_id)).orderBy(asc(decisions.n)),
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
      .where(sql`${partnerFacts.partner_id} IN ${partnerIds} AND ${partnerFacts.field} IN ('rate_bps', 'status')`)
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
    db
      .select()
      .from(planRates)
      .where(sql`${planRates.plan} IN ${plans}`),
    guardQuery(db, subjects),
    rateGuardQuery(db, request),
    moveQuery(db, account_id),
  ] as const;
}

/**
 * Reads one account in a single snapshot (one D1 batch). What was merged into it or handed over to it is part of it; asked for one of
 * those, it answers with the account that goes on.
 */
export async function readAccountState(db: Database, request: StateRequest): Promise<AccountState> {
  const { account_id } = request;
  const subjects = [subjectOf('account', account_id), ...(request.subjects ?? [])];
  const [
    account,
    policies,
    paid,
    refunded,
    reversed,
    ended,
    decided,
    posted,
    partnerTerms,
    rates,
    guards,
    partnerGuards,
    moved,
  ] = await db.batch(stateQueries(db, request, subjects));
  if (moved[0]) return readAccountState(db, { ...request, account_id: moved[0].into_account_id });
  return {
    account_id,
    account: account[0] ?? null,
    policy: policyHistory(policies),
    payments: paid,
    refunds: refunded,
    reversals: reversed,
    cancellations: ended,
    decisions: decided,
    posted: posted.flatMap((line) => entryOf(line)),
    partner_rates: ratesByPartner(partnerTerms.filter((row) => row.field === 'rate_bps')),
    partner_closures: closuresByPartner(partnerTerms.filter((row) => row.field === 'status')),
    plan_rates: Object.groupBy(
      rates.map((rate) => ({ plan: rate.plan, at: rate.from_at, rate_bps: rate.rate_bps })),
      (rate) => rate.plan,
    ) as Record<string, RateFact[]>,
    guards: guardsFrom(subjects, guards),
    partner_guards: partnerGuards.map(({ subject, n }) => ({ subject, n: n ?? 0 })),
  };
}

function postedQuery(db: Database, own: SQL) {
  return db
    .select({
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
    .groupBy(lines.payment_id, lines.partner_id, lines.kind, lines.cause_id, lines.at, lines.payable_at);
}

/** Versions of what rates are read from: partners and plans. */
function rateGuardQuery(db: Database, { account_id, partner_ids, plans }: StateRequest) {
  return db
    .select({
      subject: sql<string>`s.subject`,
      n: sql<number | null>`(SELECT max(v.n) FROM versions AS v WHERE v.subject = s.subject)`,
    })
    .from(
      sql`(SELECT 'partner:' || d.partner_id AS subject FROM ${decisions} AS d WHERE d.account_id = ${account_id} AND d.partner_id IS NOT NULL
        UNION SELECT 'partner:' || value FROM json_each(${JSON.stringify(partner_ids ?? [])})
        UNION SELECT 'plan:' || p.plan FROM ${payments} AS p WHERE p.account_id IN ${membersOf(account_id)} AND p.plan IS NOT NULL
        UNION SELECT 'plan:' || value FROM json_each(${JSON.stringify(plans ?? [])})) AS s`,
    );
}

/** A sum of lines as the entry that it stands for; none for lines of a partner's own. */
export function entryOf(
  line: Omit<PostedLine, 'kind' | 'payment_id'> & {
    kind: (typeof lines.$inferSelect)['kind'];
    payment_id: string | null;
  },
): Entry[] {
  if (line.payment_id === null || line.kind === 'adjustment' || line.kind === 'returned') return [];
  return [{ ...line, payment_id: line.payment_id, kind: line.kind, rate_bps: line.rate_bps ?? 0 }];
}
