import fc from 'fast-check';

import {
  clearingDirectives,
  closeTransaction,
  journalFormat,
  journalHeader,
  lineTransaction,
  openingTransaction,
  partnerDirectives,
  render,
  transferTransaction,
  type JournalLine,
  type JournalTransfer,
  type OpeningBalances,
} from '../../../src/statement/journal.rules.ts';
import { isWithin, planJournal, type CloseMark, type Window } from '../../../src/statement/window.rules.ts';

/** One thing that happens to made-up books; what cannot happen then is left out. */
export type Event =
  | { type: 'line'; partner: number; amount: number; kind: number; at: number }
  | { type: 'freeze'; partner: number; at: number }
  | { type: 'move'; payout: number; branch: number; at: number; fee: number }
  | { type: 'close'; days: number };

export interface Books {
  lines: JournalLine[];
  transfers: JournalTransfer[];
  closes: (CloseMark & { open: Map<string, number>; in_flight: number; came_back: number })[];
}

const DAY = 86_400_000;
export const START = Date.UTC(2026, 0, 2, 20);
export const PARTNERS = ['ann', 'Bob-7', '_x', '2026-01-01'];
const KINDS = ['commission', 'refund', 'forfeit', 'reactivation', 'referrer', 'adjustment'];
const at = fc.integer({ min: -40 * 24, max: 80 * 24 }).map((hours) => START + hours * 3_600_000);

/** Facts of any day, told in any order around weekly closes. */
export const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('line' as const),
        partner: fc.nat(3),
        amount: fc.integer({ min: -9999, max: 99_999 }),
        kind: fc.nat(5),
        at,
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('freeze' as const), partner: fc.nat(3), at }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('move' as const),
        payout: fc.nat(9),
        branch: fc.nat(1),
        at,
        fee: fc.nat(300),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('close' as const), days: fc.nat(9) }) },
  ),
  { maxLength: 60 },
);

const MOVES = {
  freeze: [
    ['paid', 'clearing', 'paid'],
    ['returned', 'clearing', 'partner'],
  ],
  paid: [
    ['came_back', 'paid', 'came_back'],
    ['came_back', 'paid', 'came_back'],
  ],
  came_back: [
    ['reinstated', 'came_back', 'partner'],
    ['written_off', 'came_back', 'written_off'],
  ],
} as const;

/** Plays events into books, keeping what is owed by simple addition for the closes. */
export function play(happened: readonly Event[]): Books {
  const books: Books = { lines: [], transfers: [], closes: [] };
  const owed = new Map<string, number>();
  const moved = { clearing: 0, came_back: 0 };
  const payouts: { payout_id: string; pay_date: string; partner_id: string; amount: number; stage: string }[] = [];
  const owe = (partner_id: string, amount: number) => owed.set(partner_id, (owed.get(partner_id) ?? 0) + amount);
  let now = START;
  const day = () => new Date(now).toISOString().slice(0, 10);
  const transfer = (
    payout: (typeof payouts)[number],
    kind: string,
    debit: string,
    credit: string,
    when: number,
    fee: number,
  ) => {
    const { payout_id, pay_date, partner_id, amount } = payout;
    books.transfers.push({
      seq: books.transfers.length + 1,
      debit,
      credit,
      kind,
      partner_id,
      payout_id,
      pay_date,
      at: when,
      amount,
      fee,
    });
    if (debit === 'clearing' || debit === 'came_back') moved[debit] -= amount;
    if (credit === 'clearing' || credit === 'came_back') moved[credit] += amount;
    if (debit === 'partner') owe(partner_id, -amount);
    if (credit === 'partner') owe(partner_id, amount);
    payout.stage = kind;
  };
  const book = (line: Omit<JournalLine, 'seq'>) => books.lines.push({ seq: books.lines.length + 1, ...line });
  for (const event of happened) {
    if (event.type === 'line' && event.amount !== 0) {
      const partner_id = PARTNERS[event.partner] ?? 'ann';
      const kind = KINDS[event.kind] ?? 'commission';
      const own = kind === 'adjustment';
      const ids = { account_id: own ? null : 'acc:1', payment_id: own ? null : 'date:2026-01-01' };
      book({ partner_id, ...ids, kind, cause_id: 'in.1', at: event.at, amount: event.amount });
      owe(partner_id, event.amount);
    } else if (event.type === 'freeze') {
      const partner_id = PARTNERS[event.partner] ?? 'ann';
      const amount = owed.get(partner_id) ?? 0;
      if (amount <= 0) continue;
      const payout = { payout_id: `po_${payouts.length}`, pay_date: day(), partner_id, amount, stage: '' };
      payouts.push(payout);
      transfer(payout, 'freeze', 'partner', 'clearing', event.at, 0);
    } else if (event.type === 'move') {
      const payout = payouts[event.payout % Math.max(1, payouts.length)];
      const next = payout && MOVES[payout.stage as keyof typeof MOVES]?.[event.branch];
      if (!payout || !next) continue;
      const [kind, debit, credit] = next;
      transfer(payout, kind, debit, credit, event.at, kind === 'paid' ? event.fee : 0);
      const { partner_id, payout_id, amount } = payout;
      if (credit === 'partner')
        book({
          partner_id,
          account_id: null,
          payment_id: null,
          kind: 'returned',
          cause_id: payout_id,
          at: event.at,
          amount,
        });
    } else if (event.type === 'close') {
      now += event.days * DAY;
      const mark = {
        pay_date: `${day()}-${books.closes.length}`,
        line_seq: books.lines.length,
        transfer_seq: books.transfers.length,
        at: now,
        hash: 'ab',
      };
      books.closes.push({ ...mark, open: new Map(owed), in_flight: moved.clearing, came_back: moved.came_back });
    }
  }
  return books;
}

