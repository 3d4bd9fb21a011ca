import { describe, expect, it } from 'vitest';

import { parseInstant } from '../../../src/clock.ts';
import { type AccountGateInput, accountGates, firstPayDate } from '../../../src/explain/account-gates.rules.ts';
import { GATES } from '../../../src/explain/gate.ts';
import {
  type DueMoney,
  NOTHING_HELD,
  partnerGates,
  type PartnerGateInput,
  payoutGates,
  willPay,
} from '../../../src/explain/gates.rules.ts';
import type { PartnerFact, PartnerRecord } from '../../../src/partner/facts.rules.ts';
import { payDay } from '../../../src/payout/due.rules.ts';
import { DEFAULT_POLICY, type PolicyHistory } from '../../../src/policy/policy.rules.ts';

const at = (text: string) => parseInstant(text) ?? Number.NaN;
const history: PolicyHistory = [{ ...DEFAULT_POLICY, version: 1, effective_from: 0 }];
const day = payDay(history, '2026-11-20');
const frozen_at = at('2026-11-20T17:00:00Z');

type Told = [PartnerFact['field'], string | null];
const sound: Told[] = [
  ['status', 'active'],
  ['country', 'US'],
  ['paypal', 'per_a'],
];

function recordOf(facts: Told[], rest: Partial<PartnerRecord> = {}): PartnerRecord {
  const rows = facts.map(([field, value], i) => ({ n: i + 1, field, value, at: 0, address_hash: null }));
  return { facts: rows, holds: [], came_back: [], ...rest };
}

function gatesOf(money: Partial<DueMoney> = {}, facts: Told[] = sound, rest: Partial<PartnerGateInput> = {}) {
  const all = { tracked: true, due: 12_000, held: NOTHING_HELD, upcoming: [], ...money };
  return partnerGates({ day, at: frozen_at, record: recordOf(facts), money: all, ...rest });
}

const shutOf = (gates: ReturnType<typeof gatesOf>) =>
  gates.filter((gate) => !gate.passed).map(({ gate, clause, opens_on }) => [gate, clause, opens_on]);

