import { and, desc, eq, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

import { accountPeople, accounts, forms } from '../account/account.schema.ts';
import type { Door } from '../account/write.ts';
import { payments, refundReversals } from '../billing/billing.schema.ts';
import { expectedClients } from '../expected/expected.schema.ts';
import { holds } from '../hold/hold.schema.ts';
import { portions } from '../ledger/post.repo.ts';
import { links, partnerFacts, partners } from '../partner/partner.schema.ts';
import { people } from '../people/people.schema.ts';
import { auditRow } from '../program/audit.repo.ts';
import { insertRows, type Database, type Statement } from '../program/commit.repo.ts';
import { auditLog, replays } from '../program/program.schema.ts';
import { imports } from './import.schema.ts';

export type ImportRun = typeof imports.$inferSelect;

function among(values: Iterable<string>) {
  return sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(values)])}))`;
}

/** The statements that insert rows, in portions that fit a parameter. */
export function insertAll<T extends SQLiteTable>(
  db: Database,
  table: T,
  rows: readonly T['$inferInsert'][],
): Statement[] {
  return portions(rows).map((part) => insertRows(db, table, part));
}

/** What keyed writes were first told with: content hashes by key. */
export async function knownContents(
  db: Database,
  scope: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db
    .select({ key: replays.key, content_hash: replays.content_hash })
    .from(replays)
    .where(and(eq(replays.scope, scope), sql`${replays.key} IN ${among(keys)}`));
  return new Map(rows.map((row) => [row.key, row.content_hash]));
}

/** The statements that keep first answers. */
export function keepAnswers(db: Database, rows: readonly (typeof replays.$inferInsert)[]): Statement[] {
  return insertAll(db, replays, rows);
}

/** Whose payments are, by payment id. */
export async function accountsOfPayments(db: Database, payment_ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .select({ payment_id: payments.payment_id, account_id: payments.account_id })
    .from(payments)
    .where(sql`${payments.payment_id} IN ${among(payment_ids)}`);
  return new Map(rows.map((row) => [row.payment_id, row.account_id]));
}

/** The statement that says why the reversals of refunds are parked. */
export function parkReversals(db: Database, refund_ids: readonly string[], reason: string): Statement {
  return db
    .update(refundReversals)
    .set({ parked_reason: reason })
    .where(sql`${refundReversals.refund_id} IN ${among(refund_ids)}`);
}

/** The condition of a parked refund's batch: none of the payments has been told of. */
export function paymentsUnknown(payment_ids: readonly string[]) {
  return sql`NOT EXISTS (SELECT 1 FROM ${payments} AS p WHERE p.payment_id IN ${among(payment_ids)})`;
}

/** Which of these partners, codes and PayPal addresses (keyed hashes) are taken; one address that an operator denied, or has yet to see, is not (P3). */
export async function takenOfPartners(
  db: Database,
  asked: { partner_ids: readonly string[]; codes: readonly string[]; address_hashes: readonly string[] },
) {
  const [ids, codes, addresses] = await db.batch([
    db
      .select({ partner_id: partners.partner_id })
      .from(partners)
      .where(sql`${partners.partner_id} IN ${among(asked.partner_ids)}`),
    db
      .select({ code: links.code })
      .from(links)
      .where(sql`${links.code} IN ${among(asked.codes)}`),
    db
      .select({ address_hash: people.address_hash })
      .from(people)
      .innerJoin(partnerFacts, sql`${partnerFacts.value} = ${people.person_id} AND ${partnerFacts.field} = 'paypal'`)
      .where(
        sql`${people.address_hash} IN ${among(asked.address_hashes)} AND NOT EXISTS (SELECT 1 FROM ${holds} AS h
          WHERE h.partner_id = ${partnerFacts.partner_id} AND h.person_id = ${people.person_id}
            AND h.kind = 'address_in_use' AND coalesce(h.decision, 'deny') = 'deny')`,
      ),
  ]);
  return {
    partner_ids: new Set(ids.map((row) => row.partner_id)),
    codes: new Set(codes.map((row) => row.code)),
    address_hashes: new Set(addresses.map((row) => row.address_hash)),
  };
}

/** Of signups about to be imported: accounts and addresses (folded, keyed hashes) about which something is known that decides, or joins. */
export async function signupsToLookAt(
  db: Database,
  asked: { account_ids: readonly string[]; match_hashes: readonly string[] },
) {
  const matches = among(asked.match_hashes);
  const [ofAccounts, ofForms, ofLists, ofPeople] = await db.batch([
    db
      .select({ account_id: accounts.account_id })
      .from(accounts)
      .where(sql`${accounts.account_id} IN ${among(asked.account_ids)}`),
    db
      .selectDistinct({ match_hash: forms.match_hash })
      .from(forms)
      .where(sql`${forms.match_hash} IN ${matches}`),
    db
      .selectDistinct({ match_hash: expectedClients.match_hash })
      .from(expectedClients)
      .where(sql`${expectedClients.match_hash} IN ${matches} AND ${expectedClients.verdict} = 'accepted'`),
    db
      .selectDistinct({ match_hash: people.match_hash })
      .from(people)
      .innerJoin(accountPeople, eq(accountPeople.person_id, people.person_id))
      .where(sql`${people.match_hash} IN ${matches}`),
  ]);
  return {
    account_ids: new Set(ofAccounts.map((row) => row.account_id)),
    match_hashes: new Set([...ofForms, ...ofLists, ...ofPeople].map((row) => row.match_hash)),
  };
}

/** Partners by the addresses (keyed hashes) that they ever registered as their contact. */
export async function contactsAmong(
  db: Database,
  address_hashes: readonly string[],
): Promise<{ address_hash: string | null; partner_id: string }[]> {
  if (address_hashes.length === 0) return [];
  return db
    .selectDistinct({ address_hash: people.address_hash, partner_id: partnerFacts.partner_id })
    .from(people)
    .innerJoin(partnerFacts, sql`${partnerFacts.value} = ${people.person_id} AND ${partnerFacts.field} = 'contact'`)
    .where(sql`${people.address_hash} IN ${among(address_hashes)}`);
}

/** The statement that says how far a run came. */
export function saveRun(db: Database, run: ImportRun): Statement {
  const { import_id: _, kind: __, format: ___, by: ____, started_at: _____, ...progress } = run;
  return db.insert(imports).values(run).onConflictDoUpdate({ target: imports.import_id, set: progress });
}

/** Runs, the latest first, from before `before` on; reads `limit` of them. */
export async function listRuns(
  db: Database,
  before: { started_at: number; import_id: string } | null,
  limit: number,
): Promise<ImportRun[]> {
  return db
    .select()
    .from(imports)
    .where(
      before === null
        ? undefined
        : sql`(${imports.started_at}, ${imports.import_id}) < (${before.started_at}, ${before.import_id})`,
    )
    .orderBy(desc(imports.started_at), desc(imports.import_id))
    .limit(limit);
}

/** Which of these partners there are. */
export async function knownPartners(db: Database, partner_ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .select({ partner_id: partners.partner_id })
    .from(partners)
    .where(sql`${partners.partner_id} IN ${among(partner_ids)}`);
  return new Set(rows.map((row) => row.partner_id));
}

/** Payments made in a period, by id, from after `after` on; reads `limit` of them. */
export async function paymentsBetween(
  db: Database,
  { from, until }: { from: number; until: number },
  after: string,
  limit: number,
): Promise<{ payment_id: string; account_id: string }[]> {
  return db
    .select({ payment_id: payments.payment_id, account_id: payments.account_id })
    .from(payments)
    .where(
      sql`${payments.payment_id} > ${after} AND ${payments.paid_at} >= ${from} AND ${payments.paid_at} < ${until}
        AND ${payments.amount} > 0 AND ${payments.voided_reason} IS NULL AND ${payments.parked_reason} IS NULL`,
    )
    .orderBy(payments.payment_id)
    .limit(limit);
}

/** The statements that say of payments that a former program has paid their commissions, with who said so. */
export function markPaidElsewhere(
  db: Database,
  marks: ReadonlyMap<string, number>,
  who: Pick<Door, 'by' | 'now' | 'via'>,
): Statement[] {
  const marked = portions([...marks]).map((part) =>
    db.run(
      sql`UPDATE payments SET paid_elsewhere_at = v.value ->> 1 FROM json_each(${JSON.stringify(part)}) AS v WHERE payments.payment_id = v.value ->> 0`,
    ),
  );
  const log = [...marks].map(([payment_id, at]) =>
    auditRow({
      at: who.now,
      actor: who.by,
      via: who.via,
      action: 'payment.paid_elsewhere',
      subject: `payment:${payment_id}`,
      details: {},
      before: { paid_elsewhere_at: null },
      after: { paid_elsewhere_at: at },
    }),
  );
  return [...marked, ...insertAll(db, auditLog, log)];
}
