import { and, desc, eq, gt, gte, isNull, lt, lte, sql } from 'drizzle-orm';

import type { Week } from '../calendar/week.rules.ts';
import { lineHoldColumns } from '../hold/hold.repo.ts';
import { holds } from '../hold/hold.schema.ts';
import { isHeld } from '../payout/claim.repo.ts';
import { batches, payouts } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { BookLine, PartnerBooks } from './balance.rules.ts';
import type { CloseBalances, CloseCut } from './close.rules.ts';
import { closes, lines, transfers } from './ledger.schema.ts';

/** The columns of a line as balances read it. */
export const bookLine = {
  seq: lines.seq,
  account_id: lines.account_id,
  payment_id: lines.payment_id,
  kind: lines.kind,
  at: lines.at,
  payable_at: lines.payable_at,
  amount: lines.amount,
  payout_id: lines.payout_id,
};
const bookTransfer = { kind: transfers.kind, amount: transfers.amount, at: transfers.at };
const LINE_HOLDS = sql`${holds.kind} IN ('form_join', 'self_referral', 'dispute')`;

/** Everything in the books of one partner, for `totalsAt`. Reads the partner's whole history: for an `as_of` in the past. */
export async function readPartnerBooks(db: Database, partner_id: string): Promise<PartnerBooks> {
  const own = sql`FROM lines WHERE partner_id = ${partner_id} AND account_id IS NOT NULL`;
  const [bookLines, bookTransfers, bookPayouts, byAccount, byPayment] = await db.batch([
    db.select(bookLine).from(lines).where(eq(lines.partner_id, partner_id)),
    db.select(bookTransfer).from(transfers).where(eq(transfers.partner_id, partner_id)),
    db
      .select({ payout_id: payouts.payout_id, pay_date: payouts.pay_date, frozen_at: batches.frozen_at })
      .from(batches)
      .crossJoin(payouts)
      .where(sql`${payouts.pay_date} = ${batches.pay_date} AND ${payouts.partner_id} = ${partner_id}`),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(sql`${holds.account_id} IN (SELECT account_id ${own}) AND ${holds.kind} <> 'dispute' AND ${LINE_HOLDS}`),
    db
      .select(lineHoldColumns)
      .from(holds)
      .where(sql`${holds.payment_id} IN (SELECT payment_id ${own}) AND ${holds.kind} = 'dispute'`),
  ]);
  return {
    partner_id,
    lines: bookLines,
    transfers: bookTransfers,
    payouts: bookPayouts,
    holds: [...byAccount, ...byPayment],
  };
}

/** The instant from which on the books are at their present: no freeze and no close is dated later. */
export async function presentSince(db: Database): Promise<number> {
  const [batch, close] = await db.batch([
    db.select({ at: batches.frozen_at }).from(batches).orderBy(desc(batches.pay_date)).limit(1),
    db.select({ at: closes.at }).from(closes).orderBy(desc(closes.pay_date)).limit(1),
  ]);
  return Math.max(batch[0]?.at ?? Number.NEGATIVE_INFINITY, close[0]?.at ?? Number.NEGATIVE_INFINITY);
}

/** What came to a partner's books since a close, for `totalsNow`; lines of forfeited payments are asked for apart. */
export async function readSince(
  db: Database,
  partner_id: string,
  cut: CloseCut,
  balances: CloseBalances,
  now: number,
  week: Week,
): Promise<{
  lines: BookLine[];
  transfers: (typeof transfers.$inferSelect)[];
  this_week: BookLine[];
  held: BookLine[];
}> {
  const [since, later, moved, this_week, held] = await db.batch([
    db
      .select(bookLine)
      .from(lines)
      .where(and(eq(lines.partner_id, partner_id), gt(lines.seq, cut.line_seq))),
    db
      .select(bookLine)
      .from(lines)
      .where(sql`${lines.seq} IN (SELECT value FROM json_each(${JSON.stringify(balances.later)}))`),
    db
      .select()
      .from(transfers)
      .where(and(eq(transfers.partner_id, partner_id), gt(transfers.seq, cut.transfer_seq))),
    db
      .select(bookLine)
      .from(lines)
      .where(
        and(
          eq(lines.partner_id, partner_id),
          isNull(lines.payout_id),
          gte(lines.payable_at, week.starts_at),
          lt(lines.payable_at, week.ends_at),
          lte(lines.seq, cut.line_seq),
          lte(lines.at, cut.at),
        ),
      ),
    heldQuery(db, partner_id, now),
  ]);
  return { lines: [...since, ...later], transfers: moved, this_week, held };
}

/** Open lines of a partner that are held at the present, and are payable and count. */
function heldQuery(db: Database, partner_id: string, now: number) {
  const held = sql`SELECT h.account_id AS account_id FROM holds AS h WHERE h.partner_id = ${partner_id} AND h.decision IS NULL AND h.kind IN ('form_join', 'self_referral', 'dispute')
    UNION SELECT h.account_id FROM holds AS h WHERE h.partner_id IS NULL AND h.decision IS NULL AND h.kind IN ('form_join', 'self_referral', 'dispute')
    UNION SELECT p.account_id FROM holds AS h JOIN payments AS p ON p.payment_id = h.payment_id WHERE h.decision IS NULL AND h.kind = 'dispute'`;
  return db
    .select({
      seq: sql<number>`l.seq`,
      account_id: sql<string | null>`l.account_id`,
      payment_id: sql<string | null>`l.payment_id`,
      kind: sql<string>`l.kind`,
      at: sql<number>`l.at`,
      payable_at: sql<number>`l.payable_at`,
      amount: sql<number>`l.amount`,
      payout_id: sql<string | null>`l.payout_id`,
    })
    .from(sql`(${held}) AS held CROSS JOIN lines AS l`)
    .where(
      sql`l.account_id = held.account_id AND l.partner_id = ${partner_id} AND l.payout_id IS NULL
        AND l.payable_at <= ${now} AND l.at <= ${now} AND ${isHeld(now)}`,
    );
}
