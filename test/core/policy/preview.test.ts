import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { AccountFacts } from '../../../src/commission/facts.ts';
import { residencyGate, type PartnerRecord } from '../../../src/partner/facts.rules.ts';
import type { PolicyHistory, PolicyVersion } from '../../../src/policy/policy.rules.ts';
import {
  GOVERNED_PAY_DAYS,
  illustrate,
  notReplayed,
  payDaysToPlay,
  playPartner,
  topChanges,
  type OpenWeek,
} from '../../../src/policy/preview.rules.ts';
import { proposeVersion, withVersion } from '../../../src/policy/version.rules.ts';
import { at, end, factsOfLife, lifeOf, payment, policyWith, refund, SIGNUP } from '../../support/life.ts';

/** A Wednesday; the next pay day is the 6th. */
const NOW = at('2026-03-04T12:00:00Z');
const present = policyWith();
const known: PolicyHistory = [present];

function record(more: Partial<Record<'status' | 'country' | 'paypal', string | null>> = {}): PartnerRecord {
  const values = { status: 'active', country: 'US', paypal: 'per_1', ...more };
  const facts = Object.entries(values).map(([field, value], i) => ({
    n: i + 1,
    field: field as 'status' | 'country' | 'paypal',
    value,
    at: 0,
    address_hash: field === 'paypal' ? value : null,
  }));
  return { facts, holds: [], came_back: [] };
}

function proposed(fields: Partial<PolicyVersion>, effective_from = NOW + 1): PolicyVersion {
  const next = proposeVersion(known, { effective_from, ...fields }, NOW);
  if (!next.ok) throw new Error(next.reason);
  return next.version;
}

const daysOf = (history: PolicyHistory, from_at: number, latest: string | null = null) =>
  payDaysToPlay(history, latest, NOW, from_at).days;
const days = (version: PolicyVersion) => daysOf(withVersion(known, version), version.effective_from);

const weeks = daysOf(known, NOW + 1).map((day) => day.week.ends_at);
const openWeeks = fc.array(
  fc.record({
    week_ends_at: fc.constantFrom(...weeks),
    amount: fc.integer({ min: -20_000, max: 40_000 }),
    line_count: fc.constant(1),
  }),
  { maxLength: 8 },
);
const records = fc.constantFrom(
  record(),
  record({ status: 'closed' }),
  record({ status: 'suspended' }),
  record({ paypal: null }),
  record({ country: 'DE' }),
);
const sum = (open: readonly OpenWeek[]) => open.reduce((amount, part) => amount + part.amount, 0);

describe('the pay days that a preview plays', () => {
  it('P1: from the next one up to the fourth that the version governs', () => {
    const version = proposed({ payout_threshold: 0 }, at('2026-03-14T00:00:00Z'));
    expect(days(version).map((day) => [day.pay_date, day.policy.version])).toEqual([
      ['2026-03-06', 1],
      ['2026-03-13', 1],
      ['2026-03-20', 2],
      ['2026-03-27', 2],
      ['2026-04-03', 2],
      ['2026-04-10', 2],
    ]);
  });

  it('P1: a changed weekday counts from the first pay day that it governs', () => {
    const version = proposed({ pay_weekday: 'monday' }, at('2026-03-08T08:00:00Z'));
    expect(days(version).map((day) => day.pay_date)).toEqual([
      '2026-03-06',
      '2026-03-09',
      '2026-03-16',
      '2026-03-23',
      '2026-03-30',
    ]);
  });

  it('an overdue pay day is the next; far ahead is too far to play', () => {
    expect(daysOf(known, NOW + 1, '2026-02-20')[0]?.pay_date).toBe('2026-02-27');
    const far = payDaysToPlay(known, null, NOW, at('2030-01-01T00:00:00Z'));
    expect(far.complete).toBe(false);
    expect(far.days).toHaveLength(60);
  });

  it('proposing the present policy plays the very same pay days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 * 86_400_000 }), (later) => {
        const version = proposed({}, NOW + later);
        const plain = (list: ReturnType<typeof days>) => list.map(({ pay_date, week }) => ({ pay_date, week }));
        expect(plain(days(version))).toEqual(plain(daysOf(known, version.effective_from)));
        expect(days(version).filter((day) => day.policy.version === 2)).toHaveLength(GOVERNED_PAY_DAYS);
      }),
      { numRuns: 30 },
    );
  });
});

