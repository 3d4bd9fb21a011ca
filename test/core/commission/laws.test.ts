import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { type Entry, target } from '../../../src/commission/target.rules.ts';
import { termsOf } from '../../../src/commission/term.rules.ts';
import { factsOfLife, refund, reversal } from '../../support/life.ts';
import { instantsOf, lives } from '../../support/lives.ts';
import type { Life, LifeEvent } from '../../support/oracle.ts';

// Thousands of runs, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

/** Sums by payment, partner and payable_at, zeros left out. */
function sums(entries: readonly Entry[]): Record<string, number> {
  const byKey = new Map<string, number>();
  for (const { payment_id, partner_id, payable_at, amount } of entries) {
    const key = `${payment_id} · ${partner_id} · ${payable_at}`;
    byKey.set(key, (byKey.get(key) ?? 0) + amount);
  }
  return Object.fromEntries([...byKey].filter(([, amount]) => amount !== 0).toSorted());
}

const paymentsOf = (life: Life) => life.events.filter((event) => event.type === 'payment' && event.amount > 0);

/** Lives with one payment above zero at least, and an index into those payments. */
const livesWithPayment = lives
  .filter((life) => paymentsOf(life).length > 0)
  .chain((life) => fc.record({ life: fc.constant(life), pick: fc.nat(paymentsOf(life).length - 1) }));

function pickedPayment(life: Life, pick: number): Extract<LifeEvent, { type: 'payment' }> {
  const paid = paymentsOf(life)[pick];
  if (paid?.type !== 'payment') throw new TypeError('no payment');
  return paid;
}

