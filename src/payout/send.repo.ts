import { and, asc, eq, gt, inArray, sql, getTableColumns } from 'drizzle-orm';

import { holdIdOf } from '../hold/hold-id.ts';
import { openHolds } from '../hold/hold.repo.ts';
import { openedHold, type HoldRow } from '../hold/hold.rules.ts';
import { tellCameBack, tellPaid } from '../mail/letters.ts';
import { people } from '../people/people.schema.ts';
import {
  expectThat,
  guardQuery,
  guardsFrom,
  insertRows,
  subjectOf,
  type Database,
  type Guard,
  type Statement,
} from '../program/commit.repo.ts';
import { moveMoney, returnLines, settleBatch } from './outcome.repo.ts';
import { batches, payouts, type PayoutRow } from './payout.schema.ts';
import type { SendState } from './send.rules.ts';
import { sendItems, sends, type SendItemRow, type SendRow } from './send.schema.ts';
import type { Polled, Settlement } from './settle.rules.ts';

const UNSENT = sql`${payouts.status} = 'frozen'`;

/** A batch's sendings with the version that a decision about them rests on, in one snapshot. */
export async function readSendState(db: Database, pay_date: string): Promise<SendState & { guard: Guard }> {
  const subjects = [subjectOf('batch', pay_date)];
  const [batch, rows, unsent, guards] = await db.batch([
    db.select().from(batches).where(eq(batches.pay_date, pay_date)),
    db.select().from(sends).where(eq(sends.pay_date, pay_date)).orderBy(asc(sends.chunk), asc(sends.attempt)),
    db
      .select({ payout_id: payouts.payout_id })
      .from(payouts)
      .where(
        sql`${payouts.pay_date} = ${pay_date} AND ${UNSENT}
          AND ${payouts.partner_id} > (SELECT coalesce(max(s.through), '') FROM sends AS s WHERE s.pay_date = ${pay_date})`,
      )
      .limit(1),
    guardQuery(db, subjects),
  ]);
  const [guard] = guardsFrom(subjects, guards);
  if (!guard) throw new Error('a batch has one subject');
  return { batch: batch[0] ?? null, sends: rows, unsent: unsent.length > 0, guard };
}

/** A payout as it is about to be sent; the address is read at the last moment, null where it has been erased. */
export type Addressed = PayoutRow & { email: string | null };

const addressed = { ...getTableColumns(payouts), email: people.email };

/** The next payouts that no sending has yet, in the partners' order, from after a partner on. */
export async function unsentPayouts(
  db: Database,
  pay_date: string,
  after: string,
  limit: number,
): Promise<Addressed[]> {
  return db
    .select(addressed)
    .from(payouts)
    .leftJoin(people, eq(people.person_id, payouts.person_id))
    .where(and(eq(payouts.pay_date, pay_date), gt(payouts.partner_id, after), UNSENT))
    .orderBy(asc(payouts.partner_id))
    .limit(limit);
}

/** The payouts of a sending in the partners' order, with their addresses. */
export async function payoutsOfSend(db: Database, sender_batch_id: string): Promise<Addressed[]> {
  const own = sql`SELECT DISTINCT i.payout_id FROM send_items AS i WHERE i.sender_batch_id = ${sender_batch_id}`;
  return db
    .select(addressed)
    .from(payouts)
    .leftJoin(people, eq(people.person_id, payouts.person_id))
    .where(sql`${payouts.payout_id} IN (${own})`)
    .orderBy(asc(payouts.partner_id));
}

/** What the settlement of a sending rests on, in one snapshot; null where there is no such sending. */
export async function readPolled(
  db: Database,
  sender_batch_id: string,
): Promise<{ polled: Polled; guard: Guard } | null> {
  const [send, items, rows] = await db.batch([
    db
      .select({
        send: sends,
        currency: batches.currency,
        n: sql<number>`(SELECT coalesce(max(v.n), 0) FROM versions AS v WHERE v.subject = 'batch:' || ${sends.pay_date})`,
      })
      .from(sends)
      .innerJoin(batches, eq(batches.pay_date, sends.pay_date))
      .where(eq(sends.sender_batch_id, sender_batch_id)),
    db.select().from(sendItems).where(eq(sendItems.sender_batch_id, sender_batch_id)),
    db
      .select()
      .from(payouts)
      .where(
        sql`${payouts.payout_id} IN (SELECT i.payout_id FROM send_items AS i WHERE i.sender_batch_id = ${sender_batch_id})`,
      ),
  ]);
  const found = send[0];
  if (!found) return null;
  return {
    polled: { send: found.send, items, payouts: rows, currency: found.currency },
    guard: { subject: subjectOf('batch', found.send.pay_date), n: found.n },
  };
}

