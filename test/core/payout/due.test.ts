import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addDays, dayOf, startOfDay, weekdayOf } from '../../../src/calendar/zone.rules.ts';
import { parseInstant } from '../../../src/clock.ts';
import { dueDates, isPayDayCron, nextPayDay, payDay } from '../../../src/payout/due.rules.ts';
import { DEFAULT_POLICY, type PolicyHistory } from '../../../src/policy/policy.rules.ts';

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const history: PolicyHistory = [{ ...DEFAULT_POLICY, version: 1, effective_from: 0 }];
const FRIDAY = '0 17 * * FRI';
const DAILY = '30 17 * * *';

const due = (cron: string, scheduled: string, latest: string | null, by: PolicyHistory = history) =>
  dueDates({ history: by, cron, scheduled_at: at(scheduled), latest });

describe('which pay days a run freezes (api.md "Clock")', () => {
  it.each([
    ['its own day', FRIDAY, '2026-11-20T17:00:00Z', '2026-11-13', ['2026-11-20']],
    ['nothing twice', FRIDAY, '2026-11-20T17:00:00Z', '2026-11-20', []],
    [
      'missed weeks, oldest first',
      FRIDAY,
      '2026-11-20T17:00:00Z',
      '2026-10-30',
      ['2026-11-06', '2026-11-13', '2026-11-20'],
    ],
    ['late, after its day', FRIDAY, '2026-11-23T17:00:00Z', '2026-11-13', ['2026-11-20']],
    ['the daily one not the day itself', DAILY, '2026-11-20T17:30:00Z', '2026-11-13', []],
    ['the daily one what its Friday missed', DAILY, '2026-11-21T17:30:00Z', '2026-11-13', ['2026-11-20']],
    ['the daily one never a program’s first', DAILY, '2026-11-21T17:30:00Z', null, []],
    ['a first run the latest due week only', FRIDAY, '2026-11-20T17:00:00Z', null, ['2026-11-20']],
    ['a first run between pay days the latest one', FRIDAY, '2026-11-19T17:00:00Z', null, ['2026-11-13']],
    ['a run from before the latest batch nothing', FRIDAY, '2026-11-06T17:00:00Z', '2026-11-20', []],
    ['the program’s day, not that of UTC', FRIDAY, '2026-11-20T07:59:59Z', '2026-11-13', []],
  ])('%s', (_, cron, scheduled, latest, expected) => {
    expect(due(cron, scheduled, latest)).toEqual(expected);
  });

  it('P1: Friday 2026-11-20 pays 8–14 November; the 15th at 00:00 waits for the 27th', () => {
    const { week } = payDay(history, '2026-11-20');
    expect(week).toMatchObject({ start_on: '2026-11-08', end_on: '2026-11-14', ends_at: at('2026-11-15T08:00:00Z') });
  });

  it('a cron is the pay day’s own where it names a weekday', () => {
    expect([FRIDAY, '0 9 * * mon', DAILY, '0 0 * * 6', 'nonsense'].map(isPayDayCron)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('the pay day follows the policy in force on it, one a week whatever changes', () => {
    const monday = { ...DEFAULT_POLICY, pay_weekday: 'monday' as const, version: 2 };
    // From Wednesday on Mondays: that week has had no Monday under this version and gets no Friday any more.
    const changed: PolicyHistory = [history[0], { ...monday, effective_from: at('2026-11-18T08:00:00Z') }];
    expect(due('0 17 * * MON', '2026-11-30T17:00:00Z', '2026-11-06', changed)).toEqual([
      '2026-11-13',
      '2026-11-23',
      '2026-11-30',
    ]);
    // From Mondays to Fridays within a week: the Monday was that week's pay day.
    const friday = { ...DEFAULT_POLICY, version: 3, effective_from: at('2026-12-09T08:00:00Z') };
    const back: PolicyHistory = [changed[0], { ...monday, effective_from: at('2026-11-18T08:00:00Z') }, friday];
    expect(due(FRIDAY, '2026-12-18T17:00:00Z', '2026-11-30', back)).toEqual(['2026-12-07', '2026-12-18']);
  });

  it('runs at any instants freeze each pay day after the first once, in order', () => {
    const runs = fc.array(fc.tuple(fc.constantFrom(FRIDAY, DAILY), fc.integer({ min: 0, max: 70 * 24 })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(runs, (all) => {
        const start = at('2026-10-02T00:30:00Z');
        const frozen: string[] = [];
        for (const [cron, hours] of all) {
          const scheduled_at = start + hours * 3_600_000;
          const today = dayOf(scheduled_at, history[0].timezone);
          for (const pay_date of dueDates({ history, cron, scheduled_at, latest: frozen.at(-1) ?? null })) {
            expect(pay_date <= today).toBe(true);
            expect(weekdayOf(pay_date)).toBe(5);
            const former = frozen.at(-1);
            if (former !== undefined) expect(pay_date).toBe(addDays(former, 7));
            // Its week is over.
            expect(payDay(history, pay_date).week.ends_at).toBeLessThanOrEqual(
              startOfDay(pay_date, history[0].timezone),
            );
            frozen.push(pay_date);
          }
        }
      }),
    );
  });

  it.each([
    ['before the first batch, the coming one', null, '2026-11-18T12:00:00Z', '2026-11-20'],
    ['before the first batch, today', null, '2026-11-20T12:00:00Z', '2026-11-20'],
    ['before the first batch, after this week’s', null, '2026-11-21T12:00:00Z', '2026-11-27'],
    ['after the latest batch', '2026-11-20', '2026-11-20T18:00:00Z', '2026-11-27'],
    ['overdue, if it was missed', '2026-11-06', '2026-11-20T18:00:00Z', '2026-11-13'],
  ])('the next pay day: %s', (_, latest, now, expected) => {
    expect(nextPayDay(history, latest, at(now)).pay_date).toBe(expected);
  });
});
