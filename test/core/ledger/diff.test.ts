import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { type AccountState, factsOf, withParkedReasons } from '../../../src/account/state.rules.ts';
import { type Entry, target } from '../../../src/commission/target.rules.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { end, factsOfLife, lifeOf, netOf, payment, refund, SIGNUP } from '../../support/life.ts';
import { instantsOf, lives } from '../../support/lives.ts';
import { dueOf, type Life, type LifeEvent } from '../../support/oracle.ts';
import { opened, told, unknownAccount, voided } from '../../support/rows.ts';

// Thousands of runs, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

/** What the books hold: lines added up under each key, zero sums left out. */
function books(lines: readonly Entry[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const { payment_id, partner_id, kind, cause_id, at, payable_at, amount } of lines) {
    const key = [payment_id, partner_id, kind, cause_id, at, payable_at].join(' · ');
    sums.set(key, (sums.get(key) ?? 0) + amount);
  }
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0));
}

/** One door's posting, and the proof that it leaves the books right and nothing to post. */
function post(state: AccountState): AccountState {
  const facts = factsOf(withParkedReasons(state));
  const due = facts ? target(facts) : [];
  const posted = [...state.posted, ...unposted(due, state.posted)];
  expect(books(posted)).toEqual(books(due));
  expect(unposted(due, posted)).toEqual([]);
  return { ...state, posted };
}

type Step = { tell: LifeEvent } | { take_back: LifeEvent } | { convert: string } | { open: true };

function take(state: AccountState, step: Step, life: Life): AccountState {
  if ('open' in step) return opened(state, life.signed_up_at);
  if ('tell' in step) return told(state, step.tell);
  if ('take_back' in step) return voided(state, step.take_back);
  const given = life.events.find((event) => event.type === 'payment' && event.payment_id === step.convert);
  const converted_amount = given?.type === 'payment' ? given.converted_amount : null;
  return {
    ...state,
    payments: state.payments.map((row) => (row.payment_id === step.convert ? { ...row, converted_amount } : row)),
  };
}

/** The steps by which a life comes to be known: each event, conversions apart, and errors that are later taken back. */
function stepsOf(life: Life, errors: readonly LifeEvent[]): Step[][] {
  const alone: Step[][] = life.events.map((event) => {
    if (event.type !== 'payment' || event.converted_amount === null) return [{ tell: event }];
    return [{ tell: { ...event, converted_amount: null } }, { convert: event.payment_id }];
  });
  return [[{ open: true }], ...alone, ...errors.map((error): Step[] => [{ tell: error }, { take_back: error }])];
}

/** Errors: events that never were. Refunds and ends of another life, and payments, under ids of their own. */
function asErrors(life: Life, of: Life): LifeEvent[] {
  const ends = new Set(of.events.flatMap((event) => (event.type === 'end' ? [event.at] : [])));
  return life.events.flatMap((event): LifeEvent[] => {
    if (event.type === 'payment') return [{ ...event, payment_id: `wrong-${event.payment_id}` }];
    if (event.type === 'refund') return [{ ...event, refund_id: `wrong-${event.refund_id}` }];
    return event.type === 'end' && !ends.has(event.at) ? [event] : [];
  });
}

/** A life, and the order in which it is told: any, but that nothing is taken back or converted before it was told. */
const tellings = fc
  .tuple(lives, lives, fc.infiniteStream(fc.nat()))
  .map(([life, other, order]): { life: Life; steps: Step[] } => {
    const threads = stepsOf(life, asErrors(other, life).slice(0, 4));
    const steps: Step[] = [];
    for (let left = threads; left.length > 0; left = left.filter((thread) => thread.length > 0)) {
      const [step] = left[order.next().value! % left.length]!.splice(0, 1);
      if (step) steps.push(step);
    }
    return { life, steps };
  });