/** The statements that write a new sending with its items, and take its payouts into it. */
export function newSend(db: Database, send: SendRow, items: readonly SendItemRow[], now: number): Statement[] {
  const ids = JSON.stringify([...new Set(items.map((item) => item.payout_id))]);
  return [
    insertRows(db, sends, [send]),
    insertRows(db, sendItems, items),
    db.run(sql`UPDATE payouts SET status = 'sending', status_at = max(status_at, ${now})
      WHERE payout_id IN (SELECT value FROM json_each(${ids})) AND status = 'frozen'`),
  ];
}

/** What of a sending may change. */
export type SendChange = Partial<
  Pick<
    SendRow,
    | 'status'
    | 'provider_batch_id'
    | 'first_sent_at'
    | 'tried_at'
    | 'tries'
    | 'reason'
    | 'attention'
    | 'checked_at'
    | 'settled_at'
  >
>;

/** The statement that changes how a sending stands. */
export function changeSend(db: Database, sender_batch_id: string, change: SendChange): Statement {
  return db.update(sends).set(change).where(eq(sends.sender_batch_id, sender_batch_id));
}

/** The statement by which payouts of an accepted sending are in flight. Acceptance is not payment. */
export function acceptPayouts(db: Database, sender_batch_id: string, now: number): Statement {
  const own = sql`SELECT i.payout_id FROM send_items AS i WHERE i.sender_batch_id = ${sender_batch_id}`;
  return db.run(sql`UPDATE payouts SET status = 'in_flight', status_at = max(status_at, ${now})
    WHERE payout_id IN (${own}) AND status = 'sending'`);
}

/** The statement by which the items of a sending that created nothing have ended. */
export function endItems(db: Database, sender_batch_id: string, now: number): Statement {
  return db
    .update(sendItems)
    .set({ outcome: 'ended', checked_at: now })
    .where(eq(sendItems.sender_batch_id, sender_batch_id));
}

/** The statement that keeps what PayPal said of items. */
export function keepItems(db: Database, items: readonly SendItemRow[]): Statement {
  return db.run(sql`UPDATE send_items SET provider_item_id = v.value ->> '$.provider_item_id', provider_status = v.value ->> '$.provider_status',
    outcome = v.value ->> '$.outcome', reason = v.value ->> '$.reason', fee = v.value ->> '$.fee', checked_at = v.value ->> '$.checked_at'
    FROM json_each(${JSON.stringify(items)}) AS v WHERE send_items.sender_batch_id = v.value ->> '$.sender_batch_id'
    AND send_items.payout_id = v.value ->> '$.payout_id' AND send_items.part = v.value ->> '$.part'`);
}

/** The statements that move payouts: statuses, money, lines due anew, holds on what came back, and the batch's own status. */
export async function settlementStatements(
  db: Database,
  pay_date: string,
  moves: readonly Settlement[],
  now: number,
  untouched = false,
): Promise<Statement[]> {
  const refreshed = settleBatch(db, pay_date, now, untouched);
  if (moves.length === 0) return [refreshed];
  const values = moves.map(({ payout_id, to, at, reference, reason, fault }) => {
    return { payout_id, to, at, reference, reason, fault };
  });
  const update =
    db.run(sql`UPDATE payouts SET status = v.value ->> '$.to', status_at = v.value ->> '$.at', reference = v.value ->> '$.reference',
    reason = v.value ->> '$.reason', fault = v.value ->> '$.fault'
    FROM json_each(${JSON.stringify(values)}) AS v WHERE payouts.payout_id = v.value ->> '$.payout_id'`);
  const money = moves.flatMap((move) => move.transfers);
  const back = money.filter((it) => it.kind === 'returned');
  // What is written off at once waits for nobody.
  const lost = new Set(money.filter((it) => it.kind === 'written_off').map((it) => it.payout_id));
  const held = money.filter((it) => it.kind === 'came_back' && !lost.has(it.payout_id));
  const holds = await Promise.all(held.map(cameBackHold));
  const atReceiver = new Set(moves.filter(({ fault }) => fault === 'receiver').map(({ payout_id }) => payout_id));
  return [
    update,
    ...(money.length > 0 ? [moveMoney(db, money, now)] : []),
    ...(back.length > 0 ? [returnLines(db, back, now)] : []),
    ...(holds.length > 0 ? [openHolds(db, holds)] : []),
    ...tellPaid(
      db,
      pay_date,
      money.filter(({ kind }) => kind === 'paid'),
      now,
    ),
    ...tellCameBack(
      db,
      pay_date,
      back.filter(({ payout_id }) => atReceiver.has(payout_id)),
      now,
    ),
    refreshed,
  ];
}

/** The hold on money that came back after success, one for each item (P7). */
async function cameBackHold({
  payout_id,
  partner_id,
  amount,
  at,
  part,
}: {
  payout_id: string;
  partner_id: string;
  amount: number;
  at: number;
  part?: number;
}): Promise<HoldRow> {
  const cause = ['came_back', payout_id, ...(part === undefined ? [] : [String(part)])];
  const facts = { amount, ...(part === undefined ? {} : { part }) };
  return openedHold('came_back', await holdIdOf(cause), { partner_id, payout_id }, facts, at);
}

