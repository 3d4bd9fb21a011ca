import { weekOfDay, type WeekPolicy } from '../calendar/week.rules.ts';
import { dayOf } from '../calendar/zone.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  coveredSumsQuery,
  presentSince,
  presentSinceOf,
  presentSinceQueries,
  readSince,
  sinceOf,
  sinceQueries,
} from './balance.repo.ts';
import { isForfeit, type BookLine, type BookTransfer } from './balance.rules.ts';
import {
  balancesOf,
  latestBalances,
  latestBalancesQuery,
  latestCut,
  linesOfPayments,
  touchedQuery,
} from './close.repo.ts';
import {
  NO_BALANCES,
  type CloseBalances,
  type CloseCut,
  type HeldLine,
  type PaidLine,
  type SinceClose,
  type TouchedPayment,
} from './close.rules.ts';

/** What the present of a partner is computed from: their latest close, and what came since. */
export interface Present {
  before: CloseBalances;
  cut: CloseCut;
  since: SinceClose;
}

/**
 * Reads what a partner's books are at an instant that is not past; null where it is, and only the whole history can tell. What it reads
 * does not grow with that history: a close, what came since, and what becomes payable in the instant's week. `policy` is any version.
 */
export async function readPresent(
  db: Database,
  partner_id: string,
  as_of: number,
  now: number,
  policy: WeekPolicy,
): Promise<Present | null> {
  const latest = await presentSince(db);
  if (as_of < now || as_of < latest.at) return null;
  const { cut, balances } = await latestBalances(db, partner_id);
  const before = balances ?? NO_BALANCES;
  const week = weekOfDay(dayOf(as_of, policy.timezone), policy);
  // The close may have been taken since `latest` was read: then this partner's own tells.
  const frozen_after = cut.pay_date > latest.closed ? cut.pay_date : latest.closed;
  const since = await readSince(db, { partner_id, cut, balances: before, frozen_after }, as_of, week);
  // An outcome filed by a clock ahead of this one is not known yet at `as_of`.
  if (since.transfers.some((transfer) => transfer.at > as_of)) return null;
  const payments = new Map<string, TouchedPayment>();
  for (const { account_id, payment_id, ...line } of since.lines) {
    if (isForfeit(line) && line.at <= as_of && account_id !== null && payment_id !== null) {
      payments.set(payment_id, { partner_id, account_id, payment_id });
    }
  }
  const touched = payments.size > 0 ? await linesOfPayments(db, [...payments.values()]) : [];
  return { before, cut, since: { ...since, touched } };
}

const DAY_MS = 86_400_000;

/**
 * The statements of `readPresent` for one round trip, before anything is known: where the close stands is asked within them, and the week is
 * told apart afterwards. Give their rows to `presentOf`, in this order.
 */
export function presentQueries(db: Database, partner_id: string, as_of: number) {
  const cut = latestCut(partner_id);
  // A week of seven days holds `as_of`, wherever it begins; one of them may have an hour more.
  const around = { starts_at: as_of - 8 * DAY_MS, ends_at: as_of + 1 };
  return [
    ...presentSinceQueries(db),
    latestBalancesQuery(db, partner_id),
    ...sinceQueries(db, cut, as_of),
    coveredSumsQuery(db, cut, around),
    touchedQuery(db, partner_id, as_of),
  ] as const;
}

/** The rows of `presentQueries`. */
export interface PresentRows {
  batch: readonly { at: number }[];
  close: readonly { at: number; pay_date: string }[];
  own: readonly (CloseCut & { balances: string })[];
  since: readonly BookLine[];
  later: readonly BookLine[];
  moved: readonly BookTransfer[];
  frozen: readonly BookTransfer[];
  held: readonly HeldLine[];
  covered: readonly { payable_at: number; amount: number }[];
  touched: readonly PaidLine[];
}

/** The present of a partner out of the rows read in one round trip; null where only the whole history can tell (`readPresent`). */
export function presentOf(rows: PresentRows, as_of: number, now: number, policy: WeekPolicy): Present | null {
  if (as_of < now || as_of < presentSinceOf(rows.batch, rows.close).at) return null;
  const { cut, balances } = balancesOf(rows.own);
  const week = weekOfDay(dayOf(as_of, policy.timezone), policy);
  const { later, moved, frozen, held, covered, touched } = rows;
  const since = sinceOf(rows.since, later, moved, frozen, held, covered, week);
  if (since.transfers.some((transfer) => transfer.at > as_of)) return null;
  return { before: balances ?? NO_BALANCES, cut, since: { ...since, touched } };
}
