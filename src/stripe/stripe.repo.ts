import { and, asc, eq, inArray, isNotNull, lte, sql } from 'drizzle-orm';

import { accounts } from '../account/account.schema.ts';
import { cancellations, payments, refundReversals, refunds } from '../billing/billing.schema.ts';
import { holds } from '../hold/hold.schema.ts';
import type { PersonRow } from '../people/people.repo.ts';
import { people } from '../people/people.schema.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import { insertRows, runBatch, type Database, type Statement } from '../program/commit.repo.ts';
import type { Waiting } from './derive.rules.ts';
import type { Fact } from './fact.ts';
import type { KnownPayment } from './placed.rules.ts';
import { stripeFacts, stripeIgnored, stripeLinks, stripeModes, stripePending } from './stripe.schema.ts';

/** An object whose facts are to be told, with the count of events that it was read at. */
export interface PendingRow {
  object_id: string;
  wanted: number;
}

/** What one event leaves in the books before anything follows from it. */
export interface KeptEvent {
  object_id: string;
  facts: readonly Fact[];
  links: readonly (readonly [string, string])[];
  people: readonly PersonRow[];
  /** Null: the event does not say. */
  mode: 'live' | 'test' | null;
}

/** Marks objects as to be settled, whatever they waited for. `ids` is a subquery with one column, `object_id`. */
function markPending(db: Database, ids: ReturnType<typeof sql>, now: number): Statement {
  return db.run(sql`INSERT INTO stripe_pending (object_id, wanted, reason, since_at, next_at, tries, dismissed_reason)
    SELECT DISTINCT object_id, 1, NULL, ${now}, ${now}, 0, NULL FROM (${ids}) WHERE true
    ON CONFLICT (object_id) DO UPDATE SET wanted = wanted + 1, reason = NULL, next_at = excluded.next_at, tries = 0`);
}

/** Those who used one of these codes, by whatever name of it, as a subquery. `names` are JSON texts of ids or typed codes. */
function usersOfCodes(names: readonly string[]) {
  const values = JSON.stringify(names.map((code) => JSON.stringify({ code }).toLowerCase()));
  return sql`SELECT f.object_id AS object_id FROM json_each(${values}) AS v
    JOIN stripe_facts AS f ON lower(f.value) = v.value AND f.kind = 'code' AND f.kind IN ('code', 'promotion')
    UNION SELECT f.object_id FROM json_each(${values}) AS v
    JOIN stripe_facts AS p ON lower(p.value) = v.value AND p.kind = 'promotion' AND p.kind IN ('code', 'promotion')
    JOIN stripe_facts AS f ON lower(f.value) = lower('{"code":"' || p.object_id || '"}') AND f.kind = 'code' AND f.kind IN ('code', 'promotion')`;
}

/** The statement by which customers who used a code are looked at again: whose it is has become known. */
export function pendingByCode(db: Database, code: string, now: number): Statement {
  return markPending(db, usersOfCodes([code]), now);
}

/** Keeps what an event says, and that it is to be settled, in one atomic write. What was known stays as it is. */
export async function keepEvent(db: Database, event: KeptEvent, now: number): Promise<void> {
  const links = event.links.flatMap(([a, b]) => [
    { a, b },
    { a: b, b: a },
  ]);
  const facts = event.facts.map((fact) => ({
    object_id: fact.object_id,
    kind: fact.kind,
    at: fact.at,
    value: canonicalJson(fact.value as Json),
    recorded_at: now,
  }));
  const promotions = event.facts.filter((fact) => fact.kind === 'promotion').map((fact) => fact.object_id);
  await runBatch(db, [
    ...(event.people.length > 0 ? [insertRows(db, people, event.people, 'ignore')] : []),
    ...(event.mode === null ? [] : [insertRows(db, stripeModes, [{ mode: event.mode, since_at: now }], 'ignore')]),
    ...(links.length > 0 ? [insertRows(db, stripeLinks, links, 'ignore')] : []),
    ...(facts.length > 0 ? [insertRows(db, stripeFacts, facts, 'ignore')] : []),
    promotions.length > 0
      ? markPending(db, usersOfCodes(promotions), now)
      : markPending(db, sql`SELECT ${event.object_id} AS object_id`, now),
  ]);
}

