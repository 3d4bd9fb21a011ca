import type { WeekPolicy } from '../calendar/week.rules.ts';
import { spend, type Budget } from '../payout/budget.ts';
import type { BatchRow } from '../payout/payout.schema.ts';
import type { Database } from '../program/commit.repo.ts';
import { Chain } from './chain.ts';
import {
  closeProgress,
  formerBalances,
  formerClose,
  keepBalances,
  keepClose,
  keptBalances,
  linesAfter,
  linesBySeq,
  linesOfPayments,
  type FormerBalances,
} from './close.repo.ts';
import {
  closeBalances,
  forfeitedAtClose,
  leftOpen,
  NO_BALANCES,
  NO_CLOSE,
  type CloseBalances,
  type CloseCut,
  type PaidLine,
  type TouchedPayment,
} from './close.rules.ts';
import { Gathering } from './gather.rules.ts';
import { portions } from './post.repo.ts';
import { freezesAfter, movesAfter, type TransferRow } from './transfer.repo.ts';

/** Rows read at once. */
const PAGE_ROWS = 5000;
/** Partners whose balances are computed at once. */
const PAGE_PARTNERS = 2000;
/** Partners gathered in one walk over the rows, between this and twice as many: what a Worker's 128 MB hold many times. */
export const WALK_PARTNERS = 25_000;

/** What a close is taken over. */
interface Taking {
  batch: BatchRow;
  policy: WeekPolicy;
  /** Rows after these are read. */
  from: Pick<CloseCut, 'line_seq' | 'transfer_seq'>;
  cut: CloseCut;
}

/** Rows of a table or two, in their order, page by page. Ends early where the queries are used up. */
type Rows<Row> = AsyncGenerator<Row, 'all' | 'out_of_queries'>;

async function* paged<Row>(read: (last: Row | null) => Promise<Row[]>, budget: Budget): Rows<Row> {
  for (let last: Row | null = null; ;) {
    if (!spend(budget, 1)) return 'out_of_queries';
    const rows: Row[] = await read(last);
    yield* rows;
    last = rows.at(-1) ?? null;
    if (last === null || rows.length < PAGE_ROWS) return 'all';
  }
}

/** The transfers since the former close, of partners after one for those that froze payouts, in the booking order. */
async function* transfersOf(
  db: Database,
  { batch, from, cut }: Taking,
  after: string,
  budget: Budget,
): Rows<TransferRow> {
  const moves = paged<TransferRow>(
    (last) => movesAfter(db, last?.seq ?? from.transfer_seq, cut.transfer_seq, PAGE_ROWS),
    budget,
  );
  const freezes = paged<TransferRow>((last) => freezesAfter(db, batch, last?.partner_id ?? after, PAGE_ROWS), budget);
  let [move, freeze] = [await moves.next(), await freezes.next()];
  for (;;) {
    if (move.done && move.value === 'out_of_queries') return move.value;
    if (freeze.done && freeze.value === 'out_of_queries') return freeze.value;
    if (move.done && freeze.done) return 'all';
    if (!move.done && (freeze.done || move.value.seq < freeze.value.seq)) {
      yield move.value;
      move = await moves.next();
    } else if (!freeze.done) {
      yield freeze.value;
      freeze = await freezes.next();
    }
  }
}

/**
 * Walks over the rows since the former close: gathers them by partner, and chains them where `chain` is given. Answers with the chain's hash
 * ('' without one); null where the queries are used up.
 */
async function walk(
  db: Database,
  taking: Taking,
  after: string,
  gathering: Gathering,
  chain: Chain | null,
  budget: Budget,
): Promise<string | null> {
  const { from, cut } = taking;
  const lines = paged<Awaited<ReturnType<typeof linesAfter>>[number]>(
    (last) => linesAfter(db, last?.seq ?? from.line_seq, cut.line_seq, PAGE_ROWS),
    budget,
  );
  let line = await lines.next();
  for (; !line.done; line = await lines.next()) {
    await chain?.add(line.value);
    gathering.addLine(line.value);
  }
  if (line.value === 'out_of_queries') return null;
  await chain?.end();
  // Who walks again has no use for the freezes of partners that are done.
  const transfers = transfersOf(db, taking, chain ? '' : after, budget);
  let transfer = await transfers.next();
  for (; !transfer.done; transfer = await transfers.next()) {
    await chain?.add({ ...transfer.value });
    gathering.addTransfer(transfer.value);
  }
  if (transfer.value === 'out_of_queries') return null;
  return chain ? chain.end() : '';
}

/**
 * Takes the weekly close of a frozen batch: the chained hash over its bounds and every line (without the mark of its payout) and
 * transfer since the former close, and the balances of each partner whose rows changed. What it covers was fixed when the freeze
 * ended, and how far it came is kept with the balances, so the next run goes on where one ended, with the same outcome. Late rows have a
 * later `seq`: a close never changes. `walk_partners` is for tests.
 */
