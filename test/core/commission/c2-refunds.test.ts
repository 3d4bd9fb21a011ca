import { describe, expect, it } from 'vitest';

import { fittingRefunds } from '../../../src/commission/refund.rules.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { at, end, factsOfLife, lifeOf, netOf, payableBy, payment, refund, reversal } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';

const PAID = '2026-01-12T20:00:00Z';
const VESTS = '2026-04-12T19:00:00Z';
const paid = payment('p1', PAID);
const entriesOf = (...events: LifeEvent[]) => target(factsOfLife(lifeOf(events)));
const net = (...events: LifeEvent[]) => netOf(entriesOf(...events));

describe('C2: a refund moves the commission to its new target', () => {
  it.each<[string, LifeEvent[], number]>([
    ['a full refund brings it to exactly zero', [refund('r1', 'p1', '2026-02-01T00:00:00Z')], 0],
    ['half of it leaves the half, rounded up', [refund('r1', 'p1', '2026-02-01T00:00:00Z', 3950)], 988],
    [
      'refunds add up',
      [refund('r1', 'p1', '2026-02-01T00:00:00Z', 1000), refund('r2', 'p1', '2026-02-02T00:00:00Z', 1000)],
      1475,
    ],
    [
      'partial refunds of all of it leave exactly zero',
      [
        refund('r1', 'p1', '2026-02-01T00:00:00Z', 2633),
        refund('r2', 'p1', '2026-02-02T00:00:00Z', 2633),
        refund('r3', 'p1', '2026-02-03T00:00:00Z', 2634),
      ],
      0,
    ],
    [
      'a refund that failed restores it',
      [refund('r1', 'p1', '2026-02-01T00:00:00Z'), reversal('r1', '2026-02-05T00:00:00Z')],
      1975,
    ],
    [
      'a dispute that was won restores it, beside a refund that stands',
      [
        refund('r1', 'p1', '2026-02-01T00:00:00Z', 1000),
        refund('d1', 'p1', '2026-02-02T00:00:00Z', 6900),
        reversal('d1', '2026-02-05T00:00:00Z'),
      ],
      1725,
    ],
    [
      'a reversal of another refund restores nothing',
      [refund('r1', 'p1', '2026-02-01T00:00:00Z'), reversal('r2', '2026-02-05T00:00:00Z')],
      0,
    ],
    ['a refund of another payment takes nothing', [refund('r1', 'p2', '2026-02-01T00:00:00Z')], 1975],
  ])('C2: %s', (_, events, due) => {
    expect(net(paid, ...events)).toBe(due);
    expect(net(...[paid, ...events].toReversed())).toBe(due);
  });

  it('C2: tax is refunded with its share', () => {
    const taxed = payment('p1', PAID, { amount: 10_000, tax_amount: 2000 });
    expect(net(taxed, refund('r1', 'p1', '2026-02-01T00:00:00Z', 5000))).toBe(1000);
    expect(net(taxed, refund('r1', 'p1', '2026-02-01T00:00:00Z', 10_000))).toBe(0);
  });

  it('C2: what a refund takes is dated at the refund, under the payment’s own payable_at', () => {
    expect(entriesOf(paid, refund('r1', 'p1', '2026-02-01T00:00:00Z'))).toMatchObject([
      { kind: 'commission', cause_id: 'p1', at: at(PAID), payable_at: at(VESTS), amount: 1975 },
      { kind: 'refund', cause_id: 'r1', at: at('2026-02-01T00:00:00Z'), payable_at: at(VESTS), amount: -1975 },
    ]);
  });

  it('C2: restored, it is payable as it was before', () => {
    const restored = entriesOf(
      paid,
      refund('r1', 'p1', '2026-03-01T00:00:00Z'),
      reversal('r1', '2026-07-01T00:00:00Z'),
    );
    expect(restored.at(-1)).toMatchObject({
      kind: 'refund_reversal',
      cause_id: 'r1',
      amount: 1975,
      payable_at: at(VESTS),
    });
    expect(payableBy(restored, VESTS)).toBe(1975);
    expect(payableBy(restored, VESTS, { as_of: '2026-06-30T00:00:00Z' })).toBe(0);
  });

  it('C2: a refund dated before its payment counts from the payment on', () => {
    const entries = entriesOf(paid, refund('r1', 'p1', '2026-01-01T00:00:00Z', 3950));
    expect(entries.map((entry) => [entry.kind, entry.at, entry.amount])).toEqual([
      ['commission', at(PAID), 1975],
      ['refund', at(PAID), -987],
    ]);
  });

  it('C2: a reversal dated before its refund counts from the refund on', () => {
    const entries = entriesOf(paid, refund('r1', 'p1', '2026-02-01T00:00:00Z'), reversal('r1', '2026-01-20T00:00:00Z'));
    expect(entries.map((entry) => [entry.kind, entry.at])).toEqual([
      ['commission', at(PAID)],
      ['refund', at('2026-02-01T00:00:00Z')],
      ['refund_reversal', at('2026-02-01T00:00:00Z')],
    ]);
  });

  it('C2: while a refund that later failed and another overlap, no less than nothing is due', () => {
    const entries = entriesOf(
      paid,
      refund('r1', 'p1', '2026-02-01T00:00:00Z'),
      refund('r2', 'p1', '2026-02-02T00:00:00Z', 3950),
      reversal('r1', '2026-02-10T00:00:00Z'),
    );
    expect(netOf(entries, { as_of: '2026-02-05T00:00:00Z' })).toBe(0);
    expect(netOf(entries)).toBe(988);
  });

  it('C2, V2: refunded after the account ended: nothing more is taken, and a payment that continues the term restores what was kept', () => {
    const ended = [paid, end('2026-02-01T00:00:00Z'), refund('r1', 'p1', '2026-02-02T00:00:00Z', 3950)];
    expect(net(...ended)).toBe(0);
    const back = entriesOf(...ended, payment('p2', '2026-02-10T00:00:00Z'));
    expect(netOf(back, { payment: 'p1' })).toBe(988);
  });
});

