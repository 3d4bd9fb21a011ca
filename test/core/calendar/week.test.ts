import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import {
  payDateAfter,
  payDateFor,
  payDateOnOrBefore,
  WEEKDAYS,
  weekOfDay,
  weekPaidOn,
  type WeekPolicy,
} from '../../../src/calendar/week.rules.ts';
import { addDays, dayOf, weekdayOf } from '../../../src/calendar/zone.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import { at } from '../../support/life.ts';
import { ZONES } from '../../support/lives.ts';

// Thousands of runs, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

const HOUR = 3_600_000;
const hours = (day: string, timezone: string = DEFAULT_POLICY.timezone) => {
  const { starts_at, ends_at } = weekOfDay(day, { ...DEFAULT_POLICY, timezone });
  return (ends_at - starts_at) / HOUR;
};

describe('P1: each Friday pays what became payable up to the end of the previous Sunday–Saturday week', () => {
  it('P1: for Friday 2026-11-20 the week is 8–14 November', () => {
    expect(weekPaidOn('2026-11-20', DEFAULT_POLICY)).toEqual({
      start_on: '2026-11-08',
      end_on: '2026-11-14',
      starts_at: at('2026-11-08T08:00:00Z'),
      ends_at: at('2026-11-15T08:00:00Z'),
    });
  });

  it('P1: what becomes payable on Sunday the 15th at 00:00 or later waits for the 27th', () => {
    expect(payDateFor(at('2026-11-15T07:59:59.999Z'), DEFAULT_POLICY)).toBe('2026-11-20');
    expect(payDateFor(at('2026-11-15T08:00:00Z'), DEFAULT_POLICY)).toBe('2026-11-27');
    expect(payDateFor(at('2026-11-20T20:00:00Z'), DEFAULT_POLICY)).toBe('2026-11-27');
    expect(payDateFor(at('2026-11-22T07:59:59.999Z'), DEFAULT_POLICY)).toBe('2026-11-27');
  });

  it('P1: what became payable on the 8th at 00:00 is the 20th’s, a millisecond earlier the 13th’s', () => {
    expect(payDateFor(at('2026-11-08T08:00:00Z'), DEFAULT_POLICY)).toBe('2026-11-20');
    expect(payDateFor(at('2026-11-08T07:59:59.999Z'), DEFAULT_POLICY)).toBe('2026-11-13');
  });

  it.each<[string, string, string, number]>([
    ['spring, Los Angeles', 'America/Los_Angeles', '2026-03-08', 167],
    ['autumn, Los Angeles', 'America/Los_Angeles', '2026-11-01', 169],
    ['an ordinary one', 'America/Los_Angeles', '2026-11-08', 168],
    ['spring, Berlin', 'Europe/Berlin', '2026-03-29', 167],
    ['autumn, Berlin', 'Europe/Berlin', '2026-10-25', 169],
    ['spring, Auckland', 'Pacific/Auckland', '2026-09-27', 167],
    ['autumn, Auckland', 'Pacific/Auckland', '2026-04-05', 169],
    ['UTC', 'UTC', '2026-03-08', 168],
    ['Kolkata', 'Asia/Kolkata', '2026-11-01', 168],
    ['Apia, a day short', 'Pacific/Apia', '2011-12-25', 144],
  ])('P1: the hours of a week: %s', (_, timezone, day, length) => {
    expect(hours(day, timezone)).toBe(length);
  });

  it('P1: every day of a week names the same week', () => {
    for (let i = 0; i < 7; i++) expect(weekOfDay(addDays('2026-11-08', i), DEFAULT_POLICY).start_on).toBe('2026-11-08');
    expect(weekOfDay('2026-11-07', DEFAULT_POLICY).end_on).toBe('2026-11-07');
  });

  it('P1: weeks over a leap day and a year’s end', () => {
    expect(weekOfDay('2028-02-29', DEFAULT_POLICY)).toMatchObject({ start_on: '2028-02-27', end_on: '2028-03-04' });
    expect(weekOfDay('2027-01-01', DEFAULT_POLICY)).toMatchObject({ start_on: '2026-12-27', end_on: '2027-01-02' });
    expect(weekPaidOn('2027-01-01', DEFAULT_POLICY)).toMatchObject({ start_on: '2026-12-20', end_on: '2026-12-26' });
  });

  it('P1: pay days on, before and after a day', () => {
    expect(payDateOnOrBefore('2026-11-20', DEFAULT_POLICY)).toBe('2026-11-20');
    expect(payDateOnOrBefore('2026-11-19', DEFAULT_POLICY)).toBe('2026-11-13');
    expect(payDateAfter('2026-11-19', DEFAULT_POLICY)).toBe('2026-11-20');
    expect(payDateAfter('2026-11-20', DEFAULT_POLICY)).toBe('2026-11-27');
  });
});