/** The statement that lets a write pass only where no other sending has that batch of the provider's. */
export function expectNotAdopted(db: Database, sender_batch_id: string, provider_batch_id: string): Statement {
  return expectThat(db, sql`NOT EXISTS (${otherSend(sender_batch_id, provider_batch_id)})`);
}

function otherSend(sender_batch_id: string, provider_batch_id: string) {
  return sql`SELECT 1 FROM sends AS s WHERE s.provider_batch_id = ${provider_batch_id} AND s.sender_batch_id <> ${sender_batch_id}`;
}

/** Whether another sending has that batch of the provider's. */
export async function isAdoptedElsewhere(
  db: Database,
  sender_batch_id: string,
  provider_batch_id: string,
): Promise<boolean> {
  return (await db.all(sql`${otherSend(sender_batch_id, provider_batch_id)}`)).length > 0;
}

/** Pay days of batches on the PayPal rail that have not come to their end, oldest first. */
export async function unfinishedBatches(db: Database): Promise<string[]> {
  const rows = await db
    .select({ pay_date: batches.pay_date })
    .from(batches)
    .where(
      and(eq(batches.rail, 'paypal'), inArray(batches.status, ['frozen', 'sending', 'in_flight', 'needs_attention'])),
    )
    .orderBy(asc(batches.pay_date));
  return rows.map((row) => row.pay_date);
}

/** Settled sendings since an instant, the longest not looked at first. */
export async function settledSends(db: Database, since: number): Promise<SendRow[]> {
  return db
    .select()
    .from(sends)
    .where(and(eq(sends.status, 'settled'), gt(sends.settled_at, since)))
    .orderBy(asc(sends.checked_at));
}

/** The last sending of each item of a payout. */
export async function sendOfPayout(db: Database, payout_id: string): Promise<SendRow | null> {
  const [row] =
    await db.all<SendRow>(sql`SELECT s.* FROM send_items AS i JOIN sends AS s ON s.sender_batch_id = i.sender_batch_id
    WHERE i.payout_id = ${payout_id} ORDER BY s.attempt DESC LIMIT 1`);
  return row ?? null;
}

/** The statement that ends a sending of which no payout is on the way any more: nothing of it needs a person. */
export function settleSend(db: Database, sender_batch_id: string, now: number): Statement {
  return db.run(sql`UPDATE sends SET status = 'settled', attention = NULL, settled_at = coalesce(settled_at, ${now})
    WHERE sender_batch_id = ${sender_batch_id} AND NOT EXISTS (SELECT 1 FROM send_items AS i CROSS JOIN payouts AS p
      WHERE i.sender_batch_id = sends.sender_batch_id AND p.payout_id = i.payout_id
      AND p.status IN ('frozen', 'sending', 'in_flight', 'unclaimed'))`);
}

/** The sending that PayPal knows by one of its own ids, of a batch or of an item; null where the books know neither. */
export async function sendByProvider(
  db: Database,
  { payout_batch_id, payout_item_id }: { payout_batch_id: string | null; payout_item_id: string | null },
): Promise<SendRow | null> {
  const [row] = await db.all<SendRow>(sql`SELECT s.* FROM sends AS s WHERE s.provider_batch_id = ${payout_batch_id}
    UNION SELECT s.* FROM send_items AS i CROSS JOIN sends AS s WHERE i.provider_item_id = ${payout_item_id}
      AND s.sender_batch_id = i.sender_batch_id LIMIT 1`);
  return row ?? null;
}

/** The items of one payout in one sending. */
export async function itemsOfPayout(db: Database, sender_batch_id: string, payout_id: string): Promise<SendItemRow[]> {
  return db
    .select()
    .from(sendItems)
    .where(and(eq(sendItems.sender_batch_id, sender_batch_id), eq(sendItems.payout_id, payout_id)));
}

/** The sendings of batches that need a person. */
export async function sendsInNeed(db: Database, pay_dates: readonly string[]): Promise<SendRow[]> {
  const days = sql`SELECT value FROM json_each(${JSON.stringify(pay_dates)})`;
  return db
    .select()
    .from(sends)
    .where(sql`${sends.pay_date} IN (${days}) AND ${sends.attention} IS NOT NULL`)
    .orderBy(asc(sends.pay_date), asc(sends.chunk), asc(sends.attempt));
}

/** The sendings of a batch, for whoever looks at the batch. */
export async function sendsOfBatch(db: Database, pay_date: string): Promise<SendRow[]> {
  return db.select().from(sends).where(eq(sends.pay_date, pay_date)).orderBy(asc(sends.chunk), asc(sends.attempt));
}
