import type { BookedLine, CommissionBooks } from '../../../src/earnings/commissions.rules.ts';

export const NOW = 1_000;
export const VESTED = 500;

function line(fields: Partial<BookedLine>): BookedLine {
  return {
    seq: 1,
    account_id: 'a',
    payment_id: 'pay',
    kind: 'commission',
    cause_id: 'pay',
    at: 100,
    payable_at: VESTED,
    amount: 1975,
    rate_bps: 2500,
    payout_id: null,
    ...fields,
  };
}

/** Lines in booking order, and what else is known. */
export function books(lines: Partial<BookedLine>[], more: Partial<CommissionBooks> = {}): CommissionBooks {
  return {
    partner_id: 'p',
    now: NOW,
    lines: lines.map((fields, i) => line({ seq: i + 1, ...fields })),
    payouts: [
      { payout_id: 'po1', pay_date: '2026-01-02', status: 'paid' },
      { payout_id: 'po2', pay_date: '2026-01-09', status: 'in_flight' },
    ],
    payments: [{ payment_id: 'pay', paid_at: 100, voided: false, vests_at: VESTED }],
    holds: [],
    adjustments: [],
    ...more,
  };
}

export const po1 = { payout_id: 'po1' };
const po2 = { payout_id: 'po2' };
export const refund = (amount: number, more: Partial<BookedLine> = {}): Partial<BookedLine> => ({
  kind: 'refund',
  cause_id: 'r1',
  at: 200,
  amount,
  ...more,
});
const self_referral = {
  kind: 'self_referral' as const,
  partner_id: 'p',
  account_id: 'a',
  payment_id: null,
  opened_at: 300,
  decided_at: null,
};

