import { weekOfDay, type Week, type WeekPolicy } from '../calendar/week.rules.ts';
import { dayOf } from '../calendar/zone.rules.ts';
import { sumAmounts } from '../money/money.rules.ts';
import {
  afterTransfers,
  forfeitedOf,
  isForfeit,
  NOTHING_MOVED,
  totals,
  type BookLine,
  type BookTransfer,
  type LineHold,
  type Moved,
  type Totals,
} from './balance.rules.ts';

/**
 * What a close keeps of one partner: sums over the lines up to its cut that count at its instant, and over the transfers up to its cut.
 * `matured` is what was open and payable before the week of the close's pay day; `weeks` the rest of what was open, by the first day of
 * the week in which it becomes payable. `later` are the lines within the cut that count only after the close's instant, by `seq`.
 */
export interface CloseBalances extends Moved {
  matured: number;
  weeks: Record<string, number>;
  later: readonly number[];
  forfeited: number;
}

/** Before a partner's first close. */
export const NO_BALANCES: CloseBalances = {
  ...NOTHING_MOVED,
  matured: 0,
  weeks: {},
  later: [],
  forfeited: 0,
};

/** Where a close stands: the rows it covers, its instant, and its pay day. */
export interface CloseCut {
  pay_date: string;
  line_seq: number;
  transfer_seq: number;
  at: number;
}

/** Before the first close. */
export const NO_CLOSE: CloseCut = {
  pay_date: '',
  line_seq: 0,
  transfer_seq: 0,
  at: Number.NEGATIVE_INFINITY,
};

/** Tells the first day of the program week that an instant lies in; weeks once met are kept, since most instants share a few. */
export function weekFinder(policy: WeekPolicy): (at: number) => string {
  const met: Week[] = [];
  return (at) => {
    let week = met.find(({ starts_at, ends_at }) => starts_at <= at && at < ends_at);
    if (!week) {
      week = weekOfDay(dayOf(at, policy.timezone), policy);
      met.unshift(week);
    }
    return week.start_on;
  };
}

/** What has come to one partner's books since their last close. */
export interface CloseChange {
  /** Of the lines that count at the close's instant: sums by the week in which they become payable. */
  weeks: ReadonlyMap<string, number>;
  /** The lines that count only later. */
  later: readonly number[];
  transfers: readonly BookTransfer[];
  /** What a payout left open of the lines payable before the week of the pay day; null where nothing was paid. */
  left_open: number | null;
  /** What forfeits come to now, less what they came to at the former close. */
  forfeited: number;
}

