import { formatInstant } from '../clock.ts';
import type { Happening } from './event.rules.ts';

/** A line of an account, as it is read for telling. Amounts are minor units. */
export interface CommissionLine {
  seq: number;
  partner_id: string;
  account_id: string;
  payment_id: string;
  kind: string;
  cause_id: string;
  payable_at: number;
  amount: number;
  rate_bps: number | null;
  recorded_at: number;
}

/** The clause that a kind of line follows from. */
const CLAUSES: Readonly<Record<string, string>> = {
  commission: 'C1',
  refund: 'C2',
  refund_reversal: 'C2',
  forfeit: 'V2',
  reactivation: 'V2',
  referrer: 'R4',
  self_referral: 'S3',
};

/** What names a commission: one partner's for one payment. */
export function commissionKey({ partner_id, payment_id }: Pick<CommissionLine, 'partner_id' | 'payment_id'>): string {
  return JSON.stringify([partner_id, payment_id]);
}

/** How a commission stood before the first of the lines; absent: there was none. */
export type Before = ReadonlyMap<string, number>;

/** One commission's lines of one write. */
interface Change {
  first_seq: number;
  lines: [CommissionLine, ...CommissionLine[]];
}

/** Whether two lines came of one write: one account's, recorded at one instant. */
function isOneWrite(a: CommissionLine, b: CommissionLine): boolean {
  return a.account_id === b.account_id && a.recorded_at === b.recorded_at;
}

/** Lines in booking order as changes of commissions: what one write did to one commission is one change. */
function changesOf(lines: readonly CommissionLine[]): Change[] {
  const changes: Change[] = [];
  let open = new Map<string, Change>();
  let former: CommissionLine | null = null;
  for (const line of lines) {
    if (former && !isOneWrite(former, line)) open = new Map();
    const key = commissionKey(line);
    const change = open.get(key);
    if (change) change.lines.push(line);
    else {
      const next: Change = { first_seq: line.seq, lines: [line] };
      open.set(key, next);
      changes.push(next);
    }
    former = line;
  }
  return changes;
}

/** A happening with its place in the booking order. */
export interface Placed {
  first_seq: number;
  happening: Happening;
}

/**
 * `commission.earned`: a partner's commission for a payment that had none; `commission.changed`: every later move of it, with what it comes
 * to now (C1–C3, V, R): after a move of the date alone as much as before. Lines in booking order; each event has its place.
 */
export function commissionEvents(lines: readonly CommissionLine[], before: Before, currency: string): Placed[] {
  const now = new Map(before);
  return changesOf(lines).map(({ first_seq, lines: own }) => {
    const [first] = own;
    const key = commissionKey(first);
    const had = now.get(key);
    const change = own.reduce((sum, line) => sum + line.amount, 0);
    const amount = (had ?? 0) + change;
    now.set(key, amount);
    const { account_id, payment_id, partner_id, recorded_at } = first;
    // A move takes back under the old date and writes anew under the new one: what was written with a plus says how it stands.
    const due = own.findLast((line) => line.amount > 0) ?? own.at(-1) ?? first;
    const data = {
      payment_id,
      account_id,
      partner_id,
      amount,
      change,
      currency,
      rate_bps: due.rate_bps,
      payable_at: formatInstant(due.payable_at),
      causes: own.map(({ kind, cause_id, amount: moved }) => {
        return { kind, clause: CLAUSES[kind] ?? null, cause_id, amount: moved };
      }),
    };
    const type = had === undefined && amount > 0 ? ('commission.earned' as const) : ('commission.changed' as const);
    const happening: Happening = {
      type,
      subject: `account:${account_id}`,
      occurred_at: recorded_at,
      source: `line:${first_seq}`,
      data,
    };
    return { first_seq, happening };
  });
}

/** Of lines that were cut off at a limit, those of whole writes: the last write may go on behind the cut, and waits. Never none. */
export function wholeWrites<Line extends CommissionLine>(lines: readonly Line[]): readonly Line[] {
  const last = lines.at(-1);
  if (!last) return lines;
  const end = lines.findLastIndex((line) => !isOneWrite(line, last)) + 1;
  // One write larger than the limit is told in parts.
  return end === 0 ? lines : lines.slice(0, end);
}

/** A row of the feed: it stands behind the line `line_seq`. */
export interface FeedPlace {
  seq: number;
  line_seq: number;
}

/**
 * How far one pass may go, so that passes of any size tell everything in one and the same order: where one list was cut off at the limit,
 * nothing of the other behind the cut is taken. `lines` that are not commissions (adjustments) count for the place only.
 */
export function takeInOrder<Feed extends FeedPlace, Line extends CommissionLine>(
  feed: readonly Feed[],
  lines: readonly Line[],
  limit: number,
): { feed: readonly Feed[]; lines: readonly Line[]; lines_through: number | null } {
  const whole = lines.length < limit ? lines : wholeWrites(lines);
  const line_end = lines.length < limit ? Infinity : (whole.at(-1)?.seq ?? Infinity);
  const feed_end = feed.length < limit ? Infinity : (feed.at(-1)?.line_seq ?? Infinity);
  const taken = whole.filter((line) => line.seq <= feed_end);
  const through = Math.min(line_end, feed_end);
  return {
    feed: feed.filter((row) => row.line_seq <= line_end),
    lines: taken,
    lines_through: through === Infinity ? null : through,
  };
}

/** Both in the order in which they came to be: a row of the feed stands behind its `line_seq` and before the next line. */
export function inOrder(
  feed: readonly { line_seq: number; happening: Happening }[],
  commissions: readonly Placed[],
): Happening[] {
  const all: Happening[] = [];
  let i = 0;
  for (const { first_seq, happening } of commissions) {
    for (let row = feed[i]; row && row.line_seq < first_seq; row = feed[++i]) all.push(row.happening);
    all.push(happening);
  }
  return [...all, ...feed.slice(i).map((row) => row.happening)];
}
