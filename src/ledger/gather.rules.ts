import type { WeekPolicy } from '../calendar/week.rules.ts';
import { isForfeit, type BookLine, type BookTransfer } from './balance.rules.ts';
import { weekFinder, type TouchedPayment } from './close.rules.ts';

/** What the rows since the former close say of one partner. */
export interface Gathered {
  /** Of the lines that count: sums by the first day of the week in which they become payable. */
  weeks: Map<string, number>;
  later: number[];
  transfers: BookTransfer[];
  touched: TouchedPayment[];
}

/** A line as far as it is gathered. */
export type CountedLine = Omit<BookLine, 'payout_id'> & { partner_id: string };

/**
 * Gathers rows by partner as they are read, nothing but sums of them, and of a bounded number of partners: those after `after` in their
 * order, up to `through`, which comes to be where there are too many. The others are another gathering's.
 */
export class Gathering {
  readonly partners = new Map<string, Gathered>();
  /** The last partner of whom everything is gathered; null: the last of all. */
  through: string | null = null;
  readonly #weekOf: (at: number) => string;
  readonly #at: number;
  readonly #after: string;
  readonly #most: number;
  constructor(policy: WeekPolicy, at: number, after: string, most: number) {
    this.#weekOf = weekFinder(policy);
    this.#at = at;
    this.#after = after;
    this.#most = most;
  }
  /** What is gathered of a partner; null of one who is not this gathering's. */
  of(partner_id: string): Gathered | null {
    const found = this.partners.get(partner_id);
    if (found) return found;
    if (partner_id <= this.#after || (this.through !== null && partner_id > this.through)) return null;
    if (this.partners.size >= 2 * this.#most) {
      this.#leaveTheLast();
      return this.of(partner_id);
    }
    const own: Gathered = { weeks: new Map(), later: [], transfers: [], touched: [] };
    this.partners.set(partner_id, own);
    return own;
  }
  /** Takes a line; one that counts only after the instant is kept by its place. */
  addLine(line: CountedLine): void {
    const { partner_id, account_id, payment_id, amount } = line;
    const own = this.of(partner_id);
    if (own === null) return;
    if (line.at > this.#at) {
      own.later.push(line.seq);
      return;
    }
    const week = this.#weekOf(line.payable_at);
    own.weeks.set(week, (own.weeks.get(week) ?? 0) + amount);
    const known = own.touched.some((it) => it.payment_id === payment_id);
    if (isForfeit(line) && account_id !== null && payment_id !== null && !known) {
      own.touched.push({ partner_id, account_id, payment_id });
    }
  }
  addTransfer({ partner_id, kind, amount, at }: BookTransfer & { partner_id: string }): void {
    this.of(partner_id)?.transfers.push({ kind, amount, at });
  }
  #leaveTheLast(): void {
    const ids = [...this.partners.keys()].toSorted();
    for (const id of ids.splice(this.#most)) this.partners.delete(id);
    this.through = ids.at(-1) ?? this.#after;
  }
}