describe('W: the gates of a partner on a pay day', () => {
  it('come in the policy’s order, each with its clause, and all passed is paid', () => {
    const gates = gatesOf();
    expect(
      [...gates, ...payoutGates({ pay_date: day.pay_date, status: 'paid', batch_status: 'settled' })].map(
        ({ gate }) => gate,
      ),
    ).toEqual(Object.keys(GATES));
    expect(willPay(gates)).toBe(true);
    expect(gates.every(({ gate, clause }) => GATES[gate] === clause)).toBe(true);
  });

  it.each<[string, Partial<DueMoney>, Told[], [string, string, string | null][]]>([
    ['P2: below the threshold', { due: 9_999 }, sound, [['threshold', 'P2', null]]],
    ['P2: at the threshold it is paid', { due: 10_000 }, sound, []],
    [
      'P2: the Friday on which what is known reaches it',
      {
        due: 5_925,
        upcoming: [
          { payable_at: at('2026-11-16T20:00:00Z'), amount: 1_975 },
          { payable_at: at('2026-12-16T20:00:00Z'), amount: 2_100 },
        ],
      },
      sound,
      [['threshold', 'P2', '2026-12-25']],
    ],
    ['P6: suspended', {}, [...sound, ['status', 'suspended']], [['partner_active', 'P6', null]]],
    ['P6: applied', {}, [...sound, ['status', 'applied']], [['partner_active', 'P6', null]]],
    ['P6: closed is paid below the threshold', { due: 1 }, [...sound, ['status', 'closed']], []],
    [
      'P6: closed and withheld',
      {},
      [...sound, ['status', 'closed'], ['withheld', 'fraud']],
      [['partner_active', 'P6', null]],
    ],
    ['P3: no address', {}, sound.slice(0, 2), [['paypal_address', 'P3', null]]],
    ['P4: unanswered', {}, [sound[0]!, ['country', 'DE'], sound[2]!], [['residency', 'P4', null]]],
    ['C3: still to be earned back', { due: -500 }, sound, [['threshold', 'P2', null]]],
    [
      'S3: everything held',
      { due: 0, held: { ...NOTHING_HELD, self_referral: 12_000 } },
      sound,
      [
        ['not_self_referral', 'S1', null],
        ['vested', 'V1', null],
        ['in_closed_week', 'P1', null],
        ['threshold', 'P2', null],
      ],
    ],
    ['S3: a part held does not stop the rest', { held: { ...NOTHING_HELD, self_referral: 5_000 } }, sound, []],
    ['C2: a dispute does not stop the rest', { held: { ...NOTHING_HELD, dispute: 5_000 } }, sound, []],
    [
      'V1: not vested',
      { due: 0, upcoming: [{ payable_at: at('2026-12-01T20:00:00Z'), amount: 12_000 }] },
      sound,
      [
        ['vested', 'V1', '2026-12-01'],
        ['in_closed_week', 'P1', '2026-12-11'],
        ['threshold', 'P2', '2026-12-11'],
      ],
    ],
    [
      'P1: vested, in an open week',
      { due: 0, upcoming: [{ payable_at: at('2026-11-15T08:00:00Z'), amount: 12_000 }] },
      sound,
      [
        ['in_closed_week', 'P1', '2026-11-27'],
        ['threshold', 'P2', '2026-11-27'],
      ],
    ],
  ])('%s', (_, money, facts, expected) => {
    expect(shutOf(gatesOf(money, facts))).toEqual(expected);
  });

  it('P3: names the day on which the waiting address serves', () => {
    const facts = recordOf([...sound, ['paypal', null], ['paypal', 'per_b']]).facts.map((fact) => ({
      ...fact,
      at: fact.n > 3 ? frozen_at : 0,
    }));
    const gates = gatesOf({}, sound, { record: { facts, holds: [], came_back: [] } });
    expect(shutOf(gates)).toEqual([['paypal_address', 'P3', '2026-11-23']]);
  });

  it('P3: does not tell a partner that the address is another’s', () => {
    const hold = {
      kind: 'address_in_use' as const,
      person_id: 'per_a',
      address_hash: null,
      opened_at: 0,
      decision: null,
      decided_at: null,
    };
    const gate = gatesOf({}, sound, { record: recordOf(sound, { holds: [hold] }) }).find(
      (one) => one.gate === 'paypal_address',
    );
    expect(gate).toMatchObject({ passed: false });
    expect(gate?.detail).not.toMatch(/use|taken|another|partner/i);
  });

  it('writes amounts with their currency', () => {
    const gate = gatesOf({ due: 5_925 }).at(-1);
    expect(gate?.detail).toBe(
      '59.25 USD is due; 40.75 USD more is needed to reach the threshold of 100.00 USD. It carries over.',
    );
  });

  it.each([
    [
      'frozen',
      'awaiting_approval',
      [
        ['approved', 'P8', null],
        ['sent', 'P7', null],
        ['succeeded', 'P7', null],
      ],
    ],
    [
      'frozen',
      'frozen',
      [
        ['sent', 'P7', null],
        ['succeeded', 'P7', null],
      ],
    ],
    ['in_flight', 'in_flight', [['succeeded', 'P7', null]]],
    ['unclaimed', 'in_flight', [['succeeded', 'P7', null]]],
    ['returned', 'settled', [['succeeded', 'P7', null]]],
    ['held', 'settled', [['succeeded', 'P7', null]]],
    ['paid', 'settled', []],
  ] as const)('P7, P8: a payout that is %s in a batch that is %s', (status, batch_status, expected) => {
    expect(shutOf(payoutGates({ pay_date: day.pay_date, status, batch_status }))).toEqual(expected);
  });
});