describe('C2: refunds of more than was paid (refund_too_large)', () => {
  const told = (refund_id: string, when: string, amount: number, reversed_at: string | null = null) => ({
    refund_id,
    payment_id: 'p1',
    amount,
    refunded_at: at(when),
    reversed_at: reversed_at === null ? null : at(reversed_at),
  });
  const ids = (refunds: readonly { refund_id: string }[]) => refunds.map((row) => row.refund_id);
  const split = (...refunds: ReturnType<typeof told>[]) => {
    const { fitting, too_large } = fittingRefunds(7900, refunds);
    return { fitting: ids(fitting), too_large: ids(too_large) };
  };

  it('the same refunds in any order leave the same ones out: by their instant, then id', () => {
    const one = told('r1', '2026-02-02T00:00:00Z', 5000);
    const two = told('r2', '2026-02-01T00:00:00Z', 5000);
    const three = told('r3', '2026-02-03T00:00:00Z', 2900);
    const same = { fitting: ['r2', 'r3'], too_large: ['r1'] };
    expect(split(one, two, three)).toEqual(same);
    expect(split(three, two, one)).toEqual(same);
    const tie = [told('b', '2026-02-01T00:00:00Z', 5000), told('a', '2026-02-01T00:00:00Z', 5000)] as const;
    expect(split(...tie)).toEqual({ fitting: ['a'], too_large: ['b'] });
  });

  it('exactly all fits, one more does not', () => {
    expect(split(told('r1', '2026-02-01T00:00:00Z', 7900))).toEqual({ fitting: ['r1'], too_large: [] });
    expect(split(told('r1', '2026-02-01T00:00:00Z', 7901))).toEqual({ fitting: [], too_large: ['r1'] });
  });

  it('one that was reversed takes no room, but never fits where it alone is too large', () => {
    const failed = told('r1', '2026-02-01T00:00:00Z', 7900, '2026-02-02T00:00:00Z');
    expect(split(failed, told('r2', '2026-02-03T00:00:00Z', 7900))).toEqual({ fitting: ['r1', 'r2'], too_large: [] });
    expect(split(told('r1', '2026-02-01T00:00:00Z', 9000, '2026-02-02T00:00:00Z'))).toEqual({
      fitting: [],
      too_large: ['r1'],
    });
  });

  it('one that does not fit takes nothing', () => {
    expect(net(paid, refund('r1', 'p1', '2026-02-01T00:00:00Z', 8000))).toBe(1975);
    expect(
      net(paid, refund('r1', 'p1', '2026-02-01T00:00:00Z', 7900), refund('r2', 'p1', '2026-02-02T00:00:00Z', 1)),
    ).toBe(0);
  });
});

describe('C3: what was paid out stays, the difference is a negative line of its own', () => {
  it('C3: a refund after the payout posts one negative line, payable at once, with its cause', () => {
    const posted = entriesOf(paid);
    const late = unposted(entriesOf(paid, refund('r1', 'p1', '2026-06-01T00:00:00Z', 3950)), posted);
    expect(late).toEqual([
      {
        payment_id: 'p1',
        partner_id: 'ada',
        kind: 'refund',
        cause_id: 'r1',
        at: at('2026-06-01T00:00:00Z'),
        payable_at: at(VESTS),
        amount: -987,
        rate_bps: 2500,
      },
    ]);
  });

  it('C3: once more restored, one positive line of the same size', () => {
    const events = [paid, refund('r1', 'p1', '2026-06-01T00:00:00Z', 3950)];
    const late = unposted(entriesOf(...events, reversal('r1', '2026-06-09T00:00:00Z')), entriesOf(...events));
    expect(late).toMatchObject([{ kind: 'refund_reversal', cause_id: 'r1', amount: 987, payable_at: at(VESTS) }]);
  });
});