describe('P1: for every weekday, week and zone', () => {
  const policies: fc.Arbitrary<WeekPolicy> = fc.record({
    pay_weekday: fc.constantFrom(...WEEKDAYS),
    week_starts_on: fc.constantFrom(...WEEKDAYS),
    timezone: fc.constantFrom(...ZONES, 'Pacific/Apia', 'America/Santiago'),
  });
  /** Instants at will, and those beside a change of clocks, a leap day, a year's end or a week's. */
  const instants = fc.oneof(
    fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z') }),
    fc
      .tuple(
        fc.constantFrom(
          '2026-03-08T08:00:00Z',
          '2026-03-08T10:00:00Z',
          '2026-11-01T07:00:00Z',
          '2026-11-01T09:00:00Z',
          '2026-03-29T01:00:00Z',
          '2026-10-25T01:00:00Z',
          '2028-02-29T00:00:00Z',
          '2027-01-01T00:00:00Z',
          '2011-12-30T10:00:00Z',
        ),
        fc.integer({ min: -26, max: 26 }),
        fc.constantFrom(-1, 0, 1),
      )
      .map(([near, hoursAway, ms]) => at(near) + hoursAway * HOUR + ms),
  );

  it('a week holds the instants of its days and no other', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const week = weekOfDay(dayOf(instant, policy.timezone), policy);
        expect(week.starts_at <= instant && instant < week.ends_at).toBe(true);
        expect(weekdayOf(week.start_on)).toBe(WEEKDAYS.indexOf(policy.week_starts_on) + 1);
        expect(week.end_on).toBe(addDays(week.start_on, 6));
      }),
      { numRuns: 1000 },
    );
  });

  it('weeks follow one another without gap or overlap', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const week = weekOfDay(dayOf(instant, policy.timezone), policy);
        const next = weekOfDay(addDays(week.end_on, 1), policy);
        expect(next.starts_at).toBe(week.ends_at);
        expect(next.start_on).toBe(addDays(week.start_on, 7));
        expect(week.starts_at).toBeLessThan(week.ends_at);
      }),
      { numRuns: 1000 },
    );
  });

  it('payDateFor is the first pay day whose week ends after the instant, and the one whose week holds it', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const pay_date = payDateFor(instant, policy);
        const paid = weekPaidOn(pay_date, policy);
        expect(weekdayOf(pay_date)).toBe(WEEKDAYS.indexOf(policy.pay_weekday) + 1);
        expect(paid.starts_at <= instant && instant < paid.ends_at).toBe(true);
        expect(weekPaidOn(addDays(pay_date, -7), policy).ends_at).toBeLessThanOrEqual(instant);
        expect(pay_date > paid.end_on).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('each week is paid on one pay day, after it has ended and within a week of that', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const pay_date = payDateOnOrBefore(dayOf(instant, policy.timezone), policy);
        const paid = weekPaidOn(pay_date, policy);
        expect(weekPaidOn(payDateAfter(pay_date, policy), policy).start_on).toBe(addDays(paid.start_on, 7));
        expect(pay_date > paid.end_on && pay_date <= addDays(paid.end_on, 7)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('the pay day on or before a day, and the one after it, are a week apart around it', () => {
    fc.assert(
      fc.property(policies, instants, (policy, instant) => {
        const day = dayOf(instant, 'UTC');
        const [last, next] = [payDateOnOrBefore(day, policy), payDateAfter(day, policy)];
        expect(last <= day && day < next).toBe(true);
        expect(next).toBe(addDays(last, 7));
      }),
    );
  });
});