export async function closeBatch(
  db: Database,
  program: { history: readonly [WeekPolicy, ...WeekPolicy[]] },
  batch: BatchRow,
  budget: Budget,
  walk_partners: number = WALK_PARTNERS,
): Promise<'again' | 'out_of_queries'> {
  if (!spend(budget, 2)) return 'out_of_queries';
  const [policy] = program.history;
  const [former, progress] = [await formerClose(db, batch.pay_date), await closeProgress(db, batch.pay_date)];
  const { line_seq, transfer_seq } = former ?? NO_CLOSE;
  const cut: CloseCut = {
    pay_date: batch.pay_date,
    line_seq: batch.line_seq ?? 0,
    transfer_seq: batch.transfer_seq ?? 0,
    at: Math.max(batch.frozen_at, former?.at ?? batch.frozen_at),
  };
  const taking: Taking = { batch, policy, from: { line_seq, transfer_seq }, cut };
  let hash = progress?.hash ?? null;
  for (let after: string | null = progress?.through ?? ''; after !== null;) {
    const gathering = new Gathering(policy, cut.at, after, walk_partners);
    const chain = hash === null ? new Chain(former?.hash ?? '') : null;
    // The close's own bounds open its part of the chain, so that an empty week has a hash of its own too.
    await chain?.add({ ...cut });
    await chain?.end();
    const walked = await walk(db, taking, after, gathering, chain, budget);
    if (walked === null) return 'out_of_queries';
    hash ??= walked;
    if (!(await closePartners(db, gathering, taking, hash, budget))) return 'out_of_queries';
    after = gathering.through;
  }
  if (!spend(budget, 3)) return 'out_of_queries';
  await keepClose(db, { ...cut, hash: hash ?? '', recorded_at: batch.frozen_at });
  return 'again';
}

/** Keeps the balances of those who were gathered, page by page in the partners' order. False where the queries are used up. */
async function closePartners(
  db: Database,
  gathering: Gathering,
  { cut, policy }: Taking,
  hash: string,
  budget: Budget,
): Promise<boolean> {
  const ids = [...gathering.partners.keys()].toSorted();
  for (let i = 0; i < ids.length; i += PAGE_PARTNERS) {
    if (!spend(budget, 3)) return false;
    const page = ids.slice(i, i + PAGE_PARTNERS);
    const former = await formerBalances(db, page, cut.pay_date);
    if (!(await recall(db, gathering, former, budget))) return false;
    const touched = await readTouched(
      db,
      page.flatMap((id) => gathering.of(id)?.touched ?? []),
      budget,
    );
    if (touched === null) return false;
    const before = new Map(former.map((row) => [row.partner_id, row]));
    const rows = page.flatMap((partner_id) => {
      const own = gathering.of(partner_id);
      if (own === null) return [];
      const base = before.get(partner_id);
      const balances = base?.balances ?? NO_BALANCES;
      const mine = touched.get(partner_id) ?? [];
      const forfeited = forfeitedAtClose(mine, cut) - forfeitedAtClose(mine, base?.cut ?? NO_CLOSE);
      const left_open = leftOpen(balances, own, cut.pay_date, policy);
      return [
        { partner_id, balances: closeBalances(balances, { ...own, left_open, forfeited }, cut.pay_date, policy) },
      ];
    });
    const kept = keptBalances(cut.pay_date, rows);
    if (!spend(budget, kept.length)) return false;
    await keepBalances(db, { pay_date: cut.pay_date, hash, through: page.at(-1) ?? '' }, kept);
  }
  return true;
}

/** Looks again at the lines that were `later` at the partners' former closes: by now they may count. False where the queries are used up. */
async function recall(
  db: Database,
  gathering: Gathering,
  former: readonly FormerBalances[],
  budget: Budget,
): Promise<boolean> {
  const later = former.flatMap(({ balances }: { balances: CloseBalances }) => balances.later);
  for (const part of portions(later)) {
    if (!spend(budget, 1)) return false;
    for (const line of await linesBySeq(db, part)) gathering.addLine(line);
  }
  return true;
}

/** The lines of payments that forfeits have touched, by partner; null where the queries are used up. */
async function readTouched(
  db: Database,
  touched: readonly TouchedPayment[],
  budget: Budget,
): Promise<Map<string, (PaidLine & { partner_id: string })[]> | null> {
  const lines: (PaidLine & { partner_id: string })[] = [];
  for (const part of portions(touched)) {
    if (!spend(budget, 1)) return null;
    for (const line of await linesOfPayments(db, part)) lines.push(line);
  }
  return Map.groupBy(lines, (line) => line.partner_id);
}
