import { asc, desc, sql } from 'drizzle-orm';

import { accountMoves, accounts, decisions } from '../account/account.schema.ts';
import { familyOf, movesQuery, underHeads } from '../account/family.repo.ts';
import { closuresByPartner, factsOf, ratesByPartner } from '../account/state.rules.ts';
import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import type { AccountFacts, RateFact } from '../commission/facts.ts';
import { lines } from '../ledger/ledger.schema.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';
import { partnerFacts, partners, planRates } from '../partner/partner.schema.ts';
import { partnerRecords, recordQueries } from '../partner/record.repo.ts';
import { GROWTH_BATCHES } from '../payout/ceilings.rules.ts';
import { isHeld } from '../payout/claim.repo.ts';
import { batches } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { PolicyHistory } from './policy.rules.ts';
import type { OpenWeek } from './preview.rules.ts';

/** A partner with something open: what becomes payable in which week, and what decides whether it is paid. */
export interface OpenPartner {
  partner_id: string;
  open: OpenWeek[];
  record: PartnerRecord;
}

/** Partners in order from behind one on, and which of them have something open and not held. Five queries. */
export async function pageOfOpenPartners(
  db: Database,
  query: { after: string; limit: number; bounds: readonly number[]; now: number },
): Promise<{ last: string | null; partners: OpenPartner[] }> {
  const { after, limit, bounds, now } = query;
  const page = await db
    .select({ partner_id: partners.partner_id })
    .from(partners)
    .where(sql`${partners.partner_id} > ${after}`)
    .orderBy(asc(partners.partner_id))
    .limit(limit);
  const last = page.at(-1)?.partner_id ?? null;
  if (last === null) return { last, partners: [] };
  const ids = page.map((row) => row.partner_id);
  const sums = await db.all<OpenWeek & { partner_id: string }>(sql`
    SELECT partner_id, week_ends_at, sum(amount) AS amount, count(*) AS line_count FROM (
      SELECT l.partner_id, l.amount,
        (SELECT min(b.value) FROM json_each(${JSON.stringify(bounds)}) AS b WHERE b.value > l.payable_at) AS week_ends_at
      FROM json_each(${JSON.stringify(ids)}) AS p CROSS JOIN ${lines} AS l INDEXED BY lines_open
      WHERE l.partner_id = p.value AND l.payout_id IS NULL AND l.payable_at < ${Math.max(...bounds)} AND l.at <= ${now}
        AND NOT ${isHeld(now)})
    GROUP BY partner_id, week_ends_at`);
  const openOf = Map.groupBy(sums, (row) => row.partner_id);
  const open_ids = [...openOf.keys()];
  const [facts, held, came_back] = await db.batch(recordQueries(db, open_ids));
  const records = partnerRecords(open_ids, facts, held, came_back);
  return {
    last,
    partners: open_ids.toSorted().map((partner_id) => ({
      partner_id,
      open: openOf.get(partner_id) ?? [],
      record: records.get(partner_id) ?? { facts: [], holds: [], came_back: [] },
    })),
  };
}

/** The amounts of the latest batches that paid anybody, the latest first (P8). */
export async function formerAmounts(db: Database): Promise<number[]> {
  const rows = await db
    .select({ amount: batches.payout_amount })
    .from(batches)
    .where(sql`${batches.payout_count} > 0`)
    .orderBy(desc(batches.pay_date))
    .limit(GROWTH_BATCHES);
  return rows.flatMap(({ amount }) => (amount === null ? [] : [amount]));
}

/** Accounts in order from behind one on that go on themselves and ever had a referrer. */
async function pageOfAccounts(db: Database, after: string, limit: number): Promise<string[]> {
  const rows = await db.all<{ account_id: string }>(sql`SELECT a.account_id FROM ${accounts} AS a
    WHERE a.account_id > ${after} AND a.joined_to IS NULL
      AND NOT EXISTS (SELECT 1 FROM ${accountMoves} AS m WHERE m.account_id = a.account_id)
      AND EXISTS (SELECT 1 FROM ${decisions} AS d WHERE d.account_id = a.account_id AND d.partner_id IS NOT NULL AND d.sets_referrer = 1)
    ORDER BY a.account_id LIMIT ${limit}`);
  return rows.map((row) => row.account_id);
}