describe('target is a function of the facts', () => {
  it('of the facts alone, not of the order in which they are read', () => {
    const shuffled = lives.chain((life) =>
      fc.tuple(
        fc.constant(life),
        fc.shuffledSubarray([...life.events], { minLength: life.events.length, maxLength: life.events.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([life, events]) => {
        expect(target(factsOfLife({ ...life, events }))).toEqual(target(factsOfLife(life)));
      }),
      { numRuns: 1000 },
    );
  });

  it('every entry is a whole amount, not zero, dated at a fact, under one payable_at a payment', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const instants = new Set(instantsOf(life));
        const terms = termsOf(factsOfLife(life));
        for (const entry of target(factsOfLife(life))) {
          expect(Number.isSafeInteger(entry.amount) && entry.amount !== 0).toBe(true);
          expect(instants.has(entry.at)).toBe(true);
          const term = terms.find(({ payments }) => payments.some((paid) => paid.payment_id === entry.payment_id))!;
          const paid = term.payments.find(({ payment_id }) => payment_id === entry.payment_id)!;
          expect(entry.at).toBeGreaterThanOrEqual(paid.paid_at);
          expect(entry.payable_at).toBe(Math.max(term.vests_at, paid.paid_at));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('no two entries of one target share a key', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const entries = target(factsOfLife(life));
        const keys = entries.map(({ amount: _, rate_bps: __, ...key }) => JSON.stringify(key));
        expect(new Set(keys).size).toBe(keys.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('C1: at every step a payment is worth between nothing and its base to its partner, and to one partner at a time', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const bases = new Map(
          life.events.flatMap((event) =>
            event.type === 'payment'
              ? [[event.payment_id, event.converted_amount ?? event.amount - event.tax_amount] as const]
              : [],
          ),
        );
        const held = new Map<string, Map<string, number>>();
        for (const { payment_id, partner_id, amount } of target(factsOfLife(life))) {
          const of = held.get(payment_id) ?? new Map<string, number>();
          held.set(payment_id, of.set(partner_id, (of.get(partner_id) ?? 0) + amount));
          const worth = [...of.values()].filter((sum) => sum !== 0);
          expect(worth.length).toBeLessThanOrEqual(1);
          for (const sum of worth) expect(sum > 0 && sum <= bases.get(payment_id)!).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('C2 as laws', () => {
  const withoutRefunds = (life: Life, payment_id: string): LifeEvent[] =>
    life.events.filter((event) => !(event.type === 'refund' && event.payment_id === payment_id));

  it('C2: a payment refunded in full, in any parts, at any instants, nets to zero for every partner', () => {
    const cases = livesWithPayment.chain(({ life, pick }) => {
      const paid = pickedPayment(life, pick);
      const cut = fc.integer({ min: 0, max: paid.amount });
      const when = fc.integer({ min: -10, max: 300 }).map((days) => paid.at + days * 86_400_000);
      return fc.tuple(fc.constant({ life, paid }), fc.tuple(cut, cut), fc.tuple(when, when, when));
    });
    fc.assert(
      fc.property(cases, ([{ life, paid }, cuts, whens]) => {
        const [low, high] = cuts.toSorted((a, b) => a - b) as [number, number];
        const parts = [low, high - low, paid.amount - high].flatMap((amount, i) =>
          amount > 0 ? [refund(`full-${i}`, paid.payment_id, whens[i]!, amount)] : [],
        );
        const events = [...withoutRefunds(life, paid.payment_id), ...parts];
        const own = target(factsOfLife({ ...life, events })).filter((entry) => entry.payment_id === paid.payment_id);
        expect(sums(own)).toEqual({});
      }),
      { numRuns: 1000 },
    );
  });

  it('C2: a refund that failed leaves each partner as if it had never been, payable as before', () => {
    const cases = livesWithPayment.chain(({ life, pick }) => {
      const paid = pickedPayment(life, pick);
      const when = fc.integer({ min: -10, max: 300 }).map((days) => paid.at + days * 86_400_000);
      return fc.tuple(fc.constant({ life, paid }), fc.integer({ min: 1, max: paid.amount }), when, when);
    });
    fc.assert(
      fc.property(cases, ([{ life, paid }, amount, refunded_at, reversed_at]) => {
        const failed = [refund('failed', paid.payment_id, refunded_at, amount), reversal('failed', reversed_at)];
        const events = [...life.events, ...failed];
        expect(sums(target(factsOfLife({ ...life, events })))).toEqual(sums(target(factsOfLife(life))));
      }),
      { numRuns: 1000 },
    );
  });

  it('C2: a larger refund never leaves more', () => {
    const cases = livesWithPayment.chain(({ life, pick }) => {
      const paid = pickedPayment(life, pick);
      const part = fc.integer({ min: 1, max: paid.amount });
      return fc.tuple(fc.constant({ life, paid }), part, part);
    });
    fc.assert(
      fc.property(cases, ([{ life, paid }, one, other]) => {
        const left = (amount: number) => {
          const events = [...withoutRefunds(life, paid.payment_id), refund('part', paid.payment_id, paid.at, amount)];
          const own = target(factsOfLife({ ...life, events })).filter((entry) => entry.payment_id === paid.payment_id);
          return own.reduce((sum, entry) => sum + entry.amount, 0);
        };
        expect(left(Math.max(one, other))).toBeLessThanOrEqual(left(Math.min(one, other)));
      }),
    );
  });
});

describe('V2 as laws', () => {
  it('V2: ends after every vests_at change nothing', () => {
    fc.assert(
      fc.property(lives, fc.nat(1000), (life, ms) => {
        const last = Math.max(...termsOf(factsOfLife(life)).map((term) => term.vests_at), ...instantsOf(life), 0);
        const events: LifeEvent[] = [...life.events, { type: 'end', at: last + ms }];
        expect(target(factsOfLife({ ...life, events }))).toEqual(target(factsOfLife(life)));
      }),
    );
  });

  it('V2: terms hold every payment above zero once, in order, and each starts after the former has ended', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const terms = termsOf(factsOfLife(life));
        const paid = terms.flatMap((term) => term.payments);
        expect(paid.map((one) => one.payment_id).toSorted()).toEqual(
          paymentsOf(life)
            .flatMap((event) => (event.type === 'payment' ? [event.payment_id] : []))
            .toSorted(),
        );
        expect(paid.map((one) => one.paid_at)).toEqual(paid.map((one) => one.paid_at).toSorted((a, b) => a - b));
        for (const former of terms.slice(0, -1)) {
          expect(former.forfeits.at(-1)).toMatchObject({ until_at: null, undone_by: null });
          expect(former.forfeits.at(-1)!.from_at).toBeLessThan(former.vests_at);
        }
      }),
      { numRuns: 500 },
    );
  });
});
