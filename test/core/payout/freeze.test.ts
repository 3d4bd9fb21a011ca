import { describe, expect, it } from 'vitest';

import { parseInstant } from '../../../src/clock.ts';
import { NOTHING_HELD, partnerGates } from '../../../src/explain/gates.rules.ts';
import type { PartnerFact, PartnerRecord } from '../../../src/partner/facts.rules.ts';
import { approvalReasons } from '../../../src/payout/ceilings.rules.ts';
import { payDay } from '../../../src/payout/due.rules.ts';
import { decideChunk, packGates, type PartnerDue } from '../../../src/payout/freeze.rules.ts';
import { batchManifest, batchTotals } from '../../../src/payout/manifest.rules.ts';
import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';

const frozen_at = parseInstant('2026-11-20T17:00:00Z') ?? Number.NaN;
const day = payDay([{ ...DEFAULT_POLICY, version: 1, effective_from: 0 }], '2026-11-20');

function record(...facts: [PartnerFact['field'], string][]): PartnerRecord {
  const rows = facts.map(([field, value], i) => {
    const address_hash = field === 'paypal' ? `hash_${value}` : null;
    return { n: i + 1, field, value, at: 0, address_hash };
  });
  return { facts: rows, holds: [], came_back: [] };
}
const sound = record(['status', 'active'], ['country', 'US'], ['paypal', 'per_a']);
const due = (partner_id: string, amount: number, line_count = 1): PartnerDue => ({
  partner_id,
  due: amount,
  line_count,
  held: NOTHING_HELD,
});
const decide = (dues: PartnerDue[], records: Record<string, PartnerRecord>) =>
  decideChunk(day, frozen_at, dues, new Map(Object.entries(records)));

describe('a chunk of a freeze', () => {
  it('P2: whoever passes every gate is paid all of it, to the address that serves', () => {
    expect(decide([due('ann', 12_000, 3)], { ann: sound })).toEqual({
      pays: [{ partner_id: 'ann', amount: 12_000, line_count: 3, person_id: 'per_a', address_hash: 'hash_per_a' }],
      skips: [],
    });
  });

  it('P2: anybody else with something due is skipped, with the gates that say why', () => {
    const { pays, skips } = decide([due('ann', 9999, 2)], { ann: sound });
    const money = { tracked: true, due: 9999, held: NOTHING_HELD, upcoming: [] };
    const gates = partnerGates({ day, at: frozen_at, record: sound, money });
    expect(pays).toEqual([]);
    expect(skips).toEqual([{ partner_id: 'ann', amount: 9999, line_count: 2, gates }]);
    expect(gates.filter((gate) => !gate.passed).map(({ gate }) => gate)).toEqual(['threshold']);
    expect(gates.find(({ gate }) => gate === 'tracked')?.passed).toBe(true);
  });

  it('P3: without an address nothing is paid, and who is not on record has none', () => {
    const bare = record(['status', 'active'], ['country', 'US']);
    const { pays, skips } = decide([due('ann', 12_000), due('ben', 12_000)], { ann: bare });
    expect(pays).toEqual([]);
    const shut = skips.map(({ partner_id, gates }) => [partner_id, gates.find((gate) => !gate.passed)?.gate]);
    expect(shut).toEqual([
      ['ann', 'paypal_address'],
      ['ben', 'residency'],
    ]);
  });

  it('P6: a partner who is not active is skipped though there is an address', () => {
    const suspended = record(['status', 'suspended'], ['country', 'US'], ['paypal', 'per_a']);
    const { pays, skips } = decide([due('ann', 12_000)], { ann: suspended });
    expect(pays).toEqual([]);
    expect(skips).toHaveLength(1);
  });

  it('C3: nothing due, or more to earn back than is due, is neither paid nor skipped', () => {
    const all = { ann: sound, ben: sound, cat: sound };
    const { pays, skips } = decide([due('ann', 0), due('ben', -5), due('cat', 1)], all);
    expect(pays).toEqual([]);
    expect(skips.map(({ partner_id }) => partner_id)).toEqual(['cat']);
  });

  it('gates are kept without what their names tell', () => {
    const { skips } = decide([due('ann', 9999)], { ann: sound });
    const gates = skips[0]?.gates ?? [];
    const packed = JSON.parse(packGates(gates)) as unknown[];
    expect(packed).toEqual(gates.map(({ gate, passed, detail, opens_on }) => [gate, Number(passed), detail, opens_on]));
    expect(packed.length).toBeGreaterThan(5);
  });
});

