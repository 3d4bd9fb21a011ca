import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { weekPaidOn } from '../../../src/calendar/week.rules.ts';
import { plainDays, remedyOf } from '../../../src/center/gate-words.rules.ts';
import { CHART, chartBars, COMING, comingPayDays } from '../../../src/center/home.rules.ts';
import { GATES, type GateName } from '../../../src/explain/gate.ts';
import type { PayDay } from '../../../src/explain/gates.rules.ts';
import { at, policyWith } from '../../support/life.ts';

const policy = policyWith();
const dayOn = (pay_date: string): PayDay => ({ pay_date, week: weekPaidOn(pay_date, policy), policy });
const next = dayOn('2026-11-20');

describe('coming pay days', () => {
  it('P1: the last instant of a Saturday is paid on the Friday after it, the next one a week later', () => {
    const upcoming = [
      { payable_at: at('2026-11-22T07:59:59.999Z'), amount: 100 },
      { payable_at: at('2026-11-22T08:00:00Z'), amount: 7 },
    ];
    expect(comingPayDays(next, { due: 50, upcoming })).toEqual({
      days: [
        { pay_date: '2026-11-20', amount: 50 },
        { pay_date: '2026-11-27', amount: 100 },
        { pay_date: '2026-12-04', amount: 7 },
      ],
      later: 0,
    });
  });

  it('days between that bring nothing are there; nothing at all is the next day alone', () => {
    const upcoming = [{ payable_at: at('2026-12-10T00:00:00Z'), amount: 9 }];
    expect(comingPayDays(next, { due: 0, upcoming }).days.map(({ amount }) => amount)).toEqual([0, 0, 0, 0, 9]);
    expect(comingPayDays(next, { due: 0, upcoming: [] }).days).toEqual([{ pay_date: '2026-11-20', amount: 0 }]);
  });

  it('C3: what is to be earned back stands on the next day as it is', () => {
    expect(comingPayDays(next, { due: -300, upcoming: [] }).days).toEqual([{ pay_date: '2026-11-20', amount: -300 }]);
  });

  it('no amount is lost or told twice, whatever becomes payable when', () => {
    const line = fc.record({
      payable_at: fc.integer({ min: at('2026-11-15T08:00:00Z'), max: at('2028-01-01T00:00:00Z') }),
      amount: fc.integer({ min: -100_000, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: -1000, max: 1000 }), (upcoming, due) => {
        const { days, later } = comingPayDays(next, { due, upcoming });
        const told = days.reduce((sum, { amount }) => sum + amount, later);
        expect(told).toBe(upcoming.reduce((sum, { amount }) => sum + amount, due));
        expect(days.length).toBeLessThanOrEqual(COMING);
        expect(days.map(({ pay_date }) => pay_date)).toEqual(days.map(({ pay_date }) => pay_date).toSorted());
      }),
    );
  });

  it('a change of the pay weekday loses nothing', () => {
    const monday = policyWith({ pay_weekday: 'monday' });
    const day = { ...dayOn('2026-11-20'), policy: monday };
    const upcoming = [{ payable_at: at('2026-11-20T00:00:00Z'), amount: 5 }];
    const { days, later } = comingPayDays(day, { due: 3, upcoming });
    expect(days.reduce((sum, { amount }) => sum + amount, later)).toBe(8);
    expect(days[0]).toEqual({ pay_date: '2026-11-20', amount: 3 });
  });
});

describe('the chart', () => {
  it('bars stay within their drawing, in order, the largest as high as there is room', () => {
    const sum = fc.record({
      pay_date: fc.constant('2026-11-20'),
      amount: fc.integer({ min: -1_000, max: 10_000_000_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(sum, { maxLength: 12 }),
        fc.array(sum, { minLength: 1, maxLength: COMING }),
        (past, coming) => {
          const bars = chartBars(past, coming);
          expect(bars).toHaveLength(past.length + coming.length);
          for (const [i, bar] of bars.entries()) {
            expect(bar.x).toBeGreaterThanOrEqual((bars[i - 1]?.x ?? -1) + (i === 0 ? 0 : 4));
            expect(bar.x + bar.width).toBeLessThanOrEqual(CHART.width);
            expect(bar.y).toBeGreaterThanOrEqual(CHART.top);
            expect(bar.y + bar.height).toBe(CHART.base);
            expect(bar.height > 0).toBe(bar.amount > 0);
          }
          expect(bars[past.length]?.labelled).toBe(true);
        },
      ),
    );
  });
});

describe('words of gates', () => {
  it('every gate that is shut says what to do; one that is passed says nothing', () => {
    for (const gate of Object.keys(GATES) as GateName[]) {
      expect(remedyOf({ gate, passed: false }, true)?.text).toMatch(/\.$/);
      expect(remedyOf({ gate, passed: true }, true)).toBeNull();
    }
  });

  it('R3: a referral that waits for the client is not told to share a link', () => {
    expect(remedyOf({ gate: 'tracked', passed: false }, true)?.link).toBeNull();
    expect(remedyOf({ gate: 'tracked', passed: false }, false)?.link?.href).toBe('/partners/links');
  });

  it('days in sentences are written out', () => {
    expect(plainDays('It vests on 2026-04-05, not before.')).toBe('It vests on 5 April 2026, not before.');
  });
});
