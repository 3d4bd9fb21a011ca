import { forfeitedOf, heldBy, type LineHold } from '../ledger/balance.rules.ts';
import type { lines } from '../ledger/ledger.schema.ts';
import { sumAmounts } from '../money/money.rules.ts';
import type { payouts } from '../payout/payout.schema.ts';

/** A line of one partner's books. */
export type BookedLine = Omit<typeof lines.$inferSelect, 'partner_id' | 'recorded_at'>;

/** What a payout that took lines has come to. */
export type TakingPayout = Pick<typeof payouts.$inferSelect, 'payout_id' | 'pay_date' | 'status'>;

/** A payment behind lines: `vests_at` is that of its account's term, null for a payment that is in none (voided). */
export interface LinePayment {
  payment_id: string;
  paid_at: number;
  voided: boolean;
  vests_at: number | null;
}

export const COMMISSION_KINDS = ['commission', 'clawback', 'returned', 'adjustment'] as const;
export const COMMISSION_STATUSES = [
  'pending',
  'payable',
  'in_flight',
  'paid',
  'returned',
  'forfeited',
  'refunded',
  'held',
] as const;

/** Why an entry is as it is; an adjustment gives the operator's own words instead. */
export const COMMISSION_REASONS = {
  refund: 'a refund or lost dispute took back a part or all of it, or one that had was told wrongly',
  refund_reversal: 'a refund failed, or a dispute was won',
  forfeit: 'the account ended before it had vested (V2)',
  reactivation: 'the account came back in time (V2)',
  referrer: 'the referrer of the account was corrected',
  self_referral: 'the holder of the account is the partner (S1), or may be (S3)',
  form_join: 'the client has not confirmed yet who referred them (R3)',
  dispute: "the client's bank looks into a dispute (C2)",
  moved: 'a fact told late moved the day on which it is payable',
  void: 'the payment had been told wrongly',
  returned: 'a payout came back (P7)',
  came_back: 'the money came back after it had been paid (P7)',
  paid_elsewhere: 'a former program has paid it: it is in no total',
} as const;

/** One entry of a partner's list. `anchor` is the booking order of its first line, by which the list is paged. */
export interface CommissionEntry {
  anchor: number;
  payment_id: string | null;
  account_id: string | null;
  kind: (typeof COMMISSION_KINDS)[number];
  /** The fact behind a clawback, the payout that came back, or the adjustment. */
  cause_id: string | null;
  at: number;
  paid_at: number | null;
  amount: number;
  rate_bps: number | null;
  vests_at: number | null;
  status: (typeof COMMISSION_STATUSES)[number];
  payout_id: string | null;
  reason: string | null;
}

/** Everything that the entries of some payments, and of lines without a payment, are made of. */
export interface CommissionBooks {
  partner_id: string;
  now: number;
  /** All lines of each payment, and lines of the partner's own. */
  lines: readonly BookedLine[];
  payouts: readonly TakingPayout[];
  payments: readonly LinePayment[];
  holds: readonly LineHold[];
  adjustments: readonly { adjustment_id: string; reason: string }[];
}

type Status = CommissionEntry['status'];
type Reason = keyof typeof COMMISSION_REASONS;

/** How what a payout took stands with it. */
const TAKEN: Record<TakingPayout['status'], { status: Status; reason: Reason | null }> = {
  frozen: { status: 'in_flight', reason: null },
  sending: { status: 'in_flight', reason: null },
  in_flight: { status: 'in_flight', reason: null },
  unclaimed: { status: 'in_flight', reason: null },
  paid: { status: 'paid', reason: null },
  returned: { status: 'returned', reason: 'returned' },
  failed: { status: 'returned', reason: 'returned' },
  held: { status: 'held', reason: 'came_back' },
};

const sum = (own: readonly BookedLine[]) => sumAmounts(own.map((line) => line.amount));
const first = (own: readonly BookedLine[]) => Math.min(...own.map((line) => line.seq));

