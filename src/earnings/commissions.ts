import { factsOf, type AccountState } from '../account/state.rules.ts';
import { readAccountStates } from '../account/states.repo.ts';
import { paidElsewhere } from '../commission/target.rules.ts';
import { termsOf } from '../commission/term.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  elsewherePayments,
  findTakingPayouts,
  linesBefore,
  linesOfPayment,
  readCommissionRows,
} from './commissions.repo.ts';
import { commissionEntries, type BookedLine, type CommissionEntry, type LinePayment } from './commissions.rules.ts';

type Rows = Awaited<ReturnType<typeof readCommissionRows>>;

/** V1: when the term of each payment vests, for all payments of the accounts that were read. */
export function vestingOf(rows: Pick<Rows, 'accounts' | 'payments' | 'cancellations' | 'policy'>): Map<string, number> {
  const vests = new Map<string, number>();
  const paid = Map.groupBy(rows.payments, (payment) => payment.account_id);
  const ended = Map.groupBy(rows.cancellations, (end) => end.account_id);
  for (const account of rows.accounts) {
    const { account_id } = account;
    const known: Omit<AccountState, 'posted' | 'guards' | 'partner_guards'> = {
      account_id,
      account,
      policy: rows.policy,
      payments: paid.get(account_id) ?? [],
      cancellations: ended.get(account_id) ?? [],
      refunds: [],
      reversals: [],
      decisions: [],
      partner_rates: {},
      partner_closures: new Map(),
      plan_rates: {},
    };
    const facts = factsOf(known);
    for (const term of facts ? termsOf(facts) : [])
      for (const { payment_id } of term.payments) vests.set(payment_id, term.vests_at);
  }
  return vests;
}

const idsOf = (ids: Iterable<string | null>) => [...new Set(ids)].filter((id) => id !== null);

/** The entries of the payments that these lines are about, and of the lines without a payment among them. */
async function entriesAround(
  db: Database,
  partner_id: string,
  around: readonly BookedLine[],
  now: number,
): Promise<CommissionEntry[]> {
  const rows = await readCommissionRows(db, {
    partner_id,
    account_ids: idsOf(around.map((line) => line.account_id)),
    payment_ids: idsOf(around.map((line) => line.payment_id)),
    adjustment_ids: idsOf(around.filter((line) => line.kind === 'adjustment').map((line) => line.cause_id)),
  });
  const lines = [...rows.lines, ...around.filter((line) => line.payment_id === null)];
  const payouts = await findTakingPayouts(db, idsOf(lines.map((line) => line.payout_id)));
  const vests = vestingOf(rows);
  const payments = rows.payments.map((row): LinePayment => {
    return {
      payment_id: row.payment_id,
      paid_at: row.paid_at,
      voided: row.voided_reason !== null,
      vests_at: vests.get(row.payment_id) ?? null,
    };
  });
  return commissionEntries({
    partner_id,
    now,
    lines,
    payouts,
    payments,
    holds: rows.holds,
    adjustments: rows.adjustments,
  });
}

/**
 * A page that goes on with commissions that a former program has paid, from the `skip`-th payment on, in the order in which they were told.
 * A cursor of such a page is how many came before, negative.
 */
async function withElsewhere(
  db: Database,
  partner_id: string,
  entries: readonly CommissionEntry[],
  { skip, limit, now }: { skip: number; limit: number; now: number },
): Promise<CommissionPage> {
  const room = limit - entries.length;
  const paid = await elsewherePayments(db, partner_id, skip, room + 1);
  const shown = paid.slice(0, room);
  const next = paid.length > room ? -(skip + room) : null;
  if (shown.length === 0) return { entries: [...entries], next };
  const { states } = await readAccountStates(db, { account_ids: idsOf(shown.map((row) => row.account_id)) });
  const facts = new Map([...states.values()].map((state) => [state.account_id, factsOf(state)]));
  const all = [...facts.values()].flatMap((known) => (known ? paidElsewhere(known) : []));
  const own = new Map(all.filter((found) => found.partner_id === partner_id).map((found) => [found.payment_id, found]));
  const found = shown.flatMap(({ payment_id, account_id }, i): CommissionEntry[] => {
    const commission = own.get(payment_id);
    if (!commission || commission.paid_at > now) return [];
    const { paid_at, amount, rate_bps, vests_at } = commission;
    return [
      {
        anchor: -(skip + i),
        payment_id,
        account_id,
        kind: 'commission',
        cause_id: null,
        at: paid_at,
        paid_at,
        amount,
        rate_bps,
        vests_at,
        status: 'paid',
        payout_id: null,
        reason: 'paid_elsewhere',
      },
    ];
  });
  return { entries: [...entries, ...found], next };
}

/** How many lines are read for an entry: most have one to three. */
const LINES_PER_ENTRY = 3;
/** How often a page reads on where lines came to nothing; a page may then be shorter. */
const MOST_READS = 10;

/** A page of a partner's entries, and the booking order below which the next begins; null at the end. */
export interface CommissionPage {
  entries: CommissionEntry[];
  next: number | null;
}

/**
 * A partner's entries, newest booking first, from below `before` on. Entries are ordered by their first line, which never changes, so what
 * is booked meanwhile neither repeats nor hides what an older page shows. What a former program has paid has no line, and comes last.
 * Reads a bounded number of rows.
 */
export async function readCommissions(
  db: Database,
  partner_id: string,
  query: { before: number | null; limit: number; now: number },
): Promise<CommissionPage> {
  const { limit, now } = query;
  if (query.before !== null && query.before <= 0)
    return withElsewhere(db, partner_id, [], { skip: -query.before, limit, now });
  const entries: CommissionEntry[] = [];
  let before = query.before;
  for (let read = 0; read < MOST_READS; read++) {
    const size = (limit + 1) * LINES_PER_ENTRY;
    const around = await linesBefore(db, partner_id, before, size);
    const lowest = around.length < size ? 0 : (around.at(-1)?.seq ?? 0);
    const below = before ?? Number.POSITIVE_INFINITY;
    const found = await entriesAround(db, partner_id, around, now);
    entries.push(...found.filter(({ anchor }) => anchor >= lowest && anchor < below));
    if (entries.length > limit) return { entries: entries.slice(0, limit), next: entries[limit - 1]?.anchor ?? null };
    if (lowest === 0) return withElsewhere(db, partner_id, entries, { skip: 0, limit, now });
    before = lowest;
  }
  return { entries, next: before };
}

/** A partner's entries of one payment, newest booking first; none where the payment earned the partner nothing, or is not known. */
export async function readPaymentCommissions(
  db: Database,
  partner_id: string,
  payment: { account_id: string; payment_id: string },
  now: number,
): Promise<CommissionEntry[]> {
  const own = await linesOfPayment(db, partner_id, payment);
  return own.length === 0 ? [] : entriesAround(db, partner_id, own, now);
}