/** Whether an event of live mode has been kept: then those of test mode are none of these books'. */
export async function knowsLiveMode(db: Database): Promise<boolean> {
  const [row] = await db.select().from(stripeModes).where(eq(stripeModes.mode, 'live'));
  return row !== undefined;
}

/** Counts an event of a type that means nothing here. */
export async function countIgnored(db: Database, type: string, now: number): Promise<void> {
  await db
    .insert(stripeIgnored)
    .values({ type, count: 1, last_at: now })
    .onConflictDoUpdate({ target: stripeIgnored.type, set: { count: sql`count + 1`, last_at: now } });
}

/** All objects that hang together with one, itself included, as a subquery. */
function component(object_id: string) {
  return sql`(WITH RECURSIVE c(id) AS (SELECT ${object_id} UNION SELECT l.b FROM c JOIN stripe_links AS l ON l.a = c.id) SELECT id FROM c)`;
}

/** What is known of all objects that hang together with one, which of them are to be settled, and which are payments in the books: one snapshot. */
export async function readComponent(
  db: Database,
  object_id: string,
): Promise<{ facts: Fact[]; pending: PendingRow[]; known: KnownPayment[] }> {
  const ids = component(object_id);
  const columns = {
    object_id: stripeFacts.object_id,
    kind: stripeFacts.kind,
    at: stripeFacts.at,
    value: stripeFacts.value,
  };
  const [pending, own, promotions, known] = await db.batch([
    db
      .select({ object_id: stripePending.object_id, wanted: stripePending.wanted })
      .from(stripePending)
      .where(sql`${stripePending.object_id} IN ${ids}`),
    db
      .select(columns)
      .from(stripeFacts)
      .where(sql`${stripeFacts.object_id} IN ${ids}`),
    db
      .select(columns)
      .from(stripeFacts)
      .where(
        sql`${stripeFacts.kind} = 'promotion' AND ${stripeFacts.object_id} IN (SELECT f.value ->> '$.code' FROM stripe_facts AS f WHERE f.kind = 'code' AND f.object_id IN ${ids})`,
      ),
    db
      .select({ payment_id: payments.payment_id, account_id: payments.account_id, amount: payments.amount })
      .from(payments)
      .where(sql`${payments.payment_id} IN ${ids}`),
  ]);
  const facts = [...own, ...promotions].map((row) => ({ ...row, value: JSON.parse(row.value) as unknown }) as Fact);
  return { facts, pending, known };
}

/** Whether anything that hangs together with an object is still to be settled. */
export async function stillPending(db: Database, object_id: string): Promise<boolean> {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(stripePending)
    .where(sql`${stripePending.object_id} IN ${component(object_id)} AND ${stripePending.reason} IS NULL`);
  return (row?.n ?? 0) > 0;
}

/** How soon the sweep looks again at what waits, and how late at last: what lets it be told may come by another door. */
const AGAIN_MS = 6 * 3_600_000;
const AT_LAST_MS = 14 * 24 * 3_600_000;

/** Settles what was read as pending: what waits is kept with its reason, the rest is done. What another event wanted meanwhile stays. */
export async function closePending(
  db: Database,
  read: readonly PendingRow[],
  waiting: readonly Waiting[],
  now: number,
): Promise<void> {
  const wanted = new Map(read.map((row) => [row.object_id, row.wanted]));
  const rows = [...new Map(waiting.map((row) => [row.object_id, row])).values()].map(({ object_id, reason }) => ({
    object_id,
    wanted: wanted.get(object_id) ?? 0,
    reason,
  }));
  const kept = JSON.stringify(rows.map((row) => row.object_id));
  await runBatch(db, [
    db.run(sql`DELETE FROM stripe_pending WHERE object_id NOT IN (SELECT value FROM json_each(${kept}))
      AND (object_id, wanted) IN (SELECT value ->> '$.object_id', value ->> '$.wanted' FROM json_each(${JSON.stringify(read)}))`),
    db.run(sql`INSERT INTO stripe_pending (object_id, wanted, reason, since_at, next_at, tries)
      SELECT value ->> '$.object_id', value ->> '$.wanted', value ->> '$.reason', ${now}, ${now + AGAIN_MS}, 1 FROM json_each(${JSON.stringify(rows)}) WHERE true
      ON CONFLICT (object_id) DO UPDATE SET reason = excluded.reason,
        next_at = ${now} + min(${AGAIN_MS} * (1 << min(tries, 6)), ${AT_LAST_MS}), tries = tries + 1,
        dismissed_reason = iif(dismissed_for = excluded.reason, dismissed_reason, NULL)
      WHERE wanted = excluded.wanted`),
  ]);
}

