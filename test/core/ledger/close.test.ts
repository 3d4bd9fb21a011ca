import { describe, expect, it } from 'vitest';

import { parseInstant } from '../../../src/clock.ts';
import { closeBalances, NO_BALANCES, weekFinder } from '../../../src/ledger/close.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const none = { weeks: new Map<string, number>(), later: [], transfers: [], left_open: null, forfeited: 0 };

describe('weekly closes', () => {
  it('P1: weeks begin on Sunday in the program’s zone, across both changes of clocks', () => {
    const weekOf = weekFinder(DEFAULT_POLICY);
    const found = [
      '2026-11-15T07:59:59Z',
      '2026-11-15T08:00:00Z',
      '2026-11-01T06:59:59Z',
      '2026-11-01T07:00:00Z',
      '2026-11-08T07:59:59Z',
      '2026-03-08T08:00:00Z',
      '2026-03-15T06:59:59Z',
      '2026-03-15T07:00:00Z',
    ];
    expect(found.map((text) => weekOf(at(text)))).toEqual([
      '2026-11-08',
      '2026-11-15',
      '2026-10-25',
      '2026-11-01',
      '2026-11-01',
      '2026-03-08',
      '2026-03-08',
      '2026-03-15',
    ]);
    // Asked again in any order, it says the same.
    expect(found.toReversed().map((text) => weekOf(at(text)))[0]).toBe('2026-03-15');
  });

  it('what became payable before the pay day’s week is matured, the rest stays by week', () => {
    const weeks = new Map([
      ['2026-11-08', 100],
      ['2026-11-15', 20],
      ['2027-01-03', 3],
      ['2027-01-10', 0],
    ]);
    const first = closeBalances(NO_BALANCES, { ...none, weeks, later: [9, 7] }, '2026-11-20', DEFAULT_POLICY);
    expect(first).toMatchObject({ matured: 100, weeks: { '2026-11-15': 20, '2027-01-03': 3 }, later: [7, 9] });
    const second = closeBalances(first, none, '2026-11-27', DEFAULT_POLICY);
    expect(second).toMatchObject({ matured: 120, weeks: { '2027-01-03': 3 }, later: [] });
  });

  it('a payout leaves of what had matured what it did not take', () => {
    const before = { ...NO_BALANCES, matured: 12_000, weeks: { '2026-11-15': 20 } };
    const freeze = { kind: 'freeze' as const, amount: 11_500, at: 0 };
    const after = closeBalances(before, { ...none, transfers: [freeze], left_open: 500 }, '2026-11-20', DEFAULT_POLICY);
    expect(after).toMatchObject({ matured: 500, weeks: { '2026-11-15': 20 }, in_flight: 11_500 });
  });
});