describe('the one law: lines = target(facts)', () => {
  it('facts told one at a time, in any order, with errors taken back, leave the same books as all at once', () => {
    fc.assert(
      fc.property(tellings, ({ life, steps }) => {
        let state = unknownAccount(life);
        for (const step of steps) state = post(take(state, step, life));
        const atOnce = target(factsOfLife(life));
        expect(books(state.posted)).toEqual(books(atOnce));
        const due = dueOf(life);
        for (const row of due) {
          const want = { partner: row.partner_id, payment: row.payment_id };
          expect(netOf(state.posted, want)).toBe(row.amount);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a fact delivered any number of times posts nothing more', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const due = target(factsOfLife(life));
        const posted = unposted(due, []);
        expect(unposted(due, posted)).toEqual([]);
        expect(unposted(due, due)).toEqual([]);
        expect(books(posted)).toEqual(books(due));
      }),
    );
  });

  it('as of any instant, lines posted in any order add up to what was due then', () => {
    fc.assert(
      fc.property(tellings, ({ life, steps }) => {
        let state = unknownAccount(life);
        for (const step of steps) state = post(take(state, step, life));
        for (const as_of of instantsOf(life)) {
          for (const row of dueOf(life, as_of)) {
            const want = { partner: row.partner_id, payment: row.payment_id, as_of };
            expect(netOf(state.posted, want)).toBe(row.amount);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('no line is ever of zero, and each has an amount that is a whole number', () => {
    fc.assert(
      fc.property(lives, lives, (one, other) => {
        for (const line of unposted(target(factsOfLife(one)), target(factsOfLife(other)))) {
          expect(Number.isSafeInteger(line.amount) && line.amount !== 0).toBe(true);
        }
      }),
    );
  });
});

describe('what a late fact posts', () => {
  const paid = payment('p1', '2026-01-12T20:00:00Z');
  const first = target(factsOfLife(lifeOf([paid])));

  it('C2: a refund posts one negative line under its own id', () => {
    const late = target(factsOfLife(lifeOf([paid, refund('r1', 'p1', '2026-02-01T00:00:00Z', 3950)])));
    expect(unposted(late, first)).toMatchObject([{ kind: 'refund', cause_id: 'r1', amount: -987 }]);
  });

  it('api.md clock: an earlier first payment told late moves the vesting date: back under the old date, due anew under the new', () => {
    const earlier = payment('p0', '2026-01-11T20:00:00Z', { amount: 100 });
    const lines = unposted(target(factsOfLife(lifeOf([paid, earlier]))), first);
    expect(lines.filter((line) => line.payment_id === 'p1')).toMatchObject([
      { kind: 'commission', amount: -1975, payable_at: Date.parse('2026-04-12T19:00:00Z') },
      { kind: 'commission', amount: 1975, payable_at: Date.parse('2026-04-11T19:00:00Z') },
    ]);
    expect(lines.filter((line) => line.payment_id === 'p0')).toMatchObject([{ amount: 25 }]);
  });

  it('V2: an end told late forfeits by a line of its own', () => {
    const late = target(factsOfLife(lifeOf([paid, end('2026-02-01T00:00:00Z')])));
    expect(unposted(late, first)).toMatchObject([{ kind: 'forfeit', amount: -1975 }]);
  });

  it('a voided payment takes back all that it posted', () => {
    const state = post(told(post(opened(told(unknownAccount(lifeOf([])), lifeOf([]).events[0]!), SIGNUP)), paid));
    expect(netOf(state.posted)).toBe(1975);
    const after = post(voided(state, paid));
    expect(books(after.posted)).toEqual({});
    expect(after.posted.map((line) => line.amount)).toEqual([1975, -1975]);
  });

  it('an entry that moves in time, or to another cause, is taken back and due anew', () => {
    const [line] = first;
    for (const moved of [{ at: line!.at + 1 }, { payable_at: line!.payable_at + 1 }, { cause_id: 'd1' }]) {
      const changes = unposted([{ ...line!, ...moved }], first);
      expect(changes).toEqual([
        { ...line, amount: -1975 },
        { ...line, ...moved },
      ]);
    }
  });

  it('lines under one key are added up before they are compared', () => {
    const [line] = first;
    const twice = [
      { ...line!, amount: 1000 },
      { ...line!, amount: 975 },
    ];
    expect(unposted(first, twice)).toEqual([]);
    expect(unposted([], twice)).toMatchObject([{ amount: -1975 }]);
  });
});
