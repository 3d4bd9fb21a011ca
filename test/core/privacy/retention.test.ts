import { describe, expect, it } from 'vitest';

import { DEFAULT_POLICY, type PolicyHistory } from '../../../src/policy/policy.rules.ts';
import { isPaidTo, ruleErasure } from '../../../src/privacy/privacy.rules.ts';
import { cutoffsAt, isSweepTime } from '../../../src/privacy/retention.rules.ts';

const day = (at: number) => new Date(at).toISOString().slice(0, 10);
const version = (n: number, fields: object) => ({ ...DEFAULT_POLICY, version: n, effective_from: n, ...fields });

describe('retention', () => {
  const now = Date.parse('2026-11-20T03:05:00Z');

  it('L1, R4: clicks stay as long as they can win and be audited, by the longest of the versions', () => {
    const one: PolicyHistory = [version(1, {})];
    expect(cutoffsAt(one, now, day).clicks_day).toBe('2025-10-14');
    const two: PolicyHistory = [version(1, { click_lifetime_days: 400 }), version(2, { click_lifetime_days: 30 })];
    expect(cutoffsAt(two, now, day).clicks_day).toBe('2025-09-09');
    expect(day(cutoffsAt(two, now, day).unjoined_forms_at)).toBe('2025-10-16');
  });

  it('a day’s salt goes with the UTC day', () => {
    expect(cutoffsAt([version(1, {})], now, day).sender_salts_day).toBe('2026-11-20');
  });

  it('sweeps in one hour of the day', () => {
    const ticks = Array.from({ length: 288 }, (_, i) => Date.parse('2026-11-20T00:00:00Z') + i * 300_000);
    const swept = ticks.filter(isSweepTime);
    expect(swept).toHaveLength(12);
    expect(swept[0]).toBe(Date.parse('2026-11-20T03:00:00Z'));
  });
});

describe('erasure', () => {
  const nobody = { person_ids: [], account_ids: [], partner_ids: [], named: [], on_the_way: 0 };

  it('P7: a payout on its way keeps its address; somebody unknown is nothing to erase', () => {
    expect(ruleErasure({ ...nobody, person_ids: ['per_1'], on_the_way: 1 })).toEqual({
      ok: false,
      reason: 'on_the_way',
    });
    expect(ruleErasure(nobody)).toEqual({ ok: true, nothing: true });
    expect(ruleErasure({ ...nobody, named: ['claim:c'] })).toEqual({ ok: true, nothing: false });
  });

  it('P3: whose PayPal address goes: the one set last, and the one that still serves', () => {
    const facts = [
      { field: 'paypal', value: 'per_1' },
      { field: 'contact', value: 'per_3' },
      { field: 'paypal', value: 'per_2' },
    ];
    expect(isPaidTo(['per_2'], facts, 'per_1')).toBe(true);
    expect(isPaidTo(['per_1'], facts, 'per_1')).toBe(true);
    expect(isPaidTo(['per_1'], facts, 'per_2')).toBe(false);
    expect(isPaidTo(['per_3'], facts, 'per_2')).toBe(false);
    expect(isPaidTo(['per_3'], [], null)).toBe(false);
  });
});