/** How open lines of one payment stand. */
function openStanding(books: CommissionBooks, line: BookedLine): { status: Status; reason: Reason | null } {
  const held = heldBy(line, books.partner_id, books.holds, books.now);
  if (held) return { status: 'held', reason: held };
  return { status: line.payable_at > books.now ? 'pending' : 'payable', reason: null };
}

/** How what was taken by a payout, or is open, stands. */
function standingOf(books: CommissionBooks, line: BookedLine): { status: Status; reason: Reason | null } {
  const payout =
    line.payout_id === null ? undefined : books.payouts.find((taking) => taking.payout_id === line.payout_id);
  return payout ? TAKEN[payout.status] : openStanding(books, line);
}

/** Net sums by kind: what refunds, forfeits and other causes come to. */
function netOf(own: readonly BookedLine[], ...kinds: BookedLine['kind'][]): number {
  return sum(own.filter((line) => kinds.includes(line.kind)));
}

/**
 * What an unpaid commission that has come to nothing is, or null where it never was (voided), or is due under another day. `whole` are all
 * lines of the payment: what of it had been paid under another day is not forfeited but earned back.
 */
function nothingLeft(
  books: CommissionBooks,
  own: readonly BookedLine[],
  whole: readonly BookedLine[],
): { status: Status; reason: Reason; amount: number } | null {
  if (netOf(own, 'forfeit', 'reactivation') < 0) {
    const paidOn = (line: { payout_id: string | null }) =>
      books.payouts.find((taking) => taking.payout_id === line.payout_id)?.pay_date ?? null;
    return { status: 'forfeited', reason: 'forfeit', amount: forfeitedOf(whole, paidOn) };
  }
  if (netOf(own, 'refund', 'refund_reversal') < 0) return { status: 'refunded', reason: 'refund', amount: 0 };
  if (netOf(own, 'self_referral') < 0) return { status: 'forfeited', reason: 'self_referral', amount: 0 };
  if (netOf(own, 'referrer') < 0) return { status: 'forfeited', reason: 'referrer', amount: 0 };
  return null;
}

/** The lines that make up a commission, the payout that took it (null: open), and the lines that came after. */
interface Split {
  commission: BookedLine[];
  payout_id: string | null;
  after: BookedLine[];
}

/**
 * Of the lines of one payment under one day: those that make up the commission, and what came after a payout had taken it. What came to
 * nothing within a payout is as good as unpaid. Without anything that was earned all comes after.
 */
function split(books: CommissionBooks, own: readonly BookedLine[]): Split {
  const takings = books.payouts.toSorted((a, b) => (a.pay_date < b.pay_date ? -1 : 1));
  const commission: BookedLine[] = [];
  for (const { payout_id } of takings) {
    const taken = own.filter((line) => line.payout_id === payout_id);
    if (sum(taken) < 0) return { commission, payout_id: null, after: own.filter((line) => !commission.includes(line)) };
    commission.push(...taken);
    if (sum(taken) > 0) return { commission, payout_id, after: own.filter((line) => !commission.includes(line)) };
  }
  return sum(own) < 0
    ? { commission: [], payout_id: null, after: [...own] }
    : { commission: [...own], payout_id: null, after: [] };
}

function commissionOf(
  books: CommissionBooks,
  payment: LinePayment,
  { commission, payout_id }: Split,
  whole: readonly BookedLine[],
): CommissionEntry[] {
  const [line] = commission;
  if (!line) return [];
  const amount = sum(commission);
  const refunded = netOf(commission, 'refund', 'refund_reversal') < 0;
  const standing =
    amount === 0 ? nothingLeft(books, commission, whole) : { ...standingOf(books, { ...line, payout_id }), amount };
  if (!standing) return [];
  const { status, reason } = standing;
  return [
    {
      ...entryOf(payment, commission),
      kind: 'commission',
      cause_id: null,
      amount: standing.amount,
      status,
      payout_id,
      reason: reason ?? (refunded ? 'refund' : null),
    },
  ];
}

