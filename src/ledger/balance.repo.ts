import { and, desc, eq, gt, gte, isNull, lt, lte, sql, type SQL } from 'drizzle-orm';

import type { Week } from '../calendar/week.rules.ts';
import { lineHoldColumns } from '../hold/hold.repo.ts';
import { holds } from '../hold/hold.schema.ts';
import { heldKind, isHeld } from '../payout/claim.repo.ts';
import { batches, payouts } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import type { BookLine, BookTransfer, PartnerBooks } from './balance.rules.ts';
import type { CloseBalances, CloseCut, HeldLine, SinceClose } from './close.rules.ts';
import { closes, lines, moves } from './ledger.schema.ts';
import { freezesOfPartner } from './transfer.repo.ts';

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
const bookTransfer = { kind: moves.kind, amount: moves.amount, at: moves.at };
const LINE_HOLDS = sql`${holds.kind} IN ('form_join', 'self_referral', 'dispute')`;

/** Everything in the books of one partner, for `totalsAt`. Reads the partner's whole history: for an `as_of` in the past. */
export async function readPartnerBooks(db: Database, partner_id: string): Promise<PartnerBooks> {
  const own = sql`FROM lines WHERE partner_id = ${partner_id} AND account_id IS NOT NULL`;
  const [bookLines, moved, frozen, bookPayouts, byAccount, byPayment] = await db.batch([
    db.select(bookLine).from(lines).where(eq(lines.partner_id, partner_id)),
    db.select(bookTransfer).from(moves).where(eq(moves.partner_id, partner_id)),
    freezesOfPartner(db, partner_id, ''),
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
    transfers: [...moved, ...frozen],
    payouts: bookPayouts,
    holds: [...byAccount, ...byPayment],
  };
}

/** The statements that read the freeze and the close that are dated last; give their rows to `presentSinceOf`. */
export function presentSinceQueries(db: Database) {
  return [
    db.select({ at: batches.frozen_at }).from(batches).orderBy(desc(batches.pay_date)).limit(1),
    db.select({ at: closes.at, pay_date: closes.pay_date }).from(closes).orderBy(desc(closes.pay_date)).limit(1),
  ] as const;
}

/** The instant from which on the books are at their present, no freeze and no close being dated later; and the pay day of the latest close. */
export function presentSinceOf(
  batch: readonly { at: number }[],
  close: readonly { at: number; pay_date: string }[],
): { at: number; closed: string } {
  const at = Math.max(batch[0]?.at ?? Number.NEGATIVE_INFINITY, close[0]?.at ?? Number.NEGATIVE_INFINITY);
  return { at, closed: close[0]?.pay_date ?? '' };
}

/** The instant from which on the books are at their present, and the pay day of the latest close. One round trip. */
export async function presentSince(db: Database): Promise<{ at: number; closed: string }> {
  const [batch, close] = await db.batch(presentSinceQueries(db));
  return presentSinceOf(batch, close);
}

/** From where on a partner's books are read: their close, and the pay day that every freeze since is after. */
export interface Since {
  partner_id: string;
  cut: CloseCut;
  balances: CloseBalances;
  frozen_after: string;
}

/** The same as the books have it or, where they have yet to be asked, as they are asked within the statements. */
export interface SinceBounds {
  partner_id: string;
  line_seq: number | SQL;
  transfer_seq: number | SQL;
  at: number | SQL;
  /** A JSON array of `seq`. */
  later: string | SQL;
  frozen_after: string | SQL;
}

/** A stretch of instants, `ends_at` excluded. */
type Stretch = Pick<Week, 'starts_at' | 'ends_at'>;

/** The statements that read what came to a partner's books since a close, and what is held; give their rows to `sinceOf`. */
export function sinceQueries(db: Database, bounds: SinceBounds, now: number) {
  const { partner_id, line_seq, transfer_seq, later, frozen_after } = bounds;
  return [
    db
      .select(bookLine)
      .from(lines)
      .where(and(eq(lines.partner_id, partner_id), gt(lines.seq, line_seq))),
    db
      .select(bookLine)
      .from(lines)
      .where(sql`${lines.seq} IN (SELECT value FROM json_each(${later}))`),
    db
      .select(bookTransfer)
      .from(moves)
      .where(and(eq(moves.partner_id, partner_id), gt(moves.seq, transfer_seq))),
    freezesOfPartner(db, partner_id, frozen_after),
    heldQuery(db, partner_id, now),
  ] as const;
}

/** Open lines that a close covers and counts, payable in a stretch. */
function coveredIn({ partner_id, line_seq, at }: SinceBounds, stretch: Stretch) {
  return and(
    eq(lines.partner_id, partner_id),
    isNull(lines.payout_id),
    gte(lines.payable_at, stretch.starts_at),
    lt(lines.payable_at, stretch.ends_at),
    lte(lines.seq, line_seq),
    lte(lines.at, at),
  );
}

/** The statement that reads the open lines that a close covers, payable in a stretch. */
function coveredQuery(db: Database, bounds: SinceBounds, stretch: Stretch) {
  return db.select(bookLine).from(lines).where(coveredIn(bounds, stretch));
}

/** The same, summed by the instant: in the order of their index, so that no line is looked at twice. */
export function coveredSumsQuery(db: Database, bounds: SinceBounds, stretch: Stretch) {
  return db
    .select({ payable_at: lines.payable_at, amount: sql<number>`sum(${lines.amount})` })
    .from(lines)
    .where(coveredIn(bounds, stretch))
    .groupBy(lines.payable_at);
}

/** What came since a close out of the rows read, for `totalsNow`; lines of forfeited payments are asked for apart. */
export function sinceOf(
  since: readonly BookLine[],
  later: readonly BookLine[],
  moved: readonly BookTransfer[],
  frozen: readonly BookTransfer[],
  held: readonly HeldLine[],
  covered: SinceClose['this_week'],
  week: Week,
): Omit<SinceClose, 'touched'> {
  const this_week = covered.filter((sum) => sum.payable_at >= week.starts_at && sum.payable_at < week.ends_at);
  return { lines: [...since, ...later], transfers: [...moved, ...frozen], this_week, held };
}

/** What came to a partner's books since a close, for `totalsNow`; lines of forfeited payments are asked for apart. */
export async function readSince(
  db: Database,
  { partner_id, cut, balances, frozen_after }: Since,
  now: number,
  week: Week,
): Promise<Omit<SinceClose, 'touched'>> {
  const bounds = { partner_id, ...cut, later: JSON.stringify(balances.later), frozen_after };
  const [since, later, moved, frozen, held, covered] = await db.batch([
    ...sinceQueries(db, bounds, now),
    coveredQuery(db, bounds, week),
  ]);
  return sinceOf(since, later, moved, frozen, held, covered, week);
}

/** Open lines of a partner that are held at the present and count, payable or not. */
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
      held: sql<HeldLine['held']>`${heldKind(now)}`,
    })
    .from(sql`(${held}) AS held CROSS JOIN lines AS l`)
    .where(
      sql`l.account_id = held.account_id AND l.partner_id = ${partner_id} AND l.payout_id IS NULL
        AND l.at <= ${now} AND ${isHeld(now)}`,
    );
}
