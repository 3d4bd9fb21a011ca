import type { WeekPolicy } from '../calendar/week.rules.ts';
import { spend, type Budget } from '../payout/budget.ts';
import type { BatchRow } from '../payout/payout.schema.ts';
import { sha256 } from '../people/hash.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import { isForfeit, type BookTransfer } from './balance.rules.ts';
import {
  formerBalances,
  formerClose,
  keepBalances,
  keepClose,
  linesAfter,
  linesBySeq,
  linesOfPayments,
  sumsLeftOpen,
  transfersAfter,
  type FormerBalances,
  type TouchedPayment,
} from './close.repo.ts';
import {
  closeBalances,
  forfeitedAtClose,
  NO_BALANCES,
  NO_CLOSE,
  weekFinder,
  type CloseBalances,
  type CloseCut,
  type PaidLine,
} from './close.rules.ts';

/** Rows in one link of the chain: part of what the hash means. */
export const CHAIN_ROWS = 1000;
/** Rows read at once: whole links. */
const PAGE_ROWS = 5 * CHAIN_ROWS;
/** Partners whose balances are computed at once. */
const PAGE_PARTNERS = 2000;

/** What the rows since the former close say of one partner. */
interface Gathered {
  weeks: Map<string, number>;
  later: number[];
  transfers: BookTransfer[];
  touched: Map<string, TouchedPayment>;
}

interface CountedLine {
  seq: number;
  partner_id: string;
  account_id: string | null;
  payment_id: string | null;
  kind: string;
  at: number;
  payable_at: number;
  amount: number;
}

/** Gathers rows by partner as they are read; nothing but sums is kept of them. */
class Gathering {
  readonly partners = new Map<string, Gathered>();
  readonly #weekOf: (at: number) => string;
  readonly #at: number;
  constructor(policy: WeekPolicy, at: number) {
    this.#weekOf = weekFinder(policy);
    this.#at = at;
  }
  of(partner_id: string): Gathered {
    let found = this.partners.get(partner_id);
    if (!found) {
      found = { weeks: new Map(), later: [], transfers: [], touched: new Map() };
      this.partners.set(partner_id, found);
    }
    return found;
  }
  addLine(line: CountedLine): void {
    const { partner_id, account_id, payment_id, amount } = line;
    const own = this.of(partner_id);
    if (line.at > this.#at) {
      own.later.push(line.seq);
      return;
    }
    const week = this.#weekOf(line.payable_at);
    own.weeks.set(week, (own.weeks.get(week) ?? 0) + amount);
    if (isForfeit(line) && account_id !== null && payment_id !== null) {
      own.touched.set(payment_id, { partner_id, account_id, payment_id });
    }
  }
}

/** One link of the chain: the former hash and the rows, one a line. */
async function chain(hash: string, rows: readonly Json[]): Promise<string> {
  return sha256([hash, ...rows.map(canonicalJson)].join('\n'));
}

async function chainPage(hash: string, rows: readonly Json[]): Promise<string> {
  let next = hash;
  for (let i = 0; i < rows.length; i += CHAIN_ROWS) next = await chain(next, rows.slice(i, i + CHAIN_ROWS));
  return next;
}

type Reader<Row extends { seq: number }> = (after: number, limit: number) => Promise<Row[]>;

/** Chains and gathers one table's rows, page by page; null where the queries are used up. */
async function walk<Row extends { seq: number }>(
  read: Reader<Row>,
  from: number,
  hash: string,
  budget: Budget,
  take: (row: Row) => void,
): Promise<string | null> {
  let after = from;
  let next = hash;
  for (;;) {
    if (!spend(budget, 1)) return null;
    const rows = await read(after, PAGE_ROWS);
    next = await chainPage(next, rows);
    rows.forEach(take);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) return next;
    after = last.seq;
  }
}

/**
 * Takes the weekly close of a frozen batch: the chained hash over its bounds and every line (without the mark of its payout) and
 * transfer since the former close, and the balances of each partner whose rows changed. What it covers was fixed when the freeze
 * ended, so a run that did not finish is repeated with the same outcome. Late rows have a later `seq`: a close never changes.
 */
