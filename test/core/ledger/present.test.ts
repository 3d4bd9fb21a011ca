import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseInstant } from '../../../src/clock.ts';
import {
  type BookLine,
  type BookPayout,
  type BookTransfer,
  heldBy,
  type LineHold,
  totalsAt,
} from '../../../src/ledger/balance.rules.ts';
import {
  closeBalances,
  type CloseCut,
  forfeitedAtClose,
  NO_BALANCES,
  NO_CLOSE,
  type PaidLine,
  totalsNow,
  weekFinder,
} from '../../../src/ledger/close.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const HOUR = 3_600_000;

const weekOf = weekFinder(DEFAULT_POLICY);
/** Two Fridays: the first is closed, the second may have frozen since. */
const FIRST = {
  pay_date: '2026-11-20',
  frozen_at: at('2026-11-20T17:00:00Z'),
  week_ends_at: at('2026-11-15T08:00:00Z'),
};
const SECOND = {
  pay_date: '2026-11-27',
  frozen_at: at('2026-11-27T17:00:00Z'),
  week_ends_at: at('2026-11-22T08:00:00Z'),
};

type Told = Pick<BookLine, 'account_id' | 'payment_id' | 'kind' | 'at' | 'payable_at' | 'amount'>;

/** Instants around the closed Friday; some fall on the very bounds. */
const instants = (from: number, to: number) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.integer({ min: from * 24, max: to * 24 }).map((hours) => FIRST.frozen_at + hours * HOUR),
    },
    fc.constantFrom(
      FIRST.week_ends_at,
      FIRST.week_ends_at - 1,
      SECOND.week_ends_at,
      SECOND.week_ends_at - 1,
      FIRST.frozen_at,
    ),
  );
/** What becomes of one payment, in the order of its instants: earned, a part refunded, forfeited whole (V2), earned again. */
const lifeOf = (pay: string) =>
  fc
    .record({
      ats: fc.array(instants(-20, 10), { minLength: 4, maxLength: 4 }),
      payable_at: instants(-14, 14),
      amount: fc.integer({ min: 1, max: 20_000 }),
      refunded: fc.nat(20_000),
      steps: fc.nat(4),
      /** How many of its lines the close has seen. */
      before: fc.nat(4),
    })
    .map(({ ats, payable_at, amount, refunded, steps, before }) => {
      const kept = Math.max(0, amount - refunded);
      const moves: [string, number][] = [
        ['commission', amount],
        ['refund', kept - amount],
        ['forfeit', -kept],
        ['reactivation', kept],
      ];
      const [paid = 0, back = 0, ended = 0, again = 0] = ats.toSorted((one, two) => one - two);
      // A payment at the very instant of an end belongs to what ended: it gives nothing back (V2).
      const instantsOf = [paid, back, ended, Math.max(again, ended + 1)];
      const lines = moves.slice(0, steps).map(([kind, moved], i): Told => {
        const own = { account_id: `acc_${pay}`, payment_id: `pay_${pay}`, payable_at };
        return { ...own, kind, amount: moved, at: instantsOf[i] ?? 0 };
      });
      return { before: lines.slice(0, before), after: lines.slice(before) };
    });
const adjustments = fc.array(
  fc
    .record({ at: instants(-20, 10), payable_at: instants(-14, 14), amount: fc.integer({ min: -9000, max: 20_000 }) })
    .map((line): Told => ({ account_id: null, payment_id: null, kind: 'adjustment', ...line })),
  { maxLength: 3 },
);
const histories = fc.record({
  lives: fc.tuple(lifeOf('a'), lifeOf('b')),
  adjusted: fc.tuple(adjustments, adjustments),
  hold: fc.option(instants(-20, 10), { nil: null }),
  first: fc.boolean(),
  second: fc.boolean(),
  settled: fc.boolean(),
  now: instants(0, 14).filter((now) => now >= FIRST.frozen_at),
});

const sumOf = (lines: readonly { amount: number }[]) => lines.reduce((sum, { amount }) => sum + amount, 0);

