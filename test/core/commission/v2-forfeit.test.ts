import { describe, expect, it } from 'vitest';

import { target } from '../../../src/commission/target.rules.ts';
import { termsOf } from '../../../src/commission/term.rules.ts';
import { at, end, factsOfLife, lifeOf, netOf, payableBy, payment, refund, SIGNUP } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';

type More = Parameters<typeof lifeOf>[1];
const entriesOf = (events: readonly LifeEvent[], more: More = {}) => target(factsOfLife(lifeOf(events, more)));
const net = (events: readonly LifeEvent[], more: More = {}) => netOf(entriesOf(events, more));
const termIds = (events: readonly LifeEvent[], more: More = {}) =>
  termsOf(factsOfLife(lifeOf(events, more))).map((term) => term.payments.map((paid) => paid.payment_id));

/** Noon in Los Angeles on 12 January; vests on 12 April at noon. */
const FIRST = payment('p1', '2026-01-12T20:00:00Z');
const VESTS = at('2026-04-12T19:00:00Z');
/** Ended on 1 March at noon (still winter time); the 30th day after ends on 31 March at noon, summer time. */
const ENDED = at('2026-03-01T20:00:00Z');
const LAST_INSTANT = at('2026-03-31T19:00:00Z');

describe('V2: an account that ends before vests_at forfeits its unvested commissions', () => {
  it.each<[string, number, number]>([
    ['long before', ENDED, 0],
    ['a millisecond before', VESTS - 1, 0],
    ['at that very instant it has vested', VESTS, 1975],
    ['after', VESTS + 1, 1975],
  ])('V2: %s', (_, ended, due) => {
    expect(net([FIRST, end(ended)])).toBe(due);
  });

  it('V2: the forfeit is an entry of its own at the instant of the end', () => {
    expect(entriesOf([FIRST, end(ENDED)])).toMatchObject([
      { kind: 'commission', at: FIRST.at, amount: 1975, payable_at: VESTS },
      { kind: 'forfeit', cause_id: String(ENDED), at: ENDED, amount: -1975, payable_at: VESTS },
    ]);
  });

  it('V2: every payment of the term is forfeited, each what was left of it', () => {
    const events = [
      FIRST,
      payment('p2', '2026-02-12T20:00:00Z'),
      refund('r1', 'p2', '2026-02-13T20:00:00Z', 3950),
      end(ENDED),
    ];
    expect(netOf(entriesOf(events), { kind: 'forfeit' })).toBe(-1975 - 988);
    expect(net(events)).toBe(0);
  });

  it('V2: an end before any payment forfeits nothing', () => {
    expect(net([end(FIRST.at - 1), FIRST])).toBe(1975);
    expect(net([end(FIRST.at - 1), FIRST], { policy: { client_since: 'signup' } })).toBe(1975);
    expect(termIds([end(ENDED)])).toEqual([]);
  });

  it('V2: a payment at the very instant of the end belongs to what ended', () => {
    expect(net([FIRST, payment('p2', ENDED), end(ENDED)])).toBe(0);
    expect(net([FIRST, end(FIRST.at)])).toBe(0);
    expect(termIds([FIRST, payment('p2', ENDED), end(ENDED)])).toEqual([['p1', 'p2']]);
  });

  it('V2: a payment a millisecond after the end continues the term', () => {
    expect(net([FIRST, payment('p2', ENDED + 1), end(ENDED)])).toBe(2 * 1975);
  });
});