function entryOf(payment: LinePayment, own: readonly BookedLine[]) {
  const { payment_id, paid_at, vests_at } = payment;
  const account_id = own[0]?.account_id ?? null;
  // A rate that was changed in time is that of the latest booking.
  const rate_bps = own.findLast((line) => line.kind === 'commission')?.rate_bps ?? own[0]?.rate_bps ?? null;
  return { anchor: first(own), payment_id, account_id, at: own[0]?.at ?? paid_at, paid_at, rate_bps, vests_at };
}

/** Why a line came after its commission had been paid. */
function causeOf(line: BookedLine, amount: number, payment: LinePayment): Reason {
  if (line.kind === 'adjustment' || line.kind === 'returned') return 'returned';
  if (line.kind !== 'commission') return line.kind;
  if (payment.voided) return 'void';
  // Only a decision gives credit anew; what is taken back under the kind of credit itself is due under another day.
  return amount < 0 || line.cause_id === payment.payment_id ? 'moved' : 'referrer';
}

/** C3: each later cause with its own entry, a payout's apart from what is still open. */
function clawbacksOf(books: CommissionBooks, payment: LinePayment, after: readonly BookedLine[]): CommissionEntry[] {
  const groups = Map.groupBy(after, (line) => JSON.stringify([line.kind, line.cause_id, line.payout_id]));
  return [...groups.values()].flatMap((own): CommissionEntry[] => {
    const [line] = own;
    const amount = sum(own);
    if (!line || amount === 0) return [];
    const { status } = standingOf(books, line);
    return [
      {
        ...entryOf(payment, own),
        kind: 'clawback',
        cause_id: line.cause_id,
        amount,
        status,
        payout_id: line.payout_id,
        reason: causeOf(line, amount, payment),
      },
    ];
  });
}

function ownEntry(books: CommissionBooks, line: BookedLine): CommissionEntry {
  const { status } = standingOf(books, line);
  const adjusted = line.kind === 'adjustment';
  const words = books.adjustments.find((adjustment) => adjustment.adjustment_id === line.cause_id)?.reason;
  return {
    anchor: line.seq,
    payment_id: null,
    account_id: null,
    kind: adjusted ? 'adjustment' : 'returned',
    cause_id: line.cause_id,
    at: line.at,
    paid_at: null,
    amount: line.amount,
    rate_bps: null,
    vests_at: null,
    status,
    payout_id: line.payout_id,
    reason: adjusted ? (words ?? null) : 'returned',
  };
}

/**
 * The entries that lines come to (C2, C3, V1, P7), newest booking first. While a payment's commission is unpaid it is one entry, after its
 * refunds; once paid, that entry stays, and what comes later is clawed back, or restored, by entries of their own, each with its cause. A
 * fact that moves the day on which it is payable makes another commission under the new day. Lines count from their own instant on.
 */
export function commissionEntries(books: CommissionBooks): CommissionEntry[] {
  const payments = new Map(books.payments.map((payment) => [payment.payment_id, payment]));
  const counting = books.lines.filter((line) => line.at <= books.now).toSorted((a, b) => a.seq - b.seq);
  const entries = counting.filter((line) => line.payment_id === null).map((line) => ownEntry(books, line));
  for (const [payment_id, whole] of Map.groupBy(counting, (line) => line.payment_id)) {
    const payment = payments.get(payment_id ?? '');
    if (!payment) continue;
    for (const own of Map.groupBy(whole, (line) => line.payable_at).values()) {
      const parts = split(books, own);
      entries.push(...commissionOf(books, payment, parts, whole), ...clawbacksOf(books, payment, parts.after));
    }
  }
  return entries.toSorted((a, b) => b.anchor - a.anchor);
}
