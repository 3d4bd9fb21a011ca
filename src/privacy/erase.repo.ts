import { and, eq, inArray, isNotNull, sql, type SQL } from 'drizzle-orm';

import { accountPeople, accounts, decisions, forms } from '../account/account.schema.ts';
import { applications } from '../application/application.schema.ts';
import { cancellations, payments } from '../billing/billing.schema.ts';
import { expectedClients } from '../expected/expected.schema.ts';
import { mailOutbox } from '../mail/mail.schema.ts';
import { partnerFacts } from '../partner/partner.schema.ts';
import { documents } from '../people/people.schema.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { replays, versions } from '../program/program.schema.ts';
import { claims } from '../referrer/claim.schema.ts';
import { partnerVisitors, signals } from '../signals/signal.schema.ts';

const among = (ids: readonly string[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;

/** The address stands for a partner who is not closed: it may be nobody else's (P3), names them (L3), and is compared (S1). */
const OF_A_PARTNER = sql`EXISTS (SELECT 1 FROM ${partnerFacts} AS f WHERE f.value = people.person_id AND f.field IN ('contact', 'paypal')
  AND coalesce((SELECT s.value FROM ${partnerFacts} AS s WHERE s.partner_id = f.partner_id AND s.field = 'status' ORDER BY s.n DESC LIMIT 1), '') <> 'closed')`;

/**
 * The person holds an account with a referrer that goes on (S1, S3): until it has been ended for longer than a payment could continue it.
 * `ended_before`, epoch ms, is that much ago.
 */
const holdsReferred = (ended_before: number): SQL => sql`EXISTS (SELECT 1 FROM ${accountPeople} AS ap
  JOIN ${accounts} AS a ON a.account_id = ap.account_id AND a.opened_by <> 'form'
  WHERE ap.person_id = people.person_id AND ap.role = 'admin' AND ap.until_at IS NULL
    AND (SELECT d.partner_id FROM ${decisions} AS d WHERE d.account_id = ap.account_id AND d.sets_referrer = 1 ORDER BY d.n DESC LIMIT 1) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM ${cancellations} AS c WHERE c.account_id = ap.account_id AND c.voided_reason IS NULL AND c.cancelled_at < ${ended_before}
      AND NOT EXISTS (SELECT 1 FROM ${payments} AS p WHERE p.account_id = ap.account_id AND p.voided_reason IS NULL AND p.paid_at > c.cancelled_at)))`;

const needed = (ended_before: number): SQL => sql`(${OF_A_PARTNER} OR ${holdsReferred(ended_before)})`;

/** The statement that empties people. A hash stays only while a rule compares it (docs/privacy.md), and goes with `dropHashes` then. */
export function emptyPeople(db: Database, person_ids: readonly string[], now: number, ended_before: number): Statement {
  return db.run(sql`UPDATE people SET email = NULL, name = NULL, company = NULL, erased_at = ${now},
    address_hash = CASE WHEN ${OF_A_PARTNER} THEN address_hash END,
    match_hash = CASE WHEN ${needed(ended_before)} THEN match_hash END
    WHERE person_id IN ${among(person_ids)}`);
}

/** Lets the hashes of erased people go that no rule compares any more; at most `limit` at once. Returns how many. */
export async function dropHashes(db: Database, ended_before: number, limit: number): Promise<number> {
  const done = await db.run(sql`UPDATE people SET address_hash = NULL, match_hash = NULL WHERE person_id IN (
    SELECT person_id FROM people INDEXED BY people_lingering
    WHERE erased_at IS NOT NULL AND match_hash IS NOT NULL AND NOT ${needed(ended_before)} LIMIT ${limit})`);
  return done.meta.changes;
}

/** The statements that make the hash of an address unreadable wherever else it stands, and let go what is only about it. */
export function forgetHash(db: Database, match_hash: string, address_hashes: readonly string[]): Statement[] {
  const guards = [`account:~${match_hash}`, ...address_hashes.map((hash) => `address:${hash}`)];
  return [
    db
      .update(forms)
      .set({ match_hash: sql`'erased:' || account_id`, sender_hash: null })
      .where(eq(forms.match_hash, match_hash)),
    db
      .update(claims)
      .set({ match_hash: sql`'erased:' || claim_id` })
      .where(eq(claims.match_hash, match_hash)),
    db
      .update(applications)
      .set({ address_hash: sql`'erased:' || partner_id` })
      .where(sql`${applications.address_hash} IN ${among(address_hashes)}`),
    db.update(expectedClients).set({ match_hash: null }).where(eq(expectedClients.match_hash, match_hash)),
    db.delete(signals).where(and(eq(signals.kind, 'accounts_by_address'), eq(signals.subject, match_hash))),
    // Guards of the address itself: whoever decides about it anew begins anew.
    db.delete(versions).where(sql`${versions.subject} IN ${among(guards)}`),
  ];
}

/** The statement that empties texts by their subjects. */
export function emptyDocuments(db: Database, subjects: readonly string[]): Statement {
  return db
    .update(documents)
    .set({ body: null })
    .where(and(sql`${documents.subject} IN ${among(subjects)}`, isNotNull(documents.body)));
}

/** The statements that forget first answers which were given to, or sent with, addresses: the facts keep their own ids. */
export function forgetAnswers(
  db: Database,
  { account_ids, partner_ids }: { account_ids: readonly string[]; partner_ids: readonly string[] },
): Statement[] {
  const subjects = partner_ids.map((id) => `partner:${id}`);
  return [
    db.delete(replays).where(and(eq(replays.scope, 'signup'), sql`${replays.key} IN ${among(account_ids)}`)),
    db
      .delete(replays)
      .where(and(inArray(replays.scope, ['partner', 'partner:key']), sql`${replays.subject} IN ${among(subjects)}`)),
  ];
}

/** The statements that empty what mail to people was about; what has not gone out does not go. */
export function emptyMail(db: Database, person_ids: readonly string[]): Statement[] {
  const theirs = sql`${mailOutbox.person_id} IN ${among(person_ids)}`;
  return [
    db
      .update(mailOutbox)
      .set({ status: 'dropped', reason: 'no_address' })
      .where(and(theirs, eq(mailOutbox.status, 'queued'))),
    db.update(mailOutbox).set({ facts: '{}' }).where(theirs),
  ];
}

/** The statement that forgets which browsers are partners' own. */
export function forgetBrowsers(db: Database, partner_ids: readonly string[]): Statement {
  return db.delete(partnerVisitors).where(sql`${partnerVisitors.partner_id} IN ${among(partner_ids)}`);
}

/** The statement that files that a partner has no PayPal address from now on (P3: nothing is paid, and it carries over). */
export function clearPaypal(db: Database, fact: { partner_id: string; n: number; at: number; by: string }): Statement {
  return insertRows(db, partnerFacts, [{ ...fact, field: 'paypal', value: null, reason: 'erased' }]);
}
