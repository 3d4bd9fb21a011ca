import { asc, eq, sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, forms } from '../account/account.schema.ts';
import { expectedClients, expectedLists } from '../expected/expected.schema.ts';
import { mailOutbox } from '../mail/mail.schema.ts';
import { links, partnerFacts, tokens } from '../partner/partner.schema.ts';
import { payouts } from '../payout/payout.schema.ts';
import { documents, people } from '../people/people.schema.ts';
import { expectThat, type Database, type Statement } from '../program/commit.repo.ts';
import { claims, confirmations } from '../referrer/claim.schema.ts';

const among = (ids: readonly string[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/** The keyed hash by which a person is known: of the address with case, tags and dots folded, which is how the program tells people apart (S1). */
export interface PersonKey {
  match_hash: string;
}

/** Rows of people under an address, in all its spellings; erased ones whose hash is still kept too. */
export async function peopleUnder(db: Database, { match_hash }: PersonKey) {
  return db.select().from(people).where(eq(people.match_hash, match_hash)).orderBy(asc(people.person_id));
}
export type PeopleRows = Awaited<ReturnType<typeof peopleUnder>>;

/** What refers to people: the accounts that they belong or belonged to, and the partners whose addresses they are or were. */
export async function rolesOf(db: Database, person_ids: readonly string[]) {
  const [parts, facts] = await db.batch([
    db
      .select({
        account_id: accountPeople.account_id,
        person_id: accountPeople.person_id,
        role: accountPeople.role,
        from_at: accountPeople.from_at,
        until_at: accountPeople.until_at,
        opened_by: accounts.opened_by,
        signed_up_at: accounts.signed_up_at,
        joined_to: accounts.joined_to,
      })
      .from(accountPeople)
      .innerJoin(accounts, eq(accounts.account_id, accountPeople.account_id))
      .where(sql`${accountPeople.person_id} IN ${among(person_ids)}`)
      .orderBy(asc(accountPeople.account_id), asc(accountPeople.person_id)),
    db
      .select({ partner_id: partnerFacts.partner_id, field: partnerFacts.field, person_id: partnerFacts.value })
      .from(partnerFacts)
      .where(sql`${partnerFacts.field} IN ('contact', 'paypal') AND ${partnerFacts.value} IN ${among(person_ids)}`)
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
  ]);
  return { parts, partner_ids: [...new Set(facts.map((fact) => fact.partner_id))] };
}
export type Roles = Awaited<ReturnType<typeof rolesOf>>;

/** What else stands under the hash of an address: forms, claims that named it, rows of lists. */
export async function namedBy(db: Database, { match_hash }: PersonKey) {
  const [sent, named, listed] = await db.batch([
    db
      .select({ account_id: forms.account_id, submitted_at: forms.submitted_at, click_id: forms.click_id })
      .from(forms)
      .where(eq(forms.match_hash, match_hash))
      .orderBy(asc(forms.submitted_at)),
    db.select().from(claims).where(eq(claims.match_hash, match_hash)).orderBy(asc(claims.filed_at)),
    db
      .select({
        list_id: expectedClients.list_id,
        row: expectedClients.row,
        verdict: expectedClients.verdict,
        partner_id: expectedLists.partner_id,
        received_at: expectedLists.received_at,
        accepted_until: expectedLists.accepted_until,
      })
      .from(expectedClients)
      .innerJoin(expectedLists, eq(expectedLists.list_id, expectedClients.list_id))
      .where(eq(expectedClients.match_hash, match_hash))
      .orderBy(asc(expectedClients.list_id), asc(expectedClients.row)),
  ]);
  return { forms: sent, claims: named, listed };
}
export type NamedBy = Awaited<ReturnType<typeof namedBy>>;

/** Claims about accounts, and those that partners filed. */
export async function claimsAbout(
  db: Database,
  about: { account_ids: readonly string[]; partner_ids: readonly string[] },
) {
  const [of_accounts, of_partners] = await db.batch([
    db
      .select()
      .from(claims)
      .where(sql`${claims.account_id} IN ${among(about.account_ids)}`),
    db
      .select()
      .from(claims)
      .where(sql`${claims.partner_id} IN ${among(about.partner_ids)}`),
  ]);
  return { of_accounts, of_partners };
}

/** Texts kept under subjects (`account:…`, `claim:…`, `partner:…`). */
export async function documentsOf(db: Database, subjects: readonly string[]) {
  return db
    .select()
    .from(documents)
    .where(sql`${documents.subject} IN ${among(subjects)}`)
    .orderBy(asc(documents.recorded_at), asc(documents.document_id));
}

/** Mail to people, and questions that were put to them. */
export async function askedOf(db: Database, person_ids: readonly string[]) {
  const [mails, questions] = await db.batch([
    db
      .select()
      .from(mailOutbox)
      .where(sql`${mailOutbox.person_id} IN ${among(person_ids)}`)
      .orderBy(asc(mailOutbox.queued_at)),
    db
      .select()
      .from(confirmations)
      .where(sql`${confirmations.person_id} IN ${among(person_ids)}`)
      .orderBy(asc(confirmations.asked_at)),
  ]);
  return { mails, questions };
}

/** What is kept of partners themselves: their facts, links and tokens, and the payouts that went to them. */
export async function recordsOfPartners(db: Database, partner_ids: readonly string[]) {
  const ids = among(partner_ids);
  const [facts, own_links, issued, paid] = await db.batch([
    db
      .select()
      .from(partnerFacts)
      .where(sql`${partnerFacts.partner_id} IN ${ids}`)
      .orderBy(asc(partnerFacts.partner_id), asc(partnerFacts.n)),
    db
      .select()
      .from(links)
      .where(sql`${links.partner_id} IN ${ids}`)
      .orderBy(asc(links.code)),
    db
      .select()
      .from(tokens)
      .where(sql`${tokens.partner_id} IN ${ids}`)
      .orderBy(asc(tokens.issued_at)),
    db
      .select({
        partner_id: payouts.partner_id,
        pay_date: payouts.pay_date,
        payout_id: payouts.payout_id,
        amount: payouts.amount,
        status: payouts.status,
      })
      .from(sql`batches AS b`)
      .crossJoin(payouts)
      .where(sql`${payouts.pay_date} = b.pay_date AND ${payouts.partner_id} IN ${ids}`),
  ]);
  return { facts, links: own_links, tokens: issued, payouts: paid };
}

/** Payouts whose end is not known yet, on their way to addresses of these people. */
function onTheWay(partner_ids: readonly string[], person_ids: readonly string[]): SQL {
  return sql`FROM batches AS b CROSS JOIN ${payouts} AS p ON p.pay_date = b.pay_date AND p.partner_id IN ${among(partner_ids)}
    WHERE p.person_id IN ${among(person_ids)} AND p.status IN ('frozen', 'sending', 'in_flight', 'unclaimed')`;
}

/** How many payouts are on their way to addresses of these people: their end is not known yet. */
export async function payoutsOnTheWayTo(
  db: Database,
  partner_ids: readonly string[],
  person_ids: readonly string[],
): Promise<number> {
  if (partner_ids.length === 0) return 0;
  const [row] = await db.all<{ n: number }>(sql`SELECT count(*) AS n ${onTheWay(partner_ids, person_ids)}`);
  return row?.n ?? 0;
}

/** A statement that lets the batch pass only while there are none: a freeze moves no partner's version. */
export function expectNoneOnTheWay(
  db: Database,
  partner_ids: readonly string[],
  person_ids: readonly string[],
): Statement {
  return expectThat(db, sql`NOT EXISTS (SELECT 1 ${onTheWay(partner_ids, person_ids)})`);
}