/** The reads behind `pageOfFacts`, in the order in which it takes them apart. */
function factQueries(db: Database, ids: readonly string[]) {
  const own = sql`SELECT value FROM json_each(${JSON.stringify(ids)})`;
  const family = familyOf(own);
  const paid = sql`(SELECT payment_id FROM ${payments} WHERE account_id IN ${family})`;
  return [
    movesQuery(db, own),
    db
      .select()
      .from(accounts)
      .where(sql`${accounts.account_id} IN (${own})`),
    db
      .select()
      .from(payments)
      .where(sql`${payments.account_id} IN ${family}`),
    db
      .select()
      .from(refunds)
      .where(sql`${refunds.payment_id} IN ${paid}`),
    db
      .select()
      .from(refundReversals)
      .where(sql`${refundReversals.refund_id} IN (SELECT refund_id FROM ${refunds} WHERE payment_id IN ${paid})`),
    db
      .select()
      .from(cancellations)
      .where(sql`${cancellations.account_id} IN ${family}`),
    db
      .select()
      .from(decisions)
      .where(sql`${decisions.account_id} IN (${own})`)
      .orderBy(asc(decisions.account_id), asc(decisions.n)),
    db
      .select({
        partner_id: partnerFacts.partner_id,
        at: partnerFacts.at,
        value: partnerFacts.value,
        field: partnerFacts.field,
      })
      .from(partnerFacts)
      .where(
        sql`${partnerFacts.field} IN ('rate_bps', 'status') AND ${partnerFacts.partner_id} IN
          (SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id IN (${own}))`,
      )
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
    db
      .select()
      .from(planRates)
      .where(sql`${planRates.plan} IN (SELECT p.plan FROM ${payments} AS p WHERE p.account_id IN ${family})`),
  ] as const;
}

/** Facts of the next accounts that ever had a referrer, in order, read in one snapshot; and up to which account they go. Ten queries. */
export async function pageOfFacts(
  db: Database,
  policy: PolicyHistory,
  after: string,
  limit: number,
): Promise<{ last: string | null; accounts: AccountFacts[] }> {
  const ids = await pageOfAccounts(db, after, limit);
  const last = ids.at(-1) ?? null;
  if (last === null) return { last, accounts: [] };
  const [moves, opened, told, refunded, reversed, ended, decided, terms, rates] = await db.batch(factQueries(db, ids));
  const byAccount = <Row extends { account_id: string }>(rows: readonly Row[]) =>
    Map.groupBy(underHeads(rows, moves), (row) => row.account_id);
  const [paidBy, endedBy, decidedBy] = [byAccount(told), byAccount(ended), byAccount(decided)];
  const refundsOf = Map.groupBy(refunded, (row) => row.payment_id);
  const reversalOf = new Map(reversed.map((row) => [row.refund_id, row]));
  const partner_rates = ratesByPartner(terms.filter((row) => row.field === 'rate_bps'));
  const partner_closures = closuresByPartner(terms.filter((row) => row.field === 'status'));
  const plan_rates = Object.groupBy(
    rates.map((rate) => ({ plan: rate.plan, at: rate.from_at, rate_bps: rate.rate_bps })),
    (rate) => rate.plan,
  ) as Record<string, RateFact[]>;
  const found = opened.flatMap((account) => {
    const own = paidBy.get(account.account_id) ?? [];
    const ownRefunds = own.flatMap((row) => refundsOf.get(row.payment_id) ?? []);
    const facts = factsOf({
      account_id: account.account_id,
      account,
      policy,
      payments: own,
      refunds: ownRefunds,
      reversals: ownRefunds.flatMap((row) => reversalOf.get(row.refund_id) ?? []),
      cancellations: endedBy.get(account.account_id) ?? [],
      decisions: decidedBy.get(account.account_id) ?? [],
      partner_rates,
      partner_closures,
      plan_rates,
    });
    return facts ? [facts] : [];
  });
  return { last, accounts: found };
}
