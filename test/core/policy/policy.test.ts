import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isZone } from '../../../src/calendar/zone.rules.ts';
import { CLAUSES } from '../../../src/policy/clauses.ts';
import { DEFAULT_POLICY, type PolicyHistory, policyAt, type PolicyVersion } from '../../../src/policy/policy.rules.ts';
import { policyWith } from '../../support/life.ts';

describe('the policy’s fields', () => {
  it('have the defaults of the table', () => {
    expect(DEFAULT_POLICY).toEqual({
      attribution: 'last_click',
      click_lifetime_days: 365,
      referrer_window_days: 30,
      late_claims: 'forward',
      audit_correction: 'automatic',
      own_name_on_client_domain: 'clear',
      promotion_codes: 'fallback',
      default_rate_bps: 2500,
      vesting_days: 90,
      client_since: 'first_payment',
      reactivation_days: 30,
      payout_threshold: 10_000,
      max_payout: 2_000_000,
      max_batch: null,
      max_growth: null,
      pay_weekday: 'friday',
      week_starts_on: 'sunday',
      timezone: 'America/Los_Angeles',
      currency: 'USD',
    });
    expect(isZone(DEFAULT_POLICY.timezone)).toBe(true);
  });

  it('every clause of the policy has a sentence', () => {
    const ids = 'L1 L2 L3 L4 R1 R2 R3 R4 R5 R6 S1 S2 S3 C1 C2 C3 V1 V2 P1 P2 P3 P4 P5 P6 P7 P8 B1'.split(' ');
    expect(Object.keys(CLAUSES)).toEqual(ids);
    expect(Object.values(CLAUSES).every((sentence) => /^[A-Z].*\.$/.test(sentence))).toBe(true);
  });
});

describe('the version in force', () => {
  const first = policyWith({ version: 1, effective_from: 1000 });
  const second = policyWith({ version: 2, effective_from: 2000 });
  const third = policyWith({ version: 3, effective_from: 2000 });
  const history: PolicyHistory = [first, second];

  it.each<[string, number, PolicyVersion]>([
    ['older than the first version: the first', 0, first],
    ['at its very instant', 1000, first],
    ['a millisecond before the next', 1999, first],
    ['at the next one’s very instant', 2000, second],
    ['long after', 9e12, second],
  ])('%s', (_, at, version) => {
    expect(policyAt(history, at)).toBe(version);
  });

  it('of two that take effect at one instant, the later version', () => {
    expect(policyAt([first, second, third], 2000)).toBe(third);
  });

  it('never retroactive: a version more changes nothing before its instant', () => {
    const instants = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(fc.array(instants, { minLength: 1, maxLength: 6 }), instants, (froms, at) => {
        const [head, ...rest] = froms
          .toSorted((a, b) => a - b)
          .map((effective_from, i) => policyWith({ version: i + 1, effective_from }));
        const known: PolicyHistory = [head!, ...rest];
        fc.pre(at + 1 >= head!.effective_from);
        const next = policyWith({ version: froms.length + 1, effective_from: at + 1 });
        expect(
          policyAt(
            [...known, next].toSorted((a, b) => a.effective_from - b.effective_from) as unknown as PolicyHistory,
            at,
          ),
        ).toBe(policyAt(known, at));
      }),
    );
  });
});
