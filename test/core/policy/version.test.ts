import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { policyAt, type PolicyHistory } from '../../../src/policy/policy.rules.ts';
import { askedVersion, VersionBody } from '../../../src/policy/policy.schemas.ts';
import { changedFields, latestOf, proposeVersion, withVersion } from '../../../src/policy/version.rules.ts';
import { at, policyWith } from '../../support/life.ts';

const NOW = at('2026-03-01T00:00:00Z');
const first = policyWith({ version: 1, effective_from: 0 });
const second = policyWith({ version: 2, effective_from: at('2026-02-01T00:00:00Z'), payout_threshold: 5000 });
const history: PolicyHistory = [first, second];

describe('a new version of the policy', () => {
  it('has the fields of the latest one where they are left out, and says what it changes', () => {
    const asked = { effective_from: NOW + 1, default_rate_bps: 3000 };
    const proposed = proposeVersion(history, asked, NOW);
    const version = { ...second, ...asked, version: 3 };
    expect(proposed).toEqual({ ok: true, version });
    expect(changedFields(latestOf(history), version)).toEqual([{ field: 'default_rate_bps', from: 2500, to: 3000 }]);
  });

  it.each([
    ['before now', { effective_from: NOW - 1 }, 'retroactive'],
    ['at this very instant', { effective_from: NOW }, 'retroactive'],
    ['another currency', { effective_from: NOW + 1, currency: 'EUR' }, 'fixed_for_life'],
    ['another zone', { effective_from: NOW + 1, timezone: 'Europe/Berlin' }, 'fixed_for_life'],
    ['another week', { effective_from: NOW + 1, week_starts_on: 'monday' as const }, 'fixed_for_life'],
  ])('P1, C1: %s is refused', (_, asked, reason) => {
    expect(proposeVersion(history, asked, NOW)).toEqual({ ok: false, reason });
  });

  it('follows the last one, though that is still to come; what is for life may be named as it is', () => {
    const third = policyWith({ version: 3, effective_from: NOW + 1000 });
    const known: PolicyHistory = [first, second, third];
    expect(proposeVersion(known, { effective_from: NOW + 1000 }, NOW)).toEqual({ ok: false, reason: 'not_the_last' });
    const same = { effective_from: NOW + 1001, currency: 'USD', week_starts_on: 'sunday' as const };
    expect(proposeVersion(known, same, NOW)).toMatchObject({ ok: true, version: { version: 4 } });
  });

  it('R2, P2: is never retroactive: up to now the version in force stays what it was', () => {
    const instants = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(instants, instants, instants, (effective_from, now, when) => {
        const proposed = proposeVersion(history, { effective_from, payout_threshold: 1 }, now);
        if (!proposed.ok) return;
        const known = withVersion(history, proposed.version);
        if (when <= now) expect(policyAt(known, when)).toBe(policyAt(history, when));
        expect(policyAt(known, effective_from)).toBe(proposed.version);
      }),
    );
  });
});

describe('what a version may say', () => {
  const body = { effective_from: '2027-01-01T00:00:00Z' };
  const good: [string, unknown][] = [
    ['click_lifetime_days', 400],
    ['referrer_window_days', 0],
    ['late_claims', 'closed'],
    ['audit_correction', 'operator'],
    ['own_name_on_client_domain', 'hold'],
    ['promotion_codes', 'click'],
    ['default_rate_bps', 10_000],
    ['vesting_days', 0],
    ['client_since', 'signup'],
    ['reactivation_days', 0],
    ['payout_threshold', 0],
    ['max_payout', null],
    ['max_batch', 1],
    ['max_growth', 1.125],
    ['max_growth', null],
    ['pay_weekday', 'monday'],
  ];
  it.each(good)('%s may be %j', (field, value) => {
    expect(askedVersion(VersionBody.parse({ ...body, [field]: value }))).toEqual({
      effective_from: at(body.effective_from),
      [field]: value,
    });
  });

  const bad: [string, unknown][] = [
    ['attribution', 'first_click'],
    ['click_lifetime_days', 401],
    ['click_lifetime_days', 0],
    ['referrer_window_days', -1],
    ['referrer_window_days', 30.5],
    ['late_claims', 'open'],
    ['default_rate_bps', 10_001],
    ['vesting_days', 1001],
    ['payout_threshold', -1],
    ['payout_threshold', null],
    ['max_payout', 0],
    ['max_growth', 0.5],
    ['max_growth', 1.0005],
    ['pay_weekday', 'Friday'],
    ['currency', 'usd'],
    ['version', 7],
    ['effective_from', '2027-01-01'],
  ];
  it.each(bad)('%s may not be %j', (field, value) => {
    expect(VersionBody.safeParse({ ...body, [field]: value }).success).toBe(false);
  });
});