describe('P2: what is due now, played over the pay days', () => {
  it('carries over until it reaches the threshold, and is then paid in whole', () => {
    const [one = 0, two = 0] = weeks;
    const open = [
      { week_ends_at: one, amount: 6000, line_count: 3 },
      { week_ends_at: two, amount: 4000, line_count: 2 },
    ];
    expect(playPartner(daysOf(known, NOW + 1), open, 'ada', record(), NOW)).toEqual([
      { week_ends_at: two, pay_date: '2026-03-13', amount: 10_000 },
    ]);
    const lower = proposed({ payout_threshold: 5000 });
    expect(playPartner(days(lower), open, 'ada', record(), NOW)).toEqual([
      { week_ends_at: one, pay_date: '2026-03-06', amount: 6000 },
    ]);
  });

  it('proposing the present policy changes nothing', () => {
    fc.assert(
      fc.property(openWeeks, records, (open, facts) => {
        const same = playPartner(days(proposed({})), open, 'ada', facts, NOW);
        expect(same).toEqual(playPartner(daysOf(known, NOW + 1), open, 'ada', facts, NOW));
      }),
    );
  });

  it('with a threshold of 0 everybody with something due is paid, whose gates are open', () => {
    const list = days(proposed({ payout_threshold: 0 }));
    fc.assert(
      fc.property(openWeeks, records, (open, facts) => {
        const pays = playPartner(list, open, 'ada', facts, NOW);
        const [first] = list;
        const due = sum(open.filter((part) => part.week_ends_at <= (first?.week.ends_at ?? 0)));
        const closedGate = facts.facts.some(({ value }) => value === 'suspended' || value === null);
        const may = !closedGate && residencyGate(facts, NOW).open;
        expect(pays.some((pay) => pay.pay_date === first?.pay_date)).toBe(may && due > 0);
      }),
    );
  });

  it('never pays more than is open, nor a negative amount, nor anything twice; a higher threshold pays nobody sooner', () => {
    const thresholds = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(openWeeks, records, thresholds, thresholds, (open, facts, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const paid = (payout_threshold: number) =>
          playPartner(days(proposed({ payout_threshold })), open, 'ada', facts, NOW);
        const [sooner, later] = [paid(low), paid(high)];
        for (const pays of [sooner, later]) {
          for (const pay of pays) {
            expect(pay.amount).toBeGreaterThan(0);
            const until = pays.filter((former) => former.week_ends_at <= pay.week_ends_at);
            const due = sum(open.filter((part) => part.week_ends_at <= pay.week_ends_at));
            expect(until.reduce((amount, { amount: more }) => amount + more, 0)).toBe(due);
          }
        }
        const firstOf = (pays: typeof sooner) => pays[0]?.week_ends_at ?? Number.POSITIVE_INFINITY;
        expect(firstOf(sooner)).toBeLessThanOrEqual(firstOf(later));
      }),
    );
  });
});

describe('V1, C1: had the version governed present accounts', () => {
  const paid = (n: number, when: string) => payment(`p${n}`, when);
  const facts = factsOfLife(
    lifeOf([
      paid(1, '2026-01-10T20:00:00Z'),
      paid(2, '2026-02-10T20:00:00Z'),
      refund('r2', 'p2', '2026-02-20T00:00:00Z'),
    ]),
  );
  const versions = (fields: Partial<PolicyVersion>) => ({ in_force: present, proposed: proposed(fields) });

  it('says what would be earned, what of it is payable, and when it could first be paid', () => {
    expect(illustrate(facts, versions({ vesting_days: 30, default_rate_bps: 5000 }), NOW)).toEqual({
      as_is: {
        shares: [{ partner_id: 'ada', commission: 1975, payable: 0 }],
        // Vested on 10 April, a Friday: paid with its week.
        first_pay_date: '2026-04-17',
      },
      proposed: {
        shares: [{ partner_id: 'ada', commission: 3950, payable: 3950 }],
        first_pay_date: '2026-02-20',
      },
    });
  });

  it('an account without anything due has no pay day, whatever the version', () => {
    const nothing = factsOfLife(lifeOf([paid(1, '2026-01-10T20:00:00Z'), refund('r1', 'p1', '2026-01-11T00:00:00Z')]));
    expect(illustrate(nothing, versions({ vesting_days: 0 }), NOW)).toMatchObject({
      as_is: { first_pay_date: null },
      proposed: { first_pay_date: null },
    });
  });

  const lives = fc
    .record({
      payments: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }),
      ends: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 2 }),
      own: fc.record({
        vesting_days: fc.integer({ min: 0, max: 120 }),
        default_rate_bps: fc.integer({ min: 0, max: 10_000 }),
        client_since: fc.constantFrom('first_payment' as const, 'signup' as const),
      }),
    })
    .map(({ payments, ends, own }): AccountFacts => {
      const day = (n: number) => SIGNUP + n * 86_400_000;
      const events = [
        ...payments.map((n, i) => payment(`p${i}`, day(n))),
        ...[...new Set(ends)].map((n) => end(day(n))),
      ];
      return factsOfLife(lifeOf(events, { policy: own }));
    });

  it('the version that governs an account changes nothing of it', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { as_is, proposed: then } = illustrate(life, { in_force: present, proposed: life.policy }, NOW);
        expect(then).toEqual(as_is);
      }),
    );
  });

  it('a higher rate never earns less, and fewer days never make less payable', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const total = (fields: Partial<PolicyVersion>) => {
          const version = { ...life.policy, ...fields };
          return illustrate(life, { in_force: present, proposed: version }, NOW).proposed.shares[0];
        };
        const full = total({ default_rate_bps: 10_000 });
        const own = total({});
        expect(full?.commission ?? 0).toBeGreaterThanOrEqual(own?.commission ?? 0);
        const noEnds = { ...life, ends: [] };
        const fewer = illustrate(noEnds, { in_force: present, proposed: { ...life.policy, vesting_days: 0 } }, NOW);
        expect(fewer.proposed.shares[0]?.payable ?? 0).toBeGreaterThanOrEqual(fewer.as_is.shares[0]?.payable ?? 0);
      }),
    );
  });

  it('R3, L1: which fields find referrers is said, and not played', () => {
    expect(notReplayed(present, proposed({ click_lifetime_days: 30, vesting_days: 1 }))).toEqual([
      'click_lifetime_days',
    ]);
    expect(notReplayed(present, proposed({}))).toEqual([]);
  });
});

it('the largest changes come first, then by partner', () => {
  const rows = [
    { partner_id: 'a', change: 1 },
    { partner_id: 'c', change: -7 },
    { partner_id: 'b', change: 7 },
  ];
  expect(topChanges(rows, (row) => [row.change], 2).map((row) => row.partner_id)).toEqual(['b', 'c']);
});
