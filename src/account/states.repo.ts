import { asc, sql, type SQL } from 'drizzle-orm';

import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import type { RateFact } from '../commission/facts.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { partnerFacts, planRates } from '../partner/partner.schema.ts';
import { policyHistory, policyQuery } from '../policy/policy.repo.ts';
import { guardQuery, guardsFrom, subjectOf, type Database } from '../program/commit.repo.ts';
import { accountMoves, accounts, decisions } from './account.schema.ts';
import { entryOf } from './state.repo.ts';
import { closuresByPartner, ratesByPartner, type AccountState } from './state.rules.ts';

/** Many accounts to be read at once, with what else a door wants in the same snapshot. */
export interface StatesRequest {
  account_ids: readonly string[];
  partner_ids?: readonly string[];
  plans?: readonly string[];
  /** Payments about to be recorded, whose refunds may have been told before, and whose they are. */
  payments?: readonly { payment_id: string; account_id: string }[];
  /** Refunds about to be recorded, whose reversals may have been told before, and whose they are. */
  refunds?: readonly { refund_id: string; account_id: string }[];
  /** Further subjects whose versions the decision rests on and moves. */
  subjects?: readonly string[];
}

/** Queries that one `readAccountStates` costs at most (D1 allows 1,000 an invocation). */
export const STATES_QUERIES = 16;

/** Accounts as they stand, each under the id asked for; ids that have become one account share its state. */
export type AccountStates = Map<string, AccountState>;

function among(ids: Iterable<string>): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`;
}

type Asked = Required<StatesRequest> & { heads: readonly string[] };
type Rows = Awaited<ReturnType<typeof readRows>>;

/** All rows of the accounts, in one D1 batch. */
async function readRows(db: Database, asked: Asked) {
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

function queries(db: Database, asked: Asked) {
  const heads = among(asked.heads);
  const own = sql`(SELECT value FROM json_each(${JSON.stringify(asked.heads)})
    UNION SELECT m.account_id FROM ${accountMoves} AS m WHERE m.into_account_id IN ${heads})`;
  const ownPayments = sql`(SELECT p.payment_id FROM ${payments} AS p WHERE p.account_id IN ${own} UNION SELECT * FROM ${among(asked.payments.map((row) => row.payment_id))})`;
  const ownRefunds = sql`(SELECT r.refund_id FROM ${refunds} AS r WHERE r.payment_id IN ${ownPayments} UNION SELECT * FROM ${among(asked.refunds.map((row) => row.refund_id))})`;
  const partners = sql`(SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id IN ${heads} AND d.partner_id IS NOT NULL UNION SELECT * FROM ${among(asked.partner_ids)})`;
  const plans = sql`(SELECT p.plan FROM ${payments} AS p WHERE p.account_id IN ${own} AND p.plan IS NOT NULL UNION SELECT * FROM ${among(asked.plans)})`;
  const subjects = [...asked.heads.map((id) => subjectOf('account', id)), ...asked.subjects];
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
    guardQuery(db, subjects),
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

/** Rows by the account that they count for: what was told of an account that became part of another counts for that one. */
function rowsByHead(rows: Rows, asked: Asked, headOf: (account_id: string) => string) {
  const into = new Map(rows.moves.map((move) => [move.account_id, move.into_account_id]));
  const head = (account_id: string) => into.get(account_id) ?? headOf(account_id);
  const byHead = <Row extends { account_id: string }>(own: readonly Row[]) =>
    Map.groupBy(own, (row) => head(row.account_id));
  const payer = new Map([...asked.payments, ...rows.paid].map((row) => [row.payment_id, head(row.account_id)]));
  const refundee = new Map([
    ...asked.refunds.map((row) => [row.refund_id, head(row.account_id)] as const),
    ...rows.refunded.map((row) => [row.refund_id, payer.get(row.payment_id) ?? ''] as const),
  ]);
  return {
    opened: new Map(rows.opened.map((row) => [row.account_id, row])),
    payments: byHead(rows.paid),
    refunds: Map.groupBy(rows.refunded, (row) => payer.get(row.payment_id) ?? ''),
    reversals: Map.groupBy(rows.reversed, (row) => refundee.get(row.refund_id) ?? ''),
    cancellations: byHead(rows.ended),
    decisions: byHead(rows.decided),
    posted: byHead(rows.posted),
  };
}

/** What states of one snapshot share: policy, rates and closures, and the versions that those rest on. */
function sharedOf({ policies, terms, rates, partners }: Rows) {
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

/**
 * Reads many accounts in a single snapshot: each state is what `readAccountState` gives, its guard the account's own. `guards` are those of
 * all accounts and of the further subjects. Ids of accounts that have become part of others stand for those.
 */
export async function readAccountStates(
  db: Database,
  request: StatesRequest,
  former: ReadonlyMap<string, string> = new Map(),
): Promise<{ states: AccountStates; guards: AccountState['guards'] }> {
  const headOf = (account_id: string) => former.get(account_id) ?? account_id;
  const heads = [...new Set(request.account_ids.map(headOf))];
  const asked = { partner_ids: [], plans: [], payments: [], refunds: [], subjects: [], ...request, heads };
  const rows = await readRows(db, asked);
  const isHead = new Set(heads);
  const gone = rows.moves.filter((move) => isHead.has(move.account_id));
  if (gone.length > 0) {
    const known = new Map([...former, ...gone.map((move) => [move.account_id, move.into_account_id] as const)]);
    for (const [id, into] of known) known.set(id, known.get(into) ?? into);
    return readAccountStates(db, request, known);
  }
  const found = rowsByHead(rows, asked, headOf);
  const guards = guardsFrom([...heads.map((id) => subjectOf('account', id)), ...asked.subjects], rows.versions);
  const versionOf = new Map(guards.map((guard) => [guard.subject, guard]));
  const shared = sharedOf(rows);
  const stateOf = (account_id: string): AccountState => {
    const guard = versionOf.get(subjectOf('account', account_id));
    return {
      ...shared,
      account_id,
      account: found.opened.get(account_id) ?? null,
      payments: found.payments.get(account_id) ?? [],
      refunds: found.refunds.get(account_id) ?? [],
      reversals: found.reversals.get(account_id) ?? [],
      cancellations: found.cancellations.get(account_id) ?? [],
      decisions: found.decisions.get(account_id) ?? [],
      posted: (found.posted.get(account_id) ?? []).flatMap(({ account_id: _, ...line }) => entryOf(line)),
      guards: guard ? [guard] : [],
    };
  };
  const byHead = new Map(heads.map((id) => [id, stateOf(id)]));
  const states = request.account_ids.flatMap((id) => {
    const state = byHead.get(headOf(id));
    return state ? [[id, state] as const] : [];
  });
  return { states: new Map(states), guards };
}
