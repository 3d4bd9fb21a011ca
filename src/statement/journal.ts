import { sumAmounts } from '../money/money.rules.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import {
  closedPartners,
  journalLines,
  journalTransfers,
  openAccounts,
  openPartners,
  partnerIds,
  payDates,
  readBooksMark,
} from './journal.repo.ts';
import {
  clearingDirectives,
  closeTransaction,
  journalEnd,
  journalFormat,
  journalHeader,
  lineTransaction,
  openingTransaction,
  partnerDirectives,
  render,
  transferTransaction,
  type JournalFormat,
  type OpeningBalances,
  type Transaction,
} from './journal.rules.ts';
import {
  isWithin,
  PAGE_ROWS,
  planJournal,
  queriesOf,
  type JournalPlan,
  type Stretch,
  type Window,
} from './window.rules.ts';

/** Queries that one journal may plan with: an invocation has 1,000, and some are for declaring and opening accounts. */
const MAX_QUERIES = 800;

/** A journal ready to be written, piece by piece; or too long for one answer. */
export type JournalAnswer = { ok: true; pieces: AsyncGenerator<string> } | { ok: false; reason: 'too_long' };

/**
 * The books as an hledger journal, of a window of program days or whole: every line and transfer in the booking order, with each close's
 * balances asserted. Pieces hold at most a page of rows. The rows are those of this moment, however long the reading takes.
 */
export async function openJournal(
  db: Database,
  window: Window,
  max_queries: number = MAX_QUERIES,
): Promise<JournalAnswer> {
  const [history, books] = await Promise.all([readPolicy(db), readBooksMark(db)]);
  const { currency, timezone } = history[0];
  const format = journalFormat(currency, timezone);
  const plan = planJournal(books, window, timezone, format.dayOf);
  if (queriesOf(plan) > max_queries) return { ok: false, reason: 'too_long' };
  return { ok: true, pieces: new Writing(db, plan, format).pieces() };
}

interface Row {
  seq: number;
  partner_id: string;
}

/** Reads rows in the booking order, a page at a time, up to one cut after another; what a page holds beyond a cut is kept for the next. */
class Pages<R extends Row> {
  readonly #read: (after: number, limit: number) => Promise<R[]>;
  #kept: R[] = [];
  #after: number;
  constructor(after: number, read: (after: number, limit: number) => Promise<R[]>) {
    this.#after = after;
    this.#read = read;
  }
  async *upTo(through: number): AsyncGenerator<R[]> {
    for (;;) {
      if (this.#kept.length === 0 && this.#after < through) {
        this.#kept = await this.#read(this.#after, PAGE_ROWS);
        this.#after = this.#kept.at(-1)?.seq ?? through;
      }
      const more = this.#kept.findIndex(({ seq }) => seq > through);
      const rows = more === -1 ? this.#kept : this.#kept.slice(0, more);
      this.#kept = more === -1 ? [] : this.#kept.slice(more);
      if (rows.length === 0) return;
      yield rows;
    }
  }
}

const ZERO = { in_flight: 0, came_back: 0 };

/** One journal being written. */
class Writing {
  readonly #db: Database;
  readonly #plan: JournalPlan;
  readonly #format: JournalFormat;
  #transactions = 0;

  constructor(db: Database, plan: JournalPlan, format: JournalFormat) {
    this.#db = db;
    this.#plan = plan;
    this.#format = format;
  }

  async *pieces(): AsyncGenerator<string> {
    const { window, after_line, after_transfer, stretches } = this.#plan;
    yield journalHeader(this.#format, window);
    for await (const ids of this.#partners()) yield partnerDirectives(ids);
    yield clearingDirectives(await payDates(this.#db));
    yield await this.#opening();
    const last = stretches.at(-1);
    const lines = new Pages(after_line, (after, limit) => journalLines(this.#db, after, last?.line_seq ?? 0, limit));
    const transfers = new Pages(after_transfer, (after, limit) =>
      journalTransfers(this.#db, after, last?.transfer_seq ?? 0, limit),
    );
    const moved = await this.#movedBefore();
    for (const stretch of stretches) {
      const { period } = stretch;
      const touched = new Set<string>();
      for await (const rows of lines.upTo(stretch.line_seq)) {
        for (const { partner_id } of rows) touched.add(partner_id);
        yield this.#written(rows.map((row) => lineTransaction(row, period, this.#format)));
      }
      for await (const rows of transfers.upTo(stretch.transfer_seq)) {
        for (const { partner_id } of rows) touched.add(partner_id);
        yield this.#written(rows.map((row) => transferTransaction(row, period, this.#format)));
      }
      yield await this.#close(stretch, touched, moved);
    }
    yield journalEnd(this.#transactions);
  }

  #written(transactions: readonly (Transaction | null)[]): string {
    const within = transactions.flatMap((it) => (it !== null && isWithin(it.date, this.#plan.window) ? [it] : []));
    this.#transactions += within.length;
    return within.map((it) => render(it, this.#format)).join('');
  }

  async *#partners(): AsyncGenerator<string[]> {
    for (let after = ''; ;) {
      const ids = await partnerIds(this.#db, after, PAGE_ROWS);
      yield ids;
      const last = ids.at(-1);
      if (last === undefined || ids.length < PAGE_ROWS) return;
      after = last;
    }
  }

  async #opening(): Promise<string> {
    const { opening, window } = this.#plan;
    if (opening === null || window.from === null) return '';
    const partners: OpeningBalances['partners'][number][] = [];
    for (let after = ''; ;) {
      const page = await openPartners(this.#db, opening, after, PAGE_ROWS);
      partners.push(...page.filter(({ open }) => open !== 0));
      const last = page.at(-1);
      if (!last || page.length < PAGE_ROWS) break;
      after = last.partner_id;
    }
    const accounts = await openAccounts(this.#db, opening);
    return this.#written([openingTransaction(window.from, { partners, accounts })]);
  }

  /** What was in flight and had come back at the close before the first stretch. */
  async #movedBefore(): Promise<typeof ZERO> {
    const { opening, after_line, after_transfer } = this.#plan;
    if (opening === null || after_transfer === 0) return { ...ZERO };
    const cut = { ...opening, next_line_seq: after_line, next_transfer_seq: after_transfer };
    const accounts = await openAccounts(this.#db, cut);
    const credit = (name: string) =>
      -sumAmounts(accounts.filter(({ account }) => account === name).map(({ amount }) => amount));
    return { in_flight: credit('clearing'), came_back: credit('came_back') };
  }

  /** The assertions of a stretch's close; `moved` runs on from close to close. */
  async #close({ close, period }: Stretch, touched: ReadonlySet<string>, moved: typeof ZERO): Promise<string> {
    if (close === null || period.until === null || !isWithin(period.until, this.#plan.window)) return '';
    const ids = [...touched].toSorted();
    const partners: { partner_id: string; open: number }[] = [];
    for (let i = 0; i < ids.length; i += PAGE_ROWS) {
      for (const row of await closedPartners(this.#db, close.pay_date, ids.slice(i, i + PAGE_ROWS))) {
        partners.push({ partner_id: row.partner_id, open: row.open });
        moved.in_flight += row.in_flight_change;
        moved.came_back += row.came_back_change;
      }
    }
    return this.#written([closeTransaction(period.until, { ...close, partners, ...moved })]);
  }
}
