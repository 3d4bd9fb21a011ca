import { desc, sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import { membersOf } from '../account/family.repo.ts';
import { payments, refunds } from '../billing/billing.schema.ts';
import type { HoldRow } from '../hold/hold.rules.ts';
import { lines } from '../ledger/ledger.schema.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { LineRow } from './payout.repo.ts';

/** What is looked for: an account's, payment's or refund's id, or (its folded hash) an address of somebody who belongs to it. */
export type AccountSearch = { id: string } | { match_hash: string };

/** An account in a list, with its holder and its referrer. */
export interface FoundAccount {
  account_id: string;
  signed_up_at: number;
  opened_by: (typeof accounts.$inferSelect)['opened_by'];
  joined_to: string | null;
  email: string | null;
  company: string | null;
  referrer: string | null;
}

function fitting(search: AccountSearch): SQL {
  if ('match_hash' in search)
    return sql`a.account_id IN (SELECT ap.account_id FROM ${people} AS h CROSS JOIN ${accountPeople} AS ap ON ap.person_id = h.person_id
      WHERE h.match_hash = ${search.match_hash})`;
  const { id } = search;
  if (id === '') return sql`true`;
  return sql`a.account_id IN (SELECT o.account_id FROM ${accounts} AS o WHERE o.account_id >= ${id} AND o.account_id < ${`${id}\uffff`}
    UNION SELECT p.account_id FROM ${payments} AS p WHERE p.payment_id = ${id}
    UNION SELECT p.account_id FROM ${refunds} AS r CROSS JOIN ${payments} AS p ON p.payment_id = r.payment_id WHERE r.refund_id = ${id})`;
}

/** Accounts that fit, by id, from after `after` on; one more than `limit` tells that there are more. One query. */
export async function searchAccounts(
  db: Database,
  search: AccountSearch,
  page: { after: string | null; limit: number },
): Promise<FoundAccount[]> {
  return db.all<FoundAccount>(sql`SELECT a.account_id, a.signed_up_at, a.opened_by, a.joined_to, h.email, h.company,
      (SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id = a.account_id AND d.sets_referrer = 1 ORDER BY d.n DESC LIMIT 1) AS referrer
    FROM ${accounts} AS a LEFT JOIN ${people} AS h ON h.person_id = (SELECT ap.person_id FROM ${accountPeople} AS ap
      WHERE ap.account_id = a.account_id AND ap.role = 'admin' AND ap.until_at IS NULL ORDER BY ap.from_at DESC LIMIT 1)
    WHERE a.account_id > ${page.after ?? ''} AND ${fitting(search)} ORDER BY a.account_id LIMIT ${page.limit + 1}`);
}

/** Lines of an account, and of what has become part of it, the latest first; `limit` at most. */
export async function linesOfAccount(db: Database, account_id: string, limit: number): Promise<LineRow[]> {
  return db
    .select()
    .from(lines)
    .where(sql`${lines.account_id} IN ${membersOf(account_id)}`)
    .orderBy(desc(lines.seq))
    .limit(limit);
}

/** What a hold on an account or a payment keeps out of payouts, by partner, in minor units. */
export async function heldBy(db: Database, hold: HoldRow): Promise<{ partner_id: string; amount: number }[]> {
  const { account_id, payment_id, partner_id } = hold;
  if (account_id === null && payment_id === null) return [];
  const own = account_id === null ? sql`l.payment_id = ${payment_id}` : sql`l.account_id IN ${membersOf(account_id)}`;
  const of = partner_id === null ? sql`` : sql` AND l.partner_id = ${partner_id}`;
  return db.all<{ partner_id: string; amount: number }>(sql`SELECT l.partner_id, sum(l.amount) AS amount
    FROM ${lines} AS l WHERE ${own}${of} AND l.payout_id IS NULL GROUP BY l.partner_id ORDER BY l.partner_id`);
}