/** Objects that are due for the sweep: those to be settled before those that waited, the longest due first. */
export async function duePending(
  db: Database,
  now: number,
  limit: number,
): Promise<{ object_id: string; tries: number }[]> {
  return db
    .select({ object_id: stripePending.object_id, tries: stripePending.tries })
    .from(stripePending)
    .where(and(isNotNull(stripePending.next_at), lte(stripePending.next_at, now)))
    .orderBy(isNotNull(stripePending.reason), asc(stripePending.next_at), asc(stripePending.object_id))
    .limit(limit);
}

/** Puts an object that could not be settled off. */
export async function putOff(db: Database, object_id: string, tries: number, next_at: number): Promise<void> {
  await db.update(stripePending).set({ tries, next_at }).where(eq(stripePending.object_id, object_id));
}

/** One object that waits. */
export async function findPending(db: Database, object_id: string) {
  const [row] = await db.select().from(stripePending).where(eq(stripePending.object_id, object_id));
  return row ?? null;
}

/** The statement by which an operator's word takes an object off the list. */
export function dismissPending(db: Database, object_id: string, reason: string): Statement {
  return db
    .update(stripePending)
    .set({ dismissed_reason: reason, dismissed_for: stripePending.reason })
    .where(and(eq(stripePending.object_id, object_id), isNotNull(stripePending.reason)));
}

/** One person by id. */
export async function findPerson(db: Database, person_id: string): Promise<PersonRow | null> {
  const [row] = await db.select().from(people).where(eq(people.person_id, person_id));
  return row ?? null;
}

/** What the books hold of what Stripe's facts may want: one snapshot. */
export async function readTold(db: Database, ids: { accounts: readonly string[]; payments: readonly string[] }) {
  const paid = sql`(SELECT value FROM json_each(${JSON.stringify(ids.payments)}))`;
  const refunded = sql`(SELECT r.refund_id FROM refunds AS r WHERE r.payment_id IN ${paid})`;
  const named = [...ids.accounts];
  const [told, outgoing, reversed, ended, held, opened] = await db.batch([
    db
      .select({ payment_id: payments.payment_id })
      .from(payments)
      .where(sql`${payments.payment_id} IN ${paid}`),
    db
      .select()
      .from(refunds)
      .where(sql`${refunds.payment_id} IN ${paid}`),
    db
      .select()
      .from(refundReversals)
      .where(sql`${refundReversals.refund_id} IN ${refunded}`),
    db
      .select()
      .from(cancellations)
      .where(
        sql`${cancellations.account_id} IN (SELECT value FROM json_each(${JSON.stringify(named)}) UNION SELECT m.account_id FROM account_moves AS m WHERE m.into_account_id IN (SELECT value FROM json_each(${JSON.stringify(named)})))`,
      ),
    db
      .select()
      .from(holds)
      .where(sql`${holds.payment_id} IN ${paid} AND ${holds.kind} = 'dispute'`),
    db
      .select({ account_id: accounts.account_id, opened_by: accounts.opened_by, joined_to: accounts.joined_to })
      .from(accounts)
      .where(inArray(accounts.account_id, named.slice(0, 90))),
  ]);
  return { payments: told, refunds: outgoing, reversals: reversed, ends: ended, holds: held, accounts: opened };
}

/** The statement that takes back the void of a refund. */
export function unvoidRefund(db: Database, refund_id: string): Statement {
  return db.update(refunds).set({ voided_reason: null }).where(eq(refunds.refund_id, refund_id));
}

/** The statement that takes back the void of an end. */
export function unvoidEnd(db: Database, account_id: string, cancelled_at: number): Statement {
  return db
    .update(cancellations)
    .set({ voided_reason: null })
    .where(and(eq(cancellations.account_id, account_id), eq(cancellations.cancelled_at, cancelled_at)));
}

/** The statement that dates a reversal by an earlier event that became known. */
export function dateReversal(db: Database, refund_id: string, reversed_at: number): Statement {
  return db.update(refundReversals).set({ reversed_at }).where(eq(refundReversals.refund_id, refund_id));
}