function openingOf(
  books: Books,
  cut: { line_seq: number; transfer_seq: number; next_line_seq: number; next_transfer_seq: number; before: number },
): OpeningBalances {
  const open = new Map<string, number>();
  const accounts = new Map<string, { account: string; pay_date: string; amount: number }>();
  const add = (partner_id: string, amount: number) => open.set(partner_id, (open.get(partner_id) ?? 0) + amount);
  for (const line of books.lines) {
    const before = line.seq <= cut.line_seq || (line.seq <= cut.next_line_seq && line.at < cut.before);
    if (before && line.kind !== 'returned') add(line.partner_id, line.amount);
  }
  for (const { seq, at: when, debit, credit, amount, partner_id, pay_date, fee } of books.transfers) {
    if (!(seq <= cut.transfer_seq || (seq <= cut.next_transfer_seq && when < cut.before))) continue;
    if (debit === 'partner') add(partner_id, -amount);
    if (credit === 'partner') add(partner_id, amount);
    for (const [account, sum] of [
      [debit, amount],
      [credit, -amount],
      ['paid', -fee],
    ] as const) {
      const key = account === 'clearing' ? `${account} ${pay_date}` : account;
      const former = accounts.get(key) ?? { account, pay_date: account === 'clearing' ? pay_date : '', amount: 0 };
      accounts.set(key, { ...former, amount: former.amount + sum });
    }
  }
  return {
    partners: [...open].map(([partner_id, sum]) => ({ partner_id, open: sum })),
    accounts: [...accounts.values()],
  };
}

/** The journal of made-up books, by the rules that write the real one. */
export function journalOf(
  books: Books,
  window: Window = { from: null, until: null },
  currency = 'USD',
  timezone = 'America/Los_Angeles',
): string {
  const format = journalFormat(currency, timezone);
  const mark = { closes: books.closes, line_seq: books.lines.length, transfer_seq: books.transfers.length };
  const plan = planJournal(mark, window, timezone, format.dayOf);
  const pieces = [
    journalHeader(format, window),
    partnerDirectives(PARTNERS),
    clearingDirectives([...new Set(books.transfers.map(({ pay_date }) => pay_date))]),
  ];
  if (plan.opening && window.from !== null)
    pieces.push(render(openingTransaction(window.from, openingOf(books, plan.opening)), format));
  let [line, transfer] = [plan.after_line, plan.after_transfer];
  for (const { period, line_seq, transfer_seq, close } of plan.stretches) {
    const written = [
      ...books.lines.slice(line, line_seq).map((row) => lineTransaction(row, period, format)),
      ...books.transfers.slice(transfer, transfer_seq).map((row) => transferTransaction(row, period, format)),
    ].filter((it) => it !== null && isWithin(it.date, window));
    for (const it of written) if (it) pieces.push(render(it, format));
    const kept = close && books.closes.find(({ pay_date }) => pay_date === close.pay_date);
    if (kept && period.until !== null && isWithin(period.until, window)) {
      const partners = [...kept.open].map(([partner_id, open]) => ({ partner_id, open }));
      pieces.push(render(closeTransaction(period.until, { ...kept, partners }), format));
    }
    [line, transfer] = [line_seq, transfer_seq];
  }
  return pieces.join('');
}