/** A partner's balances at the close of `pay_date`, from those at their former one and what came since. */
export function closeBalances(
  before: CloseBalances,
  change: CloseChange,
  pay_date: string,
  policy: WeekPolicy,
): CloseBalances {
  const week = weekOfDay(pay_date, policy).start_on;
  const sums = new Map(Object.entries(before.weeks));
  for (const [start_on, amount] of change.weeks) sums.set(start_on, (sums.get(start_on) ?? 0) + amount);
  const matured = [...sums].flatMap(([start_on, amount]) => (start_on < week ? [amount] : []));
  const rest = [...sums].filter(([start_on, amount]) => start_on >= week && amount !== 0);
  return {
    ...afterTransfers(before, change.transfers),
    matured: change.left_open ?? sumAmounts([before.matured, ...matured]),
    weeks: Object.fromEntries(rest.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    later: change.later.toSorted((a, b) => a - b),
    forfeited: before.forfeited + change.forfeited,
  };
}

/**
 * What a payout left open of what was payable before the week of the pay day; null where nothing was paid. A freeze claims of these lines
 * only, and every one that it claimed is counted by then.
 */
export function leftOpen(
  before: CloseBalances,
  change: Pick<CloseChange, 'weeks' | 'transfers'>,
  pay_date: string,
  policy: WeekPolicy,
): number | null {
  const claimed = change.transfers.flatMap(({ kind, amount }) => (kind === 'freeze' ? [amount] : []));
  if (claimed.length === 0) return null;
  const week = weekOfDay(pay_date, policy).start_on;
  const matured = [...Object.entries(before.weeks), ...change.weeks].flatMap(([start_on, amount]) =>
    start_on < week ? [amount] : [],
  );
  return sumAmounts([before.matured, ...matured, -sumAmounts(claimed)]);
}

/** A payment as it stands in one partner's books. */
export interface TouchedPayment {
  partner_id: string;
  account_id: string;
  payment_id: string;
}

/** A line of a payment that forfeits have touched, with the pay day of the payout that took it. */
export type PaidLine = BookLine & { paid_on: string | null };

/** What forfeits of the lines' payments came to at a close: over the lines that it covers, with the payouts up to its pay day. */
export function forfeitedAtClose(lines: readonly PaidLine[], cut: CloseCut): number {
  const covered = lines.filter((line) => line.seq <= cut.line_seq && line.at <= cut.at);
  return forfeitedOfPayments(
    covered.map((line) => (line.paid_on !== null && line.paid_on <= cut.pay_date ? line : { ...line, paid_on: null })),
  );
}

function forfeitedOfPayments(lines: readonly PaidLine[]): number {
  let forfeited = 0;
  for (const own of Map.groupBy(lines, (line) => line.payment_id).values()) {
    const paidOn = new Map(own.map((line) => [line.seq, line.paid_on]));
    if (own.some(isForfeit)) forfeited += forfeitedOf(own, (line) => paidOn.get(line.seq) ?? null);
  }
  return forfeited;
}

/** An open line that a hold keeps out of claims. */
export type HeldLine = BookLine & { held: LineHold['kind'] };

/** What the present of a partner is computed from, besides their latest close. */
export interface SinceClose {
  /** Lines booked since, and those that were `later`. */
  lines: readonly BookLine[];
  transfers: readonly BookTransfer[];
  /** Lines that the close covers and counts, open, payable in the week of `now`; or sums of them by instants that say the same. */
  this_week: readonly Pick<BookLine, 'payable_at' | 'amount'>[];
  /** Open lines that are held and count at `now`. */
  held: readonly HeldLine[];
  /** All lines of the payments that a forfeit among `lines` touches. */
  touched: readonly PaidLine[];
}

const sum = (rows: readonly { amount: number }[]) => sumAmounts(rows.map(({ amount }) => amount));

/**
 * The totals at the present from a partner's latest close and what came since; equal to `totalsAt` over the whole history. `now` is
 * neither before the close's instant nor before the freeze of any batch.
 */
export function totalsNow(
  before: CloseBalances,
  cut: CloseCut,
  since: SinceClose,
  now: number,
  policy: WeekPolicy,
): Totals {
  const week = weekOfDay(dayOf(now, policy.timezone), policy).start_on;
  const payable = (lines: readonly Pick<BookLine, 'payable_at' | 'amount'>[]) =>
    sum(lines.filter((line) => line.payable_at <= now));
  const weeks = Object.entries(before.weeks).map(([start_on, amount]) => ({ start_on, amount }));
  const counting = since.lines.filter((line) => line.at <= now);
  // Whatever a freeze has claimed since had become payable before the week of `now`.
  const claimed = sum(since.transfers.filter((transfer) => transfer.kind === 'freeze'));
  const past = before.matured + sum(weeks.filter(({ start_on }) => start_on < week));
  const due = past + payable(since.this_week) + payable(counting) - claimed - payable(since.held);
  const open = before.matured + sum(weeks) + sum(counting) - claimed;
  const touched = since.touched.filter((line) => line.at <= now);
  const forfeited = forfeitedOfPayments(touched) - forfeitedAtClose(since.touched, cut);
  return totals({
    due,
    waiting: open - due,
    forfeited: before.forfeited + forfeited,
    moved: afterTransfers(before, since.transfers),
  });
}