describe('the manifest of a batch', () => {
  const chunk = { sha256: 'a', payout_count: 2, payout_amount: 30, largest_payout: 20, skipped_count: 3 };

  it('adds up its chunks', () => {
    const other = { sha256: 'b', payout_count: 1, payout_amount: 5, largest_payout: 5, skipped_count: 1 };
    const totals = { payout_count: 3, payout_amount: 35, largest_payout: 20, skipped_count: 4 };
    expect(batchTotals([chunk, other])).toEqual(totals);
    expect(batchTotals([other, chunk])).toEqual(totals);
  });

  it('says which week it pays, when it was frozen, by which policy and rail, and its chunks', () => {
    const batch = {
      pay_date: '2026-11-20',
      week_start_on: '2026-11-08',
      week_end_on: '2026-11-14',
      frozen_at: 1,
      policy_version: 7,
      rail: 'paypal' as const,
      currency: 'USD',
    };
    expect(JSON.parse(batchManifest('prog', batch, [chunk]))).toEqual({
      program_id: 'prog',
      pay_date: '2026-11-20',
      week: { start: '2026-11-08', end: '2026-11-14' },
      frozen_at: 1,
      policy_version: 7,
      rail: 'paypal',
      currency: 'USD',
      totals: { payouts: 2, amount: 30, skipped: 3 },
      chunks: ['a'],
    });
  });
});

describe('P8: ceilings in sentences', () => {
  const policy = { max_payout: null, max_batch: null, max_growth: null, currency: 'USD' };
  const reasons = (limits: object, input: object = {}) =>
    approvalReasons({
      policy: { ...policy, ...limits },
      approval: 'none',
      payout_amount: 300_000,
      largest_payout: 200_000,
      former: [],
      ...input,
    });

  it('name the amounts with their currency', () => {
    expect(reasons({ max_payout: 150_000 })).toEqual(['A payout of 2000.00 USD is above max_payout, 1500.00 USD.']);
    expect(reasons({ max_batch: 299_999 })).toEqual(['The batch of 3000.00 USD is above max_batch, 2999.99 USD.']);
    expect(reasons({ max_growth: 1.5 }, { former: [199_999] })).toEqual([
      'The batch of 3000.00 USD is above 1.5 times the median of the batches before.',
    ]);
  });

  it.each<[string, number[], number]>([
    ['of one, itself', [100_000], 100_000],
    ['of two, the middle between them', [50_000, 150_000], 100_000],
    ['of three, the middle one, whatever their order', [900_000, 1, 100_000], 100_000],
    ['of four', [1, 900_000, 120_000, 80_000], 100_000],
    ['of numbers, not of words', [100_000, 9, 20_000_000], 100_000],
  ])('growth is measured against the median: %s', (_, former, median) => {
    expect(reasons({ max_growth: 3 }, { former, payout_amount: 3 * median })).toEqual([]);
    expect(reasons({ max_growth: 3 }, { former, payout_amount: 3 * median + 1 })).toHaveLength(1);
  });

  it('a factor counts to thousandths, exactly', () => {
    const at = (max_growth: number, payout_amount: number) =>
      reasons({ max_growth }, { former: [1000], payout_amount });
    expect(
      [at(1.001, 1001), at(1.001, 1002), at(1.0019, 1002), at(2, 2000), at(2, 2001)].map((found) => found.length),
    ).toEqual([0, 1, 1, 0, 1]);
  });
});