export const CASES: [string, CommissionBooks, string[]][] = [
  [
    'V1: one entry a payment, pending until it vests',
    books([{ payable_at: NOW + 1 }]),
    ['commission 1975 pending - -'],
  ],
  ['V1: payable from the very instant on', books([{ payable_at: NOW }]), ['commission 1975 payable - -']],
  ['C2: unpaid, it is one entry after its refunds', books([{}, refund(-500)]), ['commission 1475 payable - refund']],
  ['C2: fully refunded it comes to nothing', books([{}, refund(-1975)]), ['commission 0 refunded - refund']],
  [
    'C2: a refund that failed restores it',
    books([{}, refund(-1975), { kind: 'refund_reversal', cause_id: 'r1', at: 300 }]),
    ['commission 1975 payable - -'],
  ],
  [
    'V2: forfeited, it shows what was lost',
    books([{}, { kind: 'forfeit', cause_id: '300', at: 300, amount: -1975 }]),
    ['commission 1975 forfeited - forfeit'],
  ],
  [
    'V2: forfeited after a refund, what was left',
    books([{}, refund(-500), { kind: 'forfeit', cause_id: '300', at: 300, amount: -1475 }]),
    ['commission 1475 forfeited - forfeit'],
  ],
  [
    'V2: a forfeit that was undone is none',
    books([
      {},
      { kind: 'forfeit', cause_id: '300', at: 300, amount: -1975 },
      { kind: 'reactivation', cause_id: 'pay2', at: 400 },
    ]),
    ['commission 1975 payable - -'],
  ],
  [
    'R4: a corrected referrer loses what was unpaid',
    books([{}, { kind: 'referrer', cause_id: 'dec', at: 300, amount: -1975 }]),
    ['commission 0 forfeited - referrer'],
  ],
  ['P7: paid, by its payout', books([{ ...po1 }]), ['commission 1975 paid po1 -']],
  ['P7: in flight from the freeze on', books([{ ...po2 }]), ['commission 1975 in_flight po2 -']],
  ['C2: what a refund left was paid', books([{ ...po1 }, refund(-500, po1)]), ['commission 1475 paid po1 refund']],
  [
    'C3: paid, the entry stays and the refund is an entry of its own',
    books([{ ...po1 }, refund(-1975)]),
    ['commission 1975 paid po1 -', 'clawback -1975 payable - refund'],
  ],
  [
    'C3: a clawback that a payout has taken',
    books([{ ...po1 }, refund(-1975, po2)]),
    ['commission 1975 paid po1 -', 'clawback -1975 in_flight po2 refund'],
  ],
  [
    'C3: what undoes a clawback is positive and the same kind',
    books([{ ...po1 }, refund(-1975, po2), { kind: 'refund_reversal', cause_id: 'r1', at: 300 }]),
    ['commission 1975 paid po1 -', 'clawback -1975 in_flight po2 refund', 'clawback 1975 payable - refund_reversal'],
  ],
  [
    'C3: each cause apart',
    books([
      { ...po1 },
      refund(-500),
      refund(-100, { cause_id: 'r2' }),
      { kind: 'forfeit', cause_id: '300', at: 300, amount: -1375 },
    ]),
    [
      'commission 1975 paid po1 -',
      'clawback -500 payable - refund',
      'clawback -100 payable - refund',
      'clawback -1375 payable - forfeit',
    ],
  ],
  [
    'C3: a late fact that moves the date of what was paid: clawed back, and due anew',
    books([{ ...po1 }, { amount: -1975 }, { payable_at: 2_000 }]),
    ['commission 1975 paid po1 -', 'clawback -1975 payable - moved', 'commission 1975 pending - -'],
  ],
  [
    'a late fact that moves the date of what is unpaid leaves one entry',
    books([{}, { amount: -1975 }, { payable_at: 2_000 }]),
    ['commission 1975 pending - -'],
  ],
  [
    'a date that moves there and back leaves what was paid alone',
    books([{ ...po1 }, { amount: -1975 }, { payable_at: 2_000 }, { payable_at: 2_000, amount: -1975 }, {}]),
    ['commission 1975 paid po1 -'],
  ],
  [
    'a refund that moves with its payment',
    books([
      { ...po1 },
      refund(-500),
      { amount: -1975 },
      refund(500),
      { payable_at: 2_000 },
      refund(-500, { payable_at: 2_000 }),
    ]),
    ['commission 1975 paid po1 -', 'clawback -1975 payable - moved', 'commission 1475 pending - refund'],
  ],
  [
    'a payment told wrongly: unpaid it never was, paid it is clawed back',
    books([{ ...po1 }, { amount: -1975 }], {
      payments: [{ payment_id: 'pay', paid_at: 100, voided: true, vests_at: null }],
    }),
    ['commission 1975 paid po1 -', 'clawback -1975 payable - void'],
  ],
  [
    'a payment told wrongly and never paid out',
    books([{}, { amount: -1975 }], { payments: [{ payment_id: 'pay', paid_at: 100, voided: true, vests_at: null }] }),
    [],
  ],
  [
    'what came to nothing within a payout and is restored is one unpaid entry',
    books([{ ...po1 }, refund(-1975, po1), { kind: 'refund_reversal', cause_id: 'r1' }]),
    ['commission 1975 payable - -'],
  ],
  ['what came to nothing within a payout', books([{ ...po1 }, refund(-1975, po1)]), ['commission 0 refunded - refund']],
  [
    'R4: credit that comes back after a clawback',
    books([{ ...po1 }, { kind: 'referrer', cause_id: 'd1', at: 200, amount: -1975 }, { cause_id: 'd2', at: 300 }]),
    ['commission 1975 paid po1 -', 'clawback -1975 payable - referrer', 'clawback 1975 payable - referrer'],
  ],
  [
    'S3: held, positive and negative',
    books([{ ...po1 }, refund(-500), { payment_id: 'pay2', cause_id: 'pay2' }], {
      holds: [self_referral],
      payments: [...books([]).payments, { payment_id: 'pay2', paid_at: 100, voided: false, vests_at: VESTED }],
    }),
    ['commission 1975 paid po1 -', 'clawback -500 held - refund', 'commission 1975 held - self_referral'],
  ],
  [
    'C2: a disputed payment is held',
    books([{}], {
      holds: [{ ...self_referral, kind: 'dispute', account_id: null, payment_id: 'pay', partner_id: null }],
    }),
    ['commission 1975 held - dispute'],
  ],
  [
    'S3: a hold on another partner’s credit holds nothing here',
    books([{}], { holds: [{ ...self_referral, partner_id: 'q' }] }),
    ['commission 1975 payable - -'],
  ],
  [
    'a decided hold holds nothing',
    books([{}], { holds: [{ ...self_referral, decided_at: 400 }] }),
    ['commission 1975 payable - -'],
  ],
  [
    'a fact dated later takes effect when it comes',
    books([{}, refund(-500, { at: NOW + 1 })]),
    ['commission 1975 payable - -'],
  ],
  [
    'P7: a payout that came back, and the amount due anew',
    books(
      [
        { ...po1 },
        {
          kind: 'returned',
          account_id: null,
          payment_id: null,
          cause_id: 'po1',
          at: 600,
          payable_at: 600,
          rate_bps: null,
        },
      ],
      { payouts: [{ payout_id: 'po1', pay_date: '2026-01-02', status: 'returned' }] },
    ),
    ['commission 1975 returned po1 returned', 'returned 1975 payable - returned'],
  ],
  [
    'P7: money that came back after success waits',
    books([{ ...po1 }], { payouts: [{ payout_id: 'po1', pay_date: '2026-01-02', status: 'held' }] }),
    ['commission 1975 held po1 came_back'],
  ],
  [
    'an adjustment says why in the operator’s words',
    books(
      [
        {
          kind: 'adjustment',
          account_id: null,
          payment_id: null,
          cause_id: 'adj',
          at: 600,
          payable_at: 600,
          amount: -300,
          rate_bps: null,
        },
      ],
      { adjustments: [{ adjustment_id: 'adj', reason: 'paid by hand' }] },
    ),
    ['adjustment -300 payable - paid by hand'],
  ],
  [
    'C1: a rate changed in time is that of the latest booking',
    books([{}, { amount: -395, rate_bps: 2000 }]),
    ['commission 1580 payable - -'],
  ],
];
