import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import {
  addCalendarDays,
  addDays,
  dayOf,
  daysBetween,
  isDay,
  isZone,
  startOfDay,
  utcDaysBetween,
  weekdayOf,
} from '../../../src/calendar/zone.rules.ts';
import { at } from '../../support/life.ts';
import { ZONES } from '../../support/lives.ts';
import { dayShown, daysLater } from '../../support/wall-clock.ts';

// Thousands of runs, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 60_000 });

/** Zones of the properties: those of lives, one that skipped a whole day, and one whose clocks change at midnight. */
const zones = fc.constantFrom(...ZONES, 'Pacific/Apia', 'America/Santiago');
const instants = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2100-12-31T00:00:00Z') });
const DAY = 86_400_000;

describe('calendar days at the same wall-clock time, in the zone', () => {
  it.each<[string, string, string, number, string]>([
    [
      'spring, Los Angeles: a day of 23 hours',
      'America/Los_Angeles',
      '2026-03-07T20:00:00Z',
      1,
      '2026-03-08T19:00:00Z',
    ],
    [
      'autumn, Los Angeles: a day of 25 hours',
      'America/Los_Angeles',
      '2026-10-31T19:00:00Z',
      1,
      '2026-11-01T20:00:00Z',
    ],
    [
      'a time that is skipped moves forward by the gap',
      'America/Los_Angeles',
      '2026-03-07T10:30:00Z',
      1,
      '2026-03-08T10:30:00Z',
    ],
    ['a time that comes twice is the first', 'America/Los_Angeles', '2026-10-31T08:30:00Z', 1, '2026-11-01T08:30:00Z'],
    [
      'from the second of a time that comes twice',
      'America/Los_Angeles',
      '2026-11-01T09:30:00Z',
      1,
      '2026-11-02T09:30:00Z',
    ],
    ['backwards over the spring change', 'America/Los_Angeles', '2026-03-08T19:00:00Z', -1, '2026-03-07T20:00:00Z'],
    ['spring, Berlin', 'Europe/Berlin', '2026-03-28T11:00:00Z', 1, '2026-03-29T10:00:00Z'],
    ['autumn, Berlin', 'Europe/Berlin', '2026-10-24T10:00:00Z', 1, '2026-10-25T11:00:00Z'],
    ['spring, Auckland (September)', 'Pacific/Auckland', '2026-09-26T00:00:00Z', 1, '2026-09-26T23:00:00Z'],
    ['autumn, Auckland (April)', 'Pacific/Auckland', '2026-04-03T23:00:00Z', 2, '2026-04-06T00:00:00Z'],
    ['leap day', 'UTC', '2028-02-28T12:00:00Z', 1, '2028-02-29T12:00:00Z'],
    ['no leap day', 'UTC', '2026-02-28T12:00:00Z', 1, '2026-03-01T12:00:00Z'],
    ['no leap day in 2100', 'UTC', '2100-02-28T12:00:00Z', 1, '2100-03-01T12:00:00Z'],
    ['year’s end', 'Asia/Kolkata', '2026-12-31T18:29:59.999Z', 1, '2027-01-01T18:29:59.999Z'],
    ['over the day that Apia skipped', 'Pacific/Apia', '2011-12-29T12:00:00Z', 2, '2011-12-30T12:00:00Z'],
    [
      'no days: the very instant, of a doubled time too',
      'America/Los_Angeles',
      '2026-11-01T09:30:00Z',
      0,
      '2026-11-01T09:30:00Z',
    ],
  ])('%s', (_, timezone, from, days, to) => {
    expect(new Date(addCalendarDays(at(from), days, timezone)).toISOString()).toBe(new Date(at(to)).toISOString());
  });

  it('agrees with a calendar made of Intl alone, in every zone', () => {
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 1, max: 400 }), (timezone, from, days) => {
        expect(addCalendarDays(from, days, timezone)).toBe(daysLater(from, days, timezone));
        expect(dayOf(from, timezone)).toBe(dayShown(from, timezone));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('program days', () => {
  it.each<[string, string, string]>([
    ['America/Los_Angeles', '2026-11-15T07:59:59.999Z', '2026-11-14'],
    ['America/Los_Angeles', '2026-11-15T08:00:00Z', '2026-11-15'],
    ['UTC', '2026-11-14T23:59:59.999Z', '2026-11-14'],
    ['Asia/Kolkata', '2026-11-14T18:30:00Z', '2026-11-15'],
    ['Pacific/Auckland', '2026-11-14T11:00:00Z', '2026-11-15'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-31'],
  ])('%s: %s falls on %s', (timezone, instant, day) => {
    expect(dayOf(at(instant), timezone)).toBe(day);
  });

  it('a day starts at its first instant, where midnight is skipped too', () => {
    expect(startOfDay('2026-11-15', 'America/Los_Angeles')).toBe(at('2026-11-15T08:00:00Z'));
    // Santiago goes from 24:00 to 01:00 on the first Sunday of September.
    expect(startOfDay('2026-09-06', 'America/Santiago')).toBe(at('2026-09-06T04:00:00Z'));
  });

  it('a day holds the instants from its start to the next day’s', () => {
    fc.assert(
      fc.property(zones, instants, (timezone, instant) => {
        const day = dayOf(instant, timezone);
        const [start, next] = [startOfDay(day, timezone), startOfDay(addDays(day, 1), timezone)];
        expect(start <= instant && instant < next).toBe(true);
        expect(dayOf(start, timezone)).toBe(day);
        expect(dayOf(start - 1, timezone) < day).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('days are counted as days', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
    expect(daysBetween('2028-02-01', '2028-03-01')).toBe(29);
    expect(daysBetween('2028-03-01', '2028-02-01')).toBe(-29);
    expect(daysBetween('2020-01-01', '2026-01-01')).toBe(2192);
    expect([weekdayOf('2026-11-16'), weekdayOf('2026-11-20'), weekdayOf('2026-11-22')]).toEqual([1, 5, 7]);
  });

  it('adding and counting days are inverse', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -5000, max: 5000 }), (instant, days) => {
        const day = dayOf(instant, 'UTC');
        expect(daysBetween(day, addDays(day, days))).toBe(days);
        expect((weekdayOf(addDays(day, days)) - weekdayOf(day) - days) % 7 === 0).toBe(true);
      }),
    );
  });

  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-00-01',
    '2026-1-1',
    '2026-01-01T00:00:00Z',
    '1969-12-31',
    '20260101',
    '',
    ' 2026-01-01',
    '+02026-01-01',
  ])('“%s” is no day', (text) => {
    expect(isDay(text)).toBe(false);
  });

  it('days that exist are days', () => {
    expect(['1970-01-01', '2028-02-29', '9999-12-31'].every(isDay)).toBe(true);
  });

  it('a program’s zone is a name of the zone database', () => {
    expect([...ZONES, 'Etc/UTC'].every(isZone)).toBe(true);
    const others = [
      '',
      'Mars/Olympus',
      '+02:00',
      '-08',
      'Pacific',
      'local',
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00[UTC]',
    ];
    expect(others.map(isZone)).toEqual(others.map(() => false));
  });

  it('utcDaysBetween names each UTC day that a stretch touches', () => {
    expect(utcDaysBetween(at('2028-02-28T23:59:59.999Z'), at('2028-03-01T00:00:00Z'))).toEqual([
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
    ]);
    expect(utcDaysBetween(at('2026-01-01T10:00:00Z'), at('2026-01-01T10:00:00Z'))).toEqual(['2026-01-01']);
    expect(utcDaysBetween(at('2026-01-02T00:00:00Z'), at('2026-01-02T00:00:00Z') - 1)).toEqual([]);
    expect(utcDaysBetween(0, 3 * DAY)).toHaveLength(4);
  });
});
