import { sumAmounts } from '../money/money.rules.ts';

/** A line of one partner, as the sums need it. */
export interface BookLine {
  seq: number;
  account_id: string | null;
  payment_id: string | null;
  kind: string;
  at: number;
  payable_at: number;
  amount: number;
  payout_id: string | null;
}

/** A transfer that concerns one partner. */
export interface BookTransfer {
  kind: 'freeze' | 'paid' | 'returned' | 'came_back' | 'reinstated' | 'written_off';
  amount: number;
  at: number;
}

/** A frozen payout: when its lines ceased to be open. */
export interface BookPayout {
  payout_id: string;
  pay_date: string;
  frozen_at: number;
}

/** A hold on an account or a payment that keeps lines out of claims while it is undecided. */
export interface LineHold {
  kind: 'form_join' | 'self_referral' | 'dispute';
  partner_id: string | null;
  account_id: string | null;
  payment_id: string | null;
  opened_at: number;
  decided_at: number | null;
}

/** The sums that partners see; minor units. `payable` and `owed_back` are never negative, and never both above zero. */
export interface Totals {
  pending: number;
  payable: number;
  in_flight: number;
  paid: number;
  forfeited: number;
  owed_back: number;
}

/** The kind of the hold that keeps a partner's line out of claims at an instant; null where none does. The twin of the freeze's SQL. */
export function heldBy(
  line: Pick<BookLine, 'account_id' | 'payment_id'>,
  partner_id: string,
  holds: readonly LineHold[],
  at: number,
): LineHold['kind'] | null {
  const standing = holds.filter((hold) => hold.opened_at <= at && (hold.decided_at === null || hold.decided_at > at));
  const ofAccount = (kind: LineHold['kind']) =>
    standing.some(
      (hold) =>
        hold.kind === kind &&
        hold.account_id !== null &&
        hold.account_id === line.account_id &&
        (hold.partner_id === null || hold.partner_id === partner_id),
    );
  if (ofAccount('form_join')) return 'form_join';
  if (ofAccount('self_referral')) return 'self_referral';
  const disputed = standing.some(
    (hold) => hold.kind === 'dispute' && hold.payment_id !== null && hold.payment_id === line.payment_id,
  );
  return disputed ? 'dispute' : null;
}

/** Sums of the accounts that transfers move money between. `returned` money is back as a line. */
export interface Moved {
  in_flight: number;
  paid: number;
  came_back: number;
  written_off: number;
}

const MOVES: Record<BookTransfer['kind'], readonly [from: keyof Moved | null, to: keyof Moved | null]> = {
  freeze: [null, 'in_flight'],
  paid: ['in_flight', 'paid'],
  returned: ['in_flight', null],
  came_back: ['paid', 'came_back'],
  reinstated: ['came_back', null],
  written_off: ['came_back', 'written_off'],
};

/** The sums after further transfers. */
export function afterTransfers(before: Moved, transfers: readonly BookTransfer[]): Moved {
  const moved = { ...before };
  for (const { kind, amount } of transfers) {
    const [from, to] = MOVES[kind];
    if (from) moved[from] -= amount;
    if (to) moved[to] += amount;
  }
  return moved;
}

export const NOTHING_MOVED: Moved = { in_flight: 0, paid: 0, came_back: 0, written_off: 0 };

const FORFEITS = new Set(['forfeit', 'reactivation']);

/** Whether a line is one by which forfeits come and go (V2). */
export function isForfeit(line: Pick<BookLine, 'kind'>): boolean {
  return FORFEITS.has(line.kind);
}

/**
 * What forfeits have taken of one payment since it was last given back. A payment is given back what is left of it by then: what was
 * refunded while it was forfeited is not forfeited any more. Of one instant, what is given back goes before what is taken (V2).
 */
function takenOf(lines: readonly BookLine[]): number {
  const given = new Map<number, number>();
  for (const line of lines) {
    if (line.kind === 'reactivation') given.set(line.at, (given.get(line.at) ?? 0) + line.amount);
  }
  const back = Math.max(Number.NEGATIVE_INFINITY, ...[...given].flatMap(([at, amount]) => (amount === 0 ? [] : [at])));
  return -sumAmounts(lines.flatMap((line) => (line.kind === 'forfeit' && line.at >= back ? [line.amount] : [])));
}

/**
 * What of one payment is forfeited and was never paid. `paidOn` gives the pay day of a line's payout, or null while the line is open:
 * what had ever been paid of the payment by then is not forfeited but earned back (C3).
 */
export function forfeitedOf(lines: readonly BookLine[], paidOn: (line: BookLine) => string | null): number {
  const taken = takenOf(lines);
  const byPayDate = new Map<string, number>();
  for (const line of lines) {
    const pay_date = paidOn(line);
    if (pay_date !== null) byPayDate.set(pay_date, (byPayDate.get(pay_date) ?? 0) + line.amount);
  }
  let sum = 0;
  let most = 0;
  for (const pay_date of [...byPayDate.keys()].toSorted()) {
    sum += byPayDate.get(pay_date) ?? 0;
    most = Math.max(most, sum);
  }
  return Math.max(0, taken - most);
}

/** Everything of one partner that the totals are made of. */
export interface PartnerBooks {
  partner_id: string;
  lines: readonly BookLine[];
  transfers: readonly BookTransfer[];
  payouts: readonly BookPayout[];
  holds: readonly LineHold[];
}

/**
 * The totals at any instant from the whole history, as the books stood or will stand from what is known: a line counts from its own
 * instant on, and is open until the freeze of its payout. No pay day to come is played.
 */
export function totalsAt(books: PartnerBooks, as_of: number): Totals {
  const frozen = new Map(books.payouts.map((payout) => [payout.payout_id, payout]));
  const paidOn = (line: BookLine) => {
    const payout = line.payout_id === null ? undefined : frozen.get(line.payout_id);
    return payout && payout.frozen_at <= as_of ? payout.pay_date : null;
  };
  const lines = books.lines.filter((line) => line.at <= as_of);
  const open = lines.filter((line) => paidOn(line) === null);
  const vested = open.filter(
    (line) => line.payable_at <= as_of && heldBy(line, books.partner_id, books.holds, as_of) === null,
  );
  const moved = afterTransfers(
    NOTHING_MOVED,
    books.transfers.filter((transfer) => transfer.at <= as_of),
  );
  const due = sumAmounts(vested.map((line) => line.amount));
  const waiting = sumAmounts(open.map((line) => line.amount)) - due;
  const payments = Map.groupBy(lines, (line) => line.payment_id);
  let forfeited = 0;
  for (const [payment_id, own] of payments) {
    if (payment_id !== null && own.some(isForfeit)) forfeited += forfeitedOf(own, paidOn);
  }
  return totals({ due, waiting, forfeited, moved });
}

/** The totals out of their parts: what is due net, what waits (unvested or held), forfeits, and moved money. */
export function totals(parts: { due: number; waiting: number; forfeited: number; moved: Moved }): Totals {
  const { due, waiting, forfeited, moved } = parts;
  return {
    pending: waiting + moved.came_back,
    payable: Math.max(0, due),
    in_flight: moved.in_flight,
    paid: moved.paid,
    forfeited: forfeited + moved.written_off,
    owed_back: Math.max(0, -due),
  };
}