export async function closeBatch(
  db: Database,
  program: { history: readonly [WeekPolicy, ...WeekPolicy[]] },
  batch: BatchRow,
  budget: Budget,
): Promise<'again' | 'out_of_queries'> {
  if (!spend(budget, 1)) return 'out_of_queries';
  const [policy] = program.history;
  const former = await formerClose(db, batch.pay_date);
  const { line_seq, transfer_seq } = former ?? NO_CLOSE;
  const cut: CloseCut = {
    pay_date: batch.pay_date,
    line_seq: batch.line_seq ?? 0,
    transfer_seq: batch.transfer_seq ?? 0,
    at: Math.max(batch.frozen_at, former?.at ?? batch.frozen_at),
  };
  const gathering = new Gathering(policy, cut.at);
  const readLines = (after: number, limit: number) => linesAfter(db, after, cut.line_seq, limit);
  const readTransfers = (after: number, limit: number) => transfersAfter(db, after, cut.transfer_seq, limit);
  // The close's own bounds open its part of the chain, so that an empty week has a hash of its own too.
  const opening = await chain(former?.hash ?? '', [{ ...cut }]);
  const afterLines = await walk(readLines, line_seq, opening, budget, (line) => gathering.addLine(line));
  if (afterLines === null) return 'out_of_queries';
  const hash = await walk(readTransfers, transfer_seq, afterLines, budget, (transfer) => {
    gathering.of(transfer.partner_id).transfers.push(transfer);
  });
  if (hash === null) return 'out_of_queries';
  if (!(await closePartners(db, gathering, cut, batch, policy, budget)) || !spend(budget, 2)) return 'out_of_queries';
  await keepClose(db, { ...cut, hash, recorded_at: batch.frozen_at });
  return 'again';
}

async function closePartners(
  db: Database,
  gathering: Gathering,
  cut: CloseCut,
  batch: BatchRow,
  policy: WeekPolicy,
  budget: Budget,
): Promise<boolean> {
  const ids = [...gathering.partners.keys()].toSorted();
  for (let i = 0; i < ids.length; i += PAGE_PARTNERS) {
    if (!spend(budget, 5)) return false;
    const page = ids.slice(i, i + PAGE_PARTNERS);
    const former = await formerBalances(db, page, cut.pay_date);
    const before = new Map(former.map((row) => [row.partner_id, row]));
    await recall(db, gathering, former);
    const paid = page.filter((id) => gathering.of(id).transfers.some(({ kind }) => kind === 'freeze'));
    const left = await sumsLeftOpen(db, paid, batch.week_ends_at, cut);
    const touched = await readTouched(
      db,
      page.flatMap((id) => [...gathering.of(id).touched.values()]),
    );
    const paidSet = new Set(paid);
    const rows = page.map((partner_id) => {
      const own = gathering.of(partner_id);
      const base = before.get(partner_id);
      const mine = touched.get(partner_id) ?? [];
      const forfeited = forfeitedAtClose(mine, cut) - forfeitedAtClose(mine, base?.cut ?? NO_CLOSE);
      const left_open = paidSet.has(partner_id) ? (left.get(partner_id) ?? 0) : null;
      const change = { weeks: own.weeks, later: own.later, transfers: own.transfers, left_open, forfeited };
      return { partner_id, balances: closeBalances(base?.balances ?? NO_BALANCES, change, cut.pay_date, policy) };
    });
    await keepBalances(db, cut.pay_date, rows);
  }
  return true;
}

/** Looks again at the lines that were `later` at the partners' former closes: by now they may count. */
async function recall(db: Database, gathering: Gathering, former: readonly FormerBalances[]): Promise<void> {
  const later = former.flatMap(({ balances }: { balances: CloseBalances }) => balances.later);
  if (later.length === 0) return;
  for (const line of await linesBySeq(db, later)) gathering.addLine(line);
}

async function readTouched(
  db: Database,
  touched: readonly TouchedPayment[],
): Promise<Map<string, (PaidLine & { partner_id: string })[]>> {
  if (touched.length === 0) return new Map();
  return Map.groupBy(await linesOfPayments(db, touched), (line) => line.partner_id);
}
