import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  commissionEvents,
  commissionKey,
  inOrder,
  takeInOrder,
  type CommissionLine,
} from '../../../src/webhooks/commission.rules.ts';
import type { Happening } from '../../../src/webhooks/event.rules.ts';

const line = (seq: number, more: Partial<CommissionLine> = {}): CommissionLine => ({
  seq,
  partner_id: 'ann',
  account_id: 'a1',
  payment_id: 'p1',
  kind: 'commission',
  cause_id: 'p1',
  payable_at: 1_000_000,
  amount: 1975,
  rate_bps: 2500,
  recorded_at: seq,
  ...more,
});
const none = new Map<string, number>();

describe('what one write did to one commission is one event', () => {
  it('C1: a first commission is earned, C2: a later move of it is changed and says what it comes to', () => {
    const [earned, changed] = commissionEvents(
      [line(1), line(2, { kind: 'refund', cause_id: 'r1', amount: -988 })],
      none,
      'USD',
    );
    expect(earned?.happening).toMatchObject({
      type: 'commission.earned',
      data: { amount: 1975, change: 1975, causes: [{ kind: 'commission', clause: 'C1' }] },
    });
    expect(changed?.happening).toMatchObject({
      type: 'commission.changed',
      data: { amount: 987, change: -988, causes: [{ kind: 'refund', clause: 'C2', cause_id: 'r1', amount: -988 }] },
    });
  });

  it('V1: a vesting day that moves is one event with the new day, though two lines were booked', () => {
    const [event, ...rest] = commissionEvents(
      [line(5, { amount: -1975, recorded_at: 9 }), line(6, { payable_at: 2_000_000, recorded_at: 9 })],
      new Map([[commissionKey(line(1)), 1975]]),
      'USD',
    );
    expect(rest).toEqual([]);
    expect(event?.happening).toMatchObject({
      type: 'commission.changed',
      data: { amount: 1975, change: 0, payable_at: '1970-01-01T00:33:20Z' },
    });
  });

  it('R4: a corrected referrer is two events: one loses, the other earns', () => {
    const events = commissionEvents(
      [
        line(5, { amount: -1975, kind: 'referrer', cause_id: 'd2', recorded_at: 9 }),
        line(6, { partner_id: 'bob', recorded_at: 9 }),
      ],
      new Map([[commissionKey(line(1)), 1975]]),
      'USD',
    );
    expect(
      events.map(({ happening }) => [happening.type, happening.data['partner_id'], happening.data['amount']]),
    ).toEqual([
      ['commission.changed', 'ann', 0],
      ['commission.earned', 'bob', 1975],
    ]);
  });

  it('C2: the events of a commission add up to what its lines add up to', () => {
    const amounts = fc.array(
      fc.integer({ min: -5000, max: 5000 }).filter((n) => n !== 0),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(amounts, fc.integer({ min: 1, max: 4 }), (list, each) => {
        const lines = list.map((amount, i) => line(i + 1, { amount, recorded_at: Math.floor(i / each) }));
        const events = commissionEvents(lines, none, 'USD');
        const total = list.reduce((sum, amount) => sum + amount, 0);
        expect(events.reduce((sum, { happening }) => sum + Number(happening.data['change']), 0)).toBe(total);
        if (events.length > 0) expect(events.at(-1)?.happening.data['amount']).toBe(total);
      }),
    );
  });
});

describe('passes of any size tell the same in the same order', () => {
  interface Row {
    seq: number;
    line_seq: number;
  }
  const told = ({ seq }: Row): Happening => ({
    type: 'signup.attributed',
    subject: 'account:a1',
    occurred_at: 0,
    source: `feed:${seq}`,
    data: {},
  });

  /** Tells everything, so many rows a pass, as the cursor does. */
  function tellAll(feed: readonly Row[], lines: readonly CommissionLine[], limit: number): string[] {
    const all: string[] = [];
    const sums = new Map<string, number>();
    let rest = feed;
    let cursor = 0;
    for (let i = 0; i < 1000; i++) {
      const fresh = lines.filter((row) => row.seq > cursor).slice(0, limit);
      const taken = takeInOrder(rest.slice(0, limit), fresh, limit);
      const through = taken.lines_through ?? lines.at(-1)?.seq ?? 0;
      const events = commissionEvents(taken.lines, sums, 'USD');
      const named = taken.feed.map((row) => ({ line_seq: row.line_seq, happening: told(row) }));
      all.push(...inOrder(named, events).map(({ source, data }) => `${source} ${String(data['amount'] ?? '')}`));
      for (const row of taken.lines) sums.set(commissionKey(row), (sums.get(commissionKey(row)) ?? 0) + row.amount);
      if (taken.feed.length === 0 && through === cursor) return all;
      rest = rest.slice(taken.feed.length);
      cursor = through;
    }
    throw new Error('it does not come to an end');
  }

  // Writes: rows of the feed come first in each, then its lines, as doors write them.
  const writes = fc.array(
    fc.record({
      account: fc.constantFrom('a1', 'a2', 'a3'),
      decisions: fc.integer({ min: 0, max: 2 }),
      amounts: fc.array(fc.constantFrom(1975, -1975, 500), { maxLength: 3 }),
      payment: fc.constantFrom('p1', 'p2'),
    }),
    { maxLength: 25 },
  );

  it('whatever is cut off where, nothing is lost, doubled or out of order', () => {
    fc.assert(
      fc.property(writes, fc.integer({ min: 1, max: 7 }), (list, limit) => {
        const feed: Row[] = [];
        const lines: CommissionLine[] = [];
        list.forEach(({ account, decisions, amounts, payment }, write) => {
          for (let i = 0; i < decisions; i++) feed.push({ seq: feed.length + 1, line_seq: lines.length });
          for (const amount of amounts)
            lines.push(
              line(lines.length + 1, {
                account_id: account,
                payment_id: `${account}-${payment}`,
                amount,
                recorded_at: write,
              }),
            );
        });
        // A write of more lines than a pass takes is told in parts: passes here take a whole one.
        expect(tellAll(feed, lines, limit + 4)).toEqual(tellAll(feed, lines, 10_000));
      }),
    );
  });
});