describe('W: the gates of an account', () => {
  const vests_at = at('2026-11-10T20:00:00Z');
  const base: AccountGateInput = {
    at: frozen_at,
    policy: day.policy,
    referrer: 'partner',
    blocked: false,
    held: [],
    earned: 12_000,
    refunded: 0,
    forfeited: false,
    vests_at,
    open: [{ payable_at: vests_at, amount: 12_000 }],
    payout: null,
    next_pay_date: '2026-11-20',
    partner_gates: gatesOf(),
  };
  const of = (change: Partial<AccountGateInput>) => {
    const { gates, first_pay_date } = accountGates({ ...base, ...change });
    return { shut: shutOf(gates), first_pay_date };
  };

  it.each<[string, Partial<AccountGateInput>, ReturnType<typeof of>]>([
    ['all passed', {}, { shut: [], first_pay_date: '2026-11-20' }],
    [
      'L1: another partner’s',
      { referrer: 'another', open: [], vests_at: null, earned: 0, partner_gates: [] },
      {
        shut: [
          ['tracked', 'L1', null],
          ['vested', 'V1', null],
          ['in_closed_week', 'P1', null],
        ],
        first_pay_date: null,
      },
    ],
    ['R3: not confirmed yet', { held: ['form_join'] }, { shut: [['tracked', 'L1', null]], first_pay_date: null }],
    ['S3: held', { held: ['self_referral'] }, { shut: [['not_self_referral', 'S1', null]], first_pay_date: null }],
    [
      'S1: blocked',
      { blocked: true, open: [], earned: 0 },
      {
        shut: [
          ['not_self_referral', 'S1', null],
          ['in_closed_week', 'P1', null],
        ],
        first_pay_date: null,
      },
    ],
    [
      'C2: refunded',
      { refunded: 12_000, open: [] },
      {
        shut: [
          ['not_refunded', 'C2', null],
          ['in_closed_week', 'P1', null],
        ],
        first_pay_date: null,
      },
    ],
    ['C2: refunded in part', { refunded: 2_000 }, { shut: [], first_pay_date: '2026-11-20' }],
    ['C2: disputed', { held: ['dispute'] }, { shut: [['not_refunded', 'C2', null]], first_pay_date: '2026-11-20' }],
    [
      'V2: forfeited',
      { forfeited: true, open: [] },
      {
        shut: [
          ['vested', 'V2', null],
          ['in_closed_week', 'P1', null],
        ],
        first_pay_date: null,
      },
    ],
    [
      'V1: not vested',
      { vests_at: at('2026-12-01T20:00:00Z'), open: [{ payable_at: at('2026-12-01T20:00:00Z'), amount: 1 }] },
      {
        shut: [
          ['vested', 'V1', '2026-12-01'],
          ['in_closed_week', 'P1', '2026-12-11'],
        ],
        first_pay_date: '2026-12-11',
      },
    ],
    [
      'P2: the partner’s gates follow',
      { partner_gates: gatesOf({ due: 5_925 }) },
      { shut: [['threshold', 'P2', null]], first_pay_date: '2026-11-20' },
    ],
    [
      'P7: paid long ago',
      {
        open: [],
        payout: { pay_date: '2026-11-13', status: 'paid', batch_status: 'settled' },
        partner_gates: gatesOf({ due: 0 }),
      },
      { shut: [], first_pay_date: null },
    ],
  ])('%s', (_, change, expected) => {
    expect(of(change)).toEqual(expected);
  });

  it('the first pay day is never one that is frozen already', () => {
    const open = [{ payable_at: vests_at, amount: 1 }];
    expect(firstPayDate(open, '2026-11-20', day.policy)).toBe('2026-11-20');
    expect(firstPayDate(open, '2026-11-27', day.policy)).toBe('2026-11-27');
    expect(firstPayDate([], '2026-11-27', day.policy)).toBeNull();
  });
});