describe('the present of a partner', () => {
  it('from the latest close and what came since, it is what the whole history says', () => {
    fc.assert(
      fc.property(histories, ({ lives, adjusted, hold, first, second, settled, now }) => {
        const before = [...adjusted[0], ...lives.flatMap((life) => life.before)];
        const after = [...adjusted[1], ...lives.flatMap((life) => life.after)];
        const holds: LineHold[] =
          hold === null
            ? []
            : [
                {
                  kind: 'self_referral',
                  partner_id: null,
                  account_id: 'acc_a',
                  payment_id: null,
                  opened_at: hold,
                  decided_at: null,
                },
              ];
        const lines: BookLine[] = [...before, ...after].map((line, i) => ({ ...line, seq: i + 1, payout_id: null }));
        const cut: CloseCut = {
          pay_date: FIRST.pay_date,
          line_seq: before.length,
          transfer_seq: 1,
          at: FIRST.frozen_at,
        };
        const payouts: BookPayout[] = [];
        const transfers: BookTransfer[] = [];
        const heldAt = (line: BookLine, when: number) => heldBy(line, 'p', holds, when) !== null;
        const freeze = (friday: typeof FIRST, through: number) => {
          const own = lines.filter(
            (line) =>
              line.payout_id === null &&
              line.seq <= through &&
              line.at <= friday.frozen_at &&
              line.payable_at < friday.week_ends_at &&
              !heldAt(line, friday.frozen_at),
          );
          const amount = sumOf(own);
          if (amount <= 0) return false;
          for (const line of own) line.payout_id = friday.pay_date;
          payouts.push({ payout_id: friday.pay_date, pay_date: friday.pay_date, frozen_at: friday.frozen_at });
          transfers.push({ kind: 'freeze', amount, at: friday.frozen_at });
          return true;
        };
        const paid = first && freeze(FIRST, before.length);
        const counted = lines.filter((line) => line.seq <= cut.line_seq && line.at <= cut.at);
        const weeks = new Map<string, number>();
        for (const line of counted) {
          const week = weekOf(line.payable_at);
          weeks.set(week, (weeks.get(week) ?? 0) + line.amount);
        }
        const paidLines = (): PaidLine[] => lines.map((line) => ({ ...line, paid_on: line.payout_id }));
        const left = counted.filter((line) => line.payout_id === null && line.payable_at < FIRST.week_ends_at);
        const later = lines.filter((line) => line.seq <= cut.line_seq && line.at > cut.at).map(({ seq }) => seq);
        const change = {
          weeks,
          later,
          transfers: [...transfers],
          left_open: paid ? sumOf(left) : null,
          forfeited: forfeitedAtClose(paidLines(), cut) - forfeitedAtClose(paidLines(), NO_CLOSE),
        };
        const closed = closeBalances(NO_BALANCES, change, cut.pay_date, DEFAULT_POLICY);
        const known = transfers.length;

        if (second && now >= SECOND.frozen_at) freeze(SECOND, lines.length);
        const [oldest] = transfers;
        if (settled && oldest) transfers.push({ ...oldest, kind: 'paid', at: FIRST.frozen_at + HOUR });
        const week = weekOf(now);
        const open = lines.filter((line) => line.payout_id === null);
        const fresh = lines.filter((line) => line.seq > cut.line_seq || later.includes(line.seq));
        const touching = new Set(
          fresh.filter((line) => /forfeit|reactivation/.test(line.kind)).map((line) => line.payment_id),
        );
        const since = {
          lines: fresh,
          transfers: transfers.slice(known).filter((transfer) => transfer.at <= now),
          this_week: open.filter((line) => counted.includes(line) && weekOf(line.payable_at) === week),
          held: open.flatMap((line) => {
            const held = line.at <= now && line.payable_at <= now ? heldBy(line, 'p', holds, now) : null;
            return held === null ? [] : [{ ...line, held }];
          }),
          touched: paidLines().filter((line) => touching.has(line.payment_id)),
        };
        const books = { partner_id: 'p', lines, transfers, payouts, holds };
        expect(totalsNow(closed, cut, since, now, DEFAULT_POLICY)).toEqual(totalsAt(books, now));
      }),
      { numRuns: 1500 },
    );
  });

  const line = (seq: number, kind: string, amount: number, rest: Partial<PaidLine> = {}): PaidLine => {
    const own = { seq, account_id: 'acc', payment_id: 'pay', kind, at: 10, payable_at: 100, amount, payout_id: null };
    return { ...own, paid_on: null, ...rest };
  };
  const cut: CloseCut = { pay_date: '2026-11-20', line_seq: 3, transfer_seq: 0, at: 50 };

  it('V2, C3: what a close counts as forfeited is what its lines say, with the payouts up to its day', () => {
    const sale = line(1, 'commission', 1975);
    const gone = line(2, 'forfeit', -1975);
    expect(forfeitedAtClose([sale, gone], cut)).toBe(1975);
    expect(forfeitedAtClose([sale, gone], NO_CLOSE)).toBe(0);
    expect(forfeitedAtClose([sale, { ...gone, seq: 3 }], cut)).toBe(1975);
    expect(forfeitedAtClose([sale, { ...gone, seq: 4 }], cut)).toBe(0);
    expect(forfeitedAtClose([sale, { ...gone, at: 50 }], cut)).toBe(1975);
    expect(forfeitedAtClose([sale, { ...gone, at: 51 }], cut)).toBe(0);
    expect(forfeitedAtClose([{ ...sale, paid_on: '2026-11-20' }, gone], cut)).toBe(0);
    expect(forfeitedAtClose([{ ...sale, paid_on: '2026-11-27' }, gone], cut)).toBe(1975);
    const other = { payment_id: 'other' };
    const paid = line(3, 'commission', 3000, { ...other, paid_on: '2026-11-13' });
    expect(forfeitedAtClose([sale, gone, paid], cut)).toBe(1975);
  });

  it('the weeks of a close stand in order, whatever order they come in, and those that come to nothing are left out', () => {
    const change = { later: [], transfers: [], left_open: null, forfeited: 7 };
    const weeks = new Map([
      ['2026-12-06', 5],
      ['2026-11-15', 20],
      ['2026-11-22', -3],
    ]);
    const first = closeBalances(NO_BALANCES, { ...change, weeks }, '2026-11-20', DEFAULT_POLICY);
    expect(Object.entries(first.weeks)).toEqual([
      ['2026-11-15', 20],
      ['2026-11-22', -3],
      ['2026-12-06', 5],
    ]);
    const more = new Map([['2026-11-22', 3]]);
    const second = closeBalances(first, { ...change, weeks: more }, '2026-11-20', DEFAULT_POLICY);
    expect(second.weeks).toEqual({ '2026-11-15': 20, '2026-12-06': 5 });
    expect(second.forfeited).toBe(14);
  });

  it('before the first close there is nothing', () => {
    expect(NO_BALANCES).toEqual({
      in_flight: 0,
      paid: 0,
      came_back: 0,
      written_off: 0,
      matured: 0,
      weeks: {},
      later: [],
      forfeited: 0,
    });
    expect(NO_CLOSE).toEqual({ pay_date: '', line_seq: 0, transfer_seq: 0, at: Number.NEGATIVE_INFINITY });
  });
});