describe('V2: a payment within reactivation_days of the end continues the term and undoes the forfeit', () => {
  const back = (when: number) => [FIRST, end(ENDED), payment('p2', when)];

  it.each<[string, number, string[][], number]>([
    ['the next millisecond', ENDED + 1, [['p1', 'p2']], 2 * 1975],
    ['on the last day', LAST_INSTANT - 1, [['p1', 'p2']], 2 * 1975],
    ['at the last instant, same wall-clock time across the change of clocks', LAST_INSTANT, [['p1', 'p2']], 2 * 1975],
    ['a millisecond later: a new term', LAST_INSTANT + 1, [['p1'], ['p2']], 1975],
  ])('V2: %s', (_, when, terms, due) => {
    expect(termIds(back(when))).toEqual(terms);
    expect(net(back(when))).toBe(due);
  });

  it('V2: the undoing is an entry of its own at the payment, payable as the term is', () => {
    expect(entriesOf(back(LAST_INSTANT)).filter((entry) => entry.payment_id === 'p1')).toMatchObject([
      { kind: 'commission', amount: 1975 },
      { kind: 'forfeit', at: ENDED, amount: -1975 },
      { kind: 'reactivation', cause_id: 'p2', at: LAST_INSTANT, amount: 1975, payable_at: VESTS },
    ]);
    expect(payableBy(entriesOf(back(LAST_INSTANT)), VESTS)).toBe(2 * 1975);
  });

  it('V2: between the end and the payment nothing is due', () => {
    expect(netOf(entriesOf(back(LAST_INSTANT)), { as_of: LAST_INSTANT - 1 })).toBe(0);
    expect(netOf(entriesOf(back(LAST_INSTANT)), { as_of: LAST_INSTANT })).toBe(2 * 1975);
  });

  it('V2: the end just before vesting, the payment after it: the term goes on and has vested', () => {
    const entries = entriesOf([FIRST, end(VESTS - 1), payment('p2', VESTS + 86_400_000), end(VESTS + 90_000_000)]);
    expect(netOf(entries)).toBe(2 * 1975);
    expect(entries.map((entry) => entry.payable_at)).toEqual([VESTS, VESTS, VESTS, VESTS + 86_400_000]);
  });

  it('V2: a payment of nothing continues nothing', () => {
    expect(net([FIRST, end(ENDED), payment('p2', ENDED + 1, { amount: 0 })])).toBe(0);
  });

  it('V2: a payment in another currency continues the term', () => {
    expect(net([FIRST, end(ENDED), payment('p2', ENDED + 1, { currency: 'EUR' })])).toBe(1975);
  });

  it('V2: a payment that is refunded later continues it all the same', () => {
    expect(net([FIRST, end(ENDED), payment('p2', ENDED + 1), refund('r1', 'p2', ENDED + 2)])).toBe(1975);
  });

  it('V2: another number of days is a field of the policy', () => {
    const policy = { reactivation_days: 0 };
    expect(termIds(back(ENDED + 1), { policy })).toEqual([['p1'], ['p2']]);
  });

  it('V2: of several ends without a payment between them the first counts', () => {
    const later = end('2026-03-15T19:00:00Z');
    expect(termIds([FIRST, end(ENDED), later, payment('p2', LAST_INSTANT + 1)])).toEqual([['p1'], ['p2']]);
    expect(termIds([FIRST, later, end(ENDED), payment('p2', LAST_INSTANT)])).toEqual([['p1', 'p2']]);
    expect(entriesOf([FIRST, end(ENDED), later]).filter((entry) => entry.kind === 'forfeit')).toHaveLength(1);
  });

  it('V2: with a payment between them each end counts', () => {
    const events = [FIRST, end(ENDED), payment('p2', ENDED + 1000), end(ENDED + 2000)];
    expect(net(events)).toBe(0);
    expect(netOf(entriesOf(events), { as_of: ENDED + 1999 })).toBe(2 * 1975);
    const thirty = at('2026-03-31T19:00:02Z');
    expect(termIds([...events, payment('p3', thirty)])).toEqual([['p1', 'p2', 'p3']]);
    expect(net([...events, payment('p3', thirty)])).toBe(3 * 1975);
    expect(net([...events, payment('p3', thirty + 1)])).toBe(1975);
  });

  it('V2: a payment that continues the term at the very instant of another end: all of it has ended', () => {
    const events = [FIRST, end(ENDED), payment('p2', ENDED + 1000), end(ENDED + 1000)];
    expect(net(events)).toBe(0);
    expect(net([...events, payment('p3', ENDED + 2000)])).toBe(3 * 1975);
  });

  it('V2: a continued term keeps its vests_at; an end before it forfeits again, one at it does not', () => {
    const events = [FIRST, end(ENDED), payment('p2', LAST_INSTANT)];
    expect(net([...events, end(VESTS - 1)])).toBe(0);
    expect(net([...events, end(VESTS)])).toBe(2 * 1975);
  });
});

describe('V2: a later payment starts a new term', () => {
  const second = payment('p2', LAST_INSTANT + 1);

  it('V2: with vests_at of its own; what was forfeited stays so', () => {
    const entries = entriesOf([FIRST, end(ENDED), second]);
    expect(entries.at(-1)).toMatchObject({ payment_id: 'p2', payable_at: at('2026-06-29T19:00:00.001Z') });
    expect(netOf(entries, { payment: 'p1' })).toBe(0);
  });

  it('V2: from its payment, even where client_since is the signup', () => {
    const [first, next] = termsOf(
      factsOfLife(lifeOf([FIRST, end(ENDED), second], { policy: { client_since: 'signup' } })),
    );
    expect(first!.client_since).toBe(SIGNUP);
    expect(next!.client_since).toBe(second.at);
  });

  it('V2: the new term can be forfeited in its turn', () => {
    expect(net([FIRST, end(ENDED), second, end(second.at + 1)])).toBe(0);
  });
});

describe('V2: an account that has vested stays vested, though it ends and comes back', () => {
  it('V2: ended after vesting, back a year later: payable when paid', () => {
    const entries = entriesOf([FIRST, end(VESTS), payment('p2', '2027-06-01T00:00:00Z'), end('2027-06-02T00:00:00Z')]);
    expect(netOf(entries)).toBe(2 * 1975);
    expect(entries.at(-1)).toMatchObject({ payment_id: 'p2', payable_at: at('2027-06-01T00:00:00Z') });
  });

  it('api.md clock: a cancellation before vesting, told after it, forfeits what was thought vested', () => {
    const known = [FIRST, payment('p2', VESTS + 1)];
    expect(net(known)).toBe(2 * 1975);
    const entries = entriesOf([...known, end(ENDED)]);
    expect(netOf(entries, { payment: 'p1' })).toBe(0);
    expect(entries.find((entry) => entry.payment_id === 'p2')).toMatchObject({
      payable_at: at('2026-07-11T19:00:00.001Z'),
    });
  });
});
