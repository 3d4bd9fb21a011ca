import { sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, decisions } from '../account/account.schema.ts';
import { holds } from '../hold/hold.schema.ts';
import { partnerFacts } from '../partner/partner.schema.ts';
import { people } from '../people/people.schema.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import type { AccountIdentity, Identity, PartnerIdentity } from './self-referral.rules.ts';

const NOBODY: Identity = { email: null, name: null, match_hash: null };

/** What is on file of a partner, and what was before; null where it has no contact. */
export async function readPartnerIdentity(db: Database, partner_id: string): Promise<PartnerIdentity | null> {
  return (await readPartnerIdentities(db, [partner_id])).get(partner_id) ?? null;
}

type AddressFact = Identity & { partner_id: string; field: 'contact' | 'paypal'; value: string | null };

/** `readPartnerIdentity` of many, by partner. */
export async function readPartnerIdentities(
  db: Database,
  partner_ids: readonly string[],
): Promise<Map<string, PartnerIdentity>> {
  const rows = await db.all<AddressFact>(sql`
    SELECT f.partner_id, f.field, f.value, p.email, p.name, p.match_hash
    FROM json_each(${JSON.stringify(partner_ids)}) AS ids CROSS JOIN ${partnerFacts} AS f ON f.partner_id = ids.value AND f.field IN ('contact', 'paypal')
    LEFT JOIN ${people} AS p ON p.person_id = f.value ORDER BY f.partner_id, f.n`);
  const found = [...Map.groupBy(rows, (row) => row.partner_id)].flatMap(([partner_id, own]) => {
    const identity = identityOf(own);
    return identity ? [[partner_id, identity] as const] : [];
  });
  return new Map(found);
}

function identityOf(rows: readonly AddressFact[]): PartnerIdentity | null {
  const contact = rows.findLast((row) => row.field === 'contact');
  if (!contact) return null;
  const last = rows.findLast((row) => row.field === 'paypal');
  const paypal = last && last.value !== null ? last : null;
  const now = new Set([contact.match_hash, paypal?.match_hash]);
  const former = rows.flatMap((row) => row.match_hash ?? []).filter((match) => !now.has(match));
  return { contact, paypal, former_matches: [...new Set(former)] };
}

/** Who holds an account and who uses it, as the books have it now. */
export async function readAccountIdentity(db: Database, account_id: string): Promise<AccountIdentity> {
  const rows = await db.all<Identity & { role: 'admin' | 'user' }>(sql`
    SELECT ap.role, p.email, p.name, p.match_hash FROM ${accountPeople} AS ap JOIN ${people} AS p ON p.person_id = ap.person_id
    WHERE ap.account_id = ${account_id} AND ap.until_at IS NULL ORDER BY ap.from_at DESC`);
  return {
    holder: rows.find((row) => row.role === 'admin') ?? NOBODY,
    users: rows.filter((row) => row.role === 'user'),
  };
}

/** What a former hold on an account and partner rested on; the facts are this feature's own. */
export interface FormerHold {
  account_id: string;
  decision: 'release' | 'deny' | null;
  facts: string;
}

/** Holds for self-referral of a partner's accounts, of one where it is given, decided ones too. */
export async function readFormerHolds(db: Database, partner_id: string, account_id?: string): Promise<FormerHold[]> {
  const one = account_id === undefined ? sql`` : sql`AND h.account_id = ${account_id}`;
  const index = sql.raw(account_id === undefined ? 'holds_partner' : 'holds_account');
  return db.all<FormerHold>(
    sql`SELECT h.account_id, h.decision, h.facts FROM ${holds} AS h INDEXED BY ${index} WHERE h.partner_id = ${partner_id} AND h.kind = 'self_referral' ${one}`,
  );
}

/** An account that a partner refers, with its holder, as signals are read again. */
export interface ReferredHolder extends Identity {
  account_id: string;
  person_id: string;
  policy_version: number;
}

/** A stretch of a partner's accounts, by id: after `after`, up to `through` (null: to the end). */
export interface Stretch {
  after: string;
  through: string | null;
}

/** Real accounts whose tracked referrer is the partner and that are not blocked yet, each with its holder. */
function referredHolders(partner_id: string, { after, through }: Stretch): SQL {
  const end = through === null ? sql`` : sql`AND d.account_id <= ${through}`;
  return sql`FROM ${decisions} AS d CROSS JOIN ${accounts} AS a ON a.account_id = d.account_id AND a.joined_to IS NULL AND a.opened_by <> 'form'
    CROSS JOIN ${accountPeople} AS ap ON ap.account_id = d.account_id AND ap.role = 'admin' AND ap.until_at IS NULL
    CROSS JOIN ${people} AS p ON p.person_id = ap.person_id
    WHERE d.partner_id = ${partner_id} AND d.sets_referrer = 1 AND d.blocked = 0 AND d.account_id > ${after} ${end}
      AND d.n = (SELECT max(l.n) FROM ${decisions} AS l WHERE l.account_id = d.account_id AND l.sets_referrer = 1)`;
}

/** One page of a partner's accounts with their holders, by id. */
export async function readReferredHolders(
  db: Database,
  partner_id: string,
  after: string,
  limit: number,
): Promise<ReferredHolder[]> {
  return db.all<ReferredHolder>(sql`SELECT d.account_id, a.policy_version, p.person_id, p.email, p.name, p.match_hash
    ${referredHolders(partner_id, { after, through: null })} ORDER BY d.account_id LIMIT ${limit}`);
}

/** Lets the batch pass only while a stretch of the partner's accounts has the very holders that were read. */
export function expectHolders(
  db: Database,
  partner_id: string,
  stretch: Stretch,
  read: readonly Pick<ReferredHolder, 'person_id'>[],
): Statement {
  const ids = JSON.stringify(read.map((row) => row.person_id));
  return expectThat(
    db,
    sql`(SELECT count(*) = ${read.length} AND total(p.person_id IN (SELECT value FROM json_each(${ids}))) = ${read.length}
      ${referredHolders(partner_id, stretch)})`,
  );
}

/** Accounts that the partner refers and of which somebody with one of these folded addresses (keyed hashes) is a secondary user (L4). */
export async function readUsedAccounts(
  db: Database,
  partner_id: string,
  match_hashes: readonly string[],
): Promise<{ account_id: string; match_hash: string }[]> {
  if (match_hashes.length === 0) return [];
  return db.all<{ account_id: string; match_hash: string }>(sql`SELECT ap.account_id, p.match_hash
    FROM json_each(${JSON.stringify(match_hashes)}) AS m CROSS JOIN ${people} AS p ON p.match_hash = m.value
    JOIN ${accountPeople} AS ap ON ap.person_id = p.person_id AND ap.role = 'user' AND ap.until_at IS NULL
    JOIN ${decisions} AS d ON d.account_id = ap.account_id
      AND d.n = (SELECT max(l.n) FROM ${decisions} AS l WHERE l.account_id = ap.account_id AND l.sets_referrer = 1)
    WHERE d.partner_id = ${partner_id} ORDER BY ap.account_id`);
}
