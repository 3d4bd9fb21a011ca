import { and, desc, eq, gt, inArray, isNotNull, lte, sql, type SQL } from 'drizzle-orm';

import { accountClicks, accounts, decisions, forms } from '../account/account.schema.ts';
import { partnerFacts } from '../partner/partner.schema.ts';
import { people } from '../people/people.schema.ts';
import type { Database } from '../program/commit.repo.ts';

export type FormRow = typeof forms.$inferSelect;
export type AccountClickRow = typeof accountClicks.$inferSelect;

/** The form whose `signup_ref` has this hash, joined or not. */
export async function formByRef(db: Database, signup_ref_hash: string): Promise<FormRow | null> {
  const [row] = await db.select().from(forms).where(eq(forms.signup_ref_hash, signup_ref_hash));
  return row ?? null;
}

/** The form that lives under this account id of ours. */
export async function formOfAccount(db: Database, account_id: string): Promise<FormRow | null> {
  const [row] = await db.select().from(forms).where(eq(forms.account_id, account_id));
  return row ?? null;
}

/** A browser sends a form a few times. What comes oftener with one click is noise, and joins no more than this. */
const MOST_FORMS = 20;

/** Forms that came with one of these clicks' tokens, up to an instant: the latest, at most twenty. */
export async function formsByClick(db: Database, click_ids: readonly string[], until_at: number): Promise<FormRow[]> {
  if (click_ids.length === 0) return [];
  return db
    .select()
    .from(forms)
    .where(and(inArray(forms.click_id, [...click_ids]), lte(forms.submitted_at, until_at)))
    .orderBy(desc(forms.submitted_at), desc(forms.account_id))
    .limit(MOST_FORMS);
}

/** The last form of an address within a stretch of time that no trusted record has taken in. */
export async function lastFormByAddress(
  db: Database,
  match_hash: string,
  after_at: number,
  until_at: number,
): Promise<FormRow | null> {
  const [row] = await db
    .select()
    .from(forms)
    .where(
      and(
        eq(forms.match_hash, match_hash),
        gt(forms.submitted_at, after_at),
        lte(forms.submitted_at, until_at),
        sql`NOT EXISTS (SELECT 1 FROM accounts AS a WHERE a.account_id = ${forms.account_id} AND a.joined_to IS NOT NULL)`,
      ),
    )
    .orderBy(desc(forms.submitted_at), desc(forms.account_id))
    .limit(1);
  return row ?? null;
}

/** The clicks that came with accounts. */
export async function clicksOfAccounts(db: Database, account_ids: readonly string[]): Promise<AccountClickRow[]> {
  if (account_ids.length === 0) return [];
  return db
    .select()
    .from(accountClicks)
    .where(inArray(accountClicks.account_id, [...account_ids]));
}

/** Who an account's first decision made the referrer, and from what source. */
export async function firstDecision(db: Database, account_id: string) {
  const [row] = await db
    .select()
    .from(decisions)
    .where(and(eq(decisions.account_id, account_id), eq(decisions.sets_referrer, 1)))
    .orderBy(decisions.n)
    .limit(1);
  return row ?? null;
}

/** Partners that ever registered one of these addresses (keyed hashes) as their contact. */
export async function partnersByContact(db: Database, address_hashes: readonly string[]): Promise<string[]> {
  if (address_hashes.length === 0) return [];
  const rows = await db
    .selectDistinct({ partner_id: partnerFacts.partner_id })
    .from(people)
    .innerJoin(
      partnerFacts,
      and(eq(partnerFacts.value, people.person_id), inArray(partnerFacts.field, ['contact', 'paypal'])),
    )
    .where(
      and(
        sql`${people.address_hash} IN (SELECT value FROM json_each(${JSON.stringify(address_hashes)}))`,
        eq(partnerFacts.field, 'contact'),
      ),
    );
  return rows.map((row) => row.partner_id);
}

/** A dated fact of a partner with the hashes of the address it points to, where it points to one. */
export interface PartnerFactRow {
  partner_id: string;
  n: number;
  field: string;
  value: string | null;
  at: number;
  address_hash: string | null;
  match_hash: string | null;
}

/** Status and addresses of partners, oldest first. */
export async function partnerSignals(db: Database, partner_ids: readonly string[]): Promise<PartnerFactRow[]> {
  if (partner_ids.length === 0) return [];
  return db
    .select({
      partner_id: partnerFacts.partner_id,
      n: partnerFacts.n,
      field: partnerFacts.field,
      value: partnerFacts.value,
      at: partnerFacts.at,
      address_hash: people.address_hash,
      match_hash: people.match_hash,
    })
    .from(partnerFacts)
    .leftJoin(people, and(eq(people.person_id, partnerFacts.value), inArray(partnerFacts.field, ['contact', 'paypal'])))
    .where(
      and(
        sql`${partnerFacts.partner_id} IN (SELECT value FROM json_each(${JSON.stringify(partner_ids)}))`,
        inArray(partnerFacts.field, ['status', 'contact', 'paypal']),
      ),
    )
    .orderBy(partnerFacts.partner_id, partnerFacts.n);
}

/** The condition under which no trusted record has taken a form's own account in. */
export function formNotJoined(form_account_id: string): SQL {
  return sql`EXISTS (SELECT 1 FROM accounts AS a WHERE a.account_id = ${form_account_id} AND a.joined_to IS NULL)`;
}

/** The account that has taken a form's own account in, if one has. */
export async function joinedTo(db: Database, form_account_ids: readonly string[]): Promise<Map<string, string>> {
  if (form_account_ids.length === 0) return new Map();
  const rows = await db
    .select({ account_id: accounts.account_id, joined_to: accounts.joined_to })
    .from(accounts)
    .where(and(inArray(accounts.account_id, [...form_account_ids]), isNotNull(accounts.joined_to)));
  return new Map(rows.map((row) => [row.account_id, row.joined_to ?? '']));
}

/** The forms' own accounts that an account has taken in. */
export async function formsJoinedTo(db: Database, account_id: string): Promise<string[]> {
  const rows = await db
    .select({ account_id: forms.account_id })
    .from(forms)
    .innerJoin(accounts, eq(accounts.account_id, forms.account_id))
    .where(eq(accounts.joined_to, account_id));
  return rows.map((row) => row.account_id);
}

/** Promotion codes that decided an account's signup before. */
export async function keptCodes(db: Database, account_id: string): Promise<{ code: string; used_at: number }[]> {
  const rows = await db
    .select({ facts: decisions.facts })
    .from(decisions)
    .where(and(eq(decisions.account_id, account_id), eq(decisions.source, 'code')));
  return rows.flatMap((row) => {
    const { promotion_code } = JSON.parse(row.facts) as { promotion_code?: { code: string; used_at: number } };
    return promotion_code ? [{ code: promotion_code.code, used_at: promotion_code.used_at }] : [];
  });
}
