import { describe, expect, it } from 'vitest';

import { payDateFor, weekPaidOn } from '../../../src/calendar/week.rules.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import { factsOfLife, lifeOf, netOf, payableBy, payment } from '../../support/life.ts';

/** The FAQ's example: 25 % of an account of $79.00 a month. */
const months = ['01', '02', '03', '04', '05', '06'].map((month, i) =>
  payment(`p${i + 1}`, `2026-${month}-12T20:00:00Z`),
);
const duePaidOn = (pay_date: string) =>
  payableBy(target(factsOfLife(lifeOf(months))), weekPaidOn(pay_date, DEFAULT_POLICY).ends_at - 1);

describe('FAQ: $79.00 a month at 25 %', () => {
  it('C1: one payment earns $19.75, three earn $59.25, still short of $100', () => {
    const entries = target(factsOfLife(lifeOf(months.slice(0, 3))));
    expect(netOf(entries, { payment: 'p1' })).toBe(1975);
    expect(netOf(entries)).toBe(5925);
    expect(5925).toBeLessThan(DEFAULT_POLICY.payout_threshold);
  });

  it('V1: nothing is payable on the Friday before the 90 days are over, four payments after', () => {
    // Vests on Sunday 12 April 2026 at noon, in the week that is paid on Friday 24 April.
    expect(duePaidOn('2026-04-17')).toBe(0);
    expect(duePaidOn('2026-04-24')).toBe(4 * 1975);
  });

  it('P1, P2: the sixth payment lifts it above $100: Friday 19 June 2026 is the first on which it can be paid', () => {
    const fridays = Array.from({ length: 30 }, (_, week) =>
      new Date(Date.UTC(2026, 0, 16 + 7 * week)).toISOString().slice(0, 10),
    );
    expect(fridays.find((friday) => duePaidOn(friday) >= DEFAULT_POLICY.payout_threshold)).toBe('2026-06-19');
    expect(duePaidOn('2026-06-12')).toBe(5 * 1975);
    expect(duePaidOn('2026-06-19')).toBe(6 * 1975);
    expect(payDateFor(months[5]!.at, DEFAULT_POLICY)).toBe('2026-06-19');
  });
});
