import type { DueMoney, PayDay } from '../explain/gates.rules.ts';
import { readPartnerBooks } from '../ledger/balance.repo.ts';
import { totalsAt, type PartnerBooks, type Totals } from '../ledger/balance.rules.ts';
import { totalsNow } from '../ledger/close.rules.ts';
import { presentOf, presentQueries, readPresent, type Present } from '../ledger/present.ts';
import type { PartnerRecord } from '../partner/facts.rules.ts';
import { payeeFacts, payeeQuery, rangeQueries, readPartnerRecord } from '../partner/record.repo.ts';
import { latestFrozen, latestFrozenQuery } from '../payout/batch.repo.ts';
import { nextPayDay } from '../payout/due.rules.ts';
import { policyHistory, policyQuery, readPolicy } from '../policy/policy.repo.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { hasReferred, hasReferredQuery, openEdgesQuery, openFirstsOf, readOpenFirsts } from './earnings.repo.ts';
import { dueMoney, dueMoneyNow, nextPayout, openSumsAt, type NextPayout } from './earnings.rules.ts';

/** A partner's earnings as of an instant; minor units of `currency`. */
export interface Earnings {
  partner_id: string;
  currency: string;
  as_of: number;
  totals: Totals;
  threshold: number;
  next_payout: NextPayout;
}

/** A partner's books for an instant: the present where it is one, else everything. */
type Books = { present: Present } | { whole: PartnerBooks };

async function readBooks(
  db: Database,
  partner_id: string,
  as_of: number,
  now: number,
  [policy]: PolicyHistory,
): Promise<Books> {
  const present = await readPresent(db, partner_id, as_of, now, policy);
  return present ? { present } : { whole: await readPartnerBooks(db, partner_id) };
}

/** What the next pay day rests on. */
interface Next {
  day: PayDay;
  record: PartnerRecord;
  money: DueMoney;
}

async function readNext(
  db: Database,
  partner_id: string,
  books: Books,
  history: PolicyHistory,
  as_of: number,
  now: number,
): Promise<Next> {
  const [latest, record, referred] = await Promise.all([
    latestFrozen(db, as_of),
    readPartnerRecord(db, partner_id),
    hasReferred(db, partner_id),
  ]);
  const day = nextPayDay(history, latest, Math.min(as_of, now));
  if ('whole' in books) return { day, record, money: dueMoney(openSumsAt(books.whole, as_of), day, referred) };
  const firsts = await readOpenFirsts(db, partner_id, day.week.ends_at, as_of);
  return { day, record, money: dueMoneyNow(books.present, firsts, day, as_of, referred) };
}

/** What is next paid to a partner as of an instant, from what is known then; pay days to come are not played (W). */
export async function readNextPayout(
  db: Database,
  partner_id: string,
  as_of: number,
  now: number,
): Promise<NextPayout> {
  const history = await readPolicy(db);
  const books = await readBooks(db, partner_id, as_of, now, history);
  const { day, record, money } = await readNext(db, partner_id, books, history, as_of, now);
  return nextPayout(day, as_of, record, money);
}

/** A partner's earnings, and the money that its next pay days rest on. */
export interface Outlook {
  earnings: Earnings;
  money: DueMoney;
}

function outlookOf(
  partner_id: string,
  books: Books,
  history: PolicyHistory,
  as_of: number,
  { day, record, money }: Next,
): Outlook {
  const totals =
    'whole' in books
      ? totalsAt(books.whole, as_of)
      : totalsNow(books.present.before, books.present.cut, books.present.since, as_of, history[0]);
  const { currency } = history[0];
  const threshold = day.policy.payout_threshold;
  const next_payout = nextPayout(day, as_of, record, money);
  return { earnings: { partner_id, currency, as_of, totals, threshold, next_payout }, money };
}

async function readOutlook(db: Database, partner_id: string, as_of: number, now: number): Promise<Outlook> {
  const history = await readPolicy(db);
  const books = await readBooks(db, partner_id, as_of, now, history);
  return outlookOf(partner_id, books, history, as_of, await readNext(db, partner_id, books, history, as_of, now));
}

/**
 * A partner's totals and next pay day as the books stand, stood, or will stand at an instant from what is known. At the present, what is
 * read does not grow with the partner's history.
 */
export async function readEarnings(db: Database, partner_id: string, as_of: number, now: number): Promise<Earnings> {
  const { earnings } = await readOutlook(db, partner_id, as_of, now);
  return earnings;
}

/** The statements that read a partner's earnings of now, for a batch of one's own; give their rows to `readOutlookNow`. */
export function earningsQueries(db: Database, partner_id: string, now: number) {
  return [
    ...presentQueries(db, partner_id, now),
    policyQuery(db),
    latestFrozenQuery(db, now),
    payeeQuery(db, partner_id),
    ...rangeQueries(db, partner_id, partner_id),
    hasReferredQuery(db, partner_id),
    openEdgesQuery(db, partner_id, now),
  ] as const;
}

type RowsOf<Queries extends readonly unknown[]> = { [I in keyof Queries]: Awaited<Queries[I]> };

/**
 * What `readEarnings` says of now, out of the rows of `earningsQueries` and without another round trip; only a clock behind the books, or weeks
 * that a change of policy skips, make it ask again.
 */
export async function readOutlookNow(
  db: Database,
  partner_id: string,
  rows: RowsOf<ReturnType<typeof earningsQueries>>,
  now: number,
): Promise<Outlook> {
  const [batch, close, own, since, later, moved, frozen, held, covered, touched, ...others] = rows;
  const [policy, [latest], [payee], holds, came_back, [referred], [edges]] = others;
  const history = policyHistory(policy);
  const read = { batch, close, own, since, later, moved, frozen, held, covered, touched };
  const present = presentOf(read, now, now, history[0]);
  const day = nextPayDay(history, latest?.pay_date ?? null, now);
  const firsts = edges ? openFirstsOf(edges, day.week.ends_at, now) : null;
  if (!present || !firsts) return readOutlook(db, partner_id, now, now);
  const facts = payee ? payeeFacts(payee) : [];
  const money = dueMoneyNow(present, firsts, day, now, referred?.referred === 1);
  const next = { day, record: { facts, holds, came_back }, money };
  return outlookOf(partner_id, { present }, history, now, next);
}
