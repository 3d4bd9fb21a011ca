import { describe, expect, it } from 'vitest';

import { DEFAULT_POLICY } from '../../../src/policy/policy.rules.ts';
import type { AccountLine, ReferredAccount } from '../../../src/referral/referral.repo.ts';
import { heldKinds, lineFacts, referralView, unearning, type TermRows } from '../../../src/referral/referral.rules.ts';

const START = Date.parse('2026-01-05T20:00:00Z');
const VESTS = Date.parse('2026-04-05T19:00:00Z');
const DAY = 86_400_000;

const account: ReferredAccount = {
  account_id: 'a',
  signed_up_at: START,
  source: 'last_click',
  blocked: 0,
  earns_from: null,
  email: 'Jo.Doe@Acme.com',
  company: 'Acme',
};

function rows(more: Partial<TermRows> = {}, paid: [string, number, string?][] = [['pay', START]]): TermRows {
  return {
    accounts: [
      {
        account_id: 'a',
        opened_by: 'server',
        signed_up_at: START,
        policy_version: 1,
        joined_to: null,
        recorded_at: START,
      },
    ],
    payments: paid.map(([payment_id, paid_at, currency]) => ({
      payment_id,
      account_id: 'a',
      amount: 7900,
      tax_amount: 0,
      currency: currency ?? 'USD',
      plan: null,
      paid_at,
      converted_amount: null,
      paid_elsewhere_at: null,
      parked_reason: null,
      voided_reason: null,
      recorded_at: paid_at,
    })),
    cancellations: [],
    policy: [{ ...DEFAULT_POLICY, version: 1, effective_from: 0 }],
    holds: [],
    ...more,
  };
}

const end = (cancelled_at: number) => ({
  cancellations: [
    { account_id: 'a', cancelled_at, parked_reason: null, voided_reason: null, recorded_at: cancelled_at },
  ],
});
const hold = (kind: 'self_referral' | 'form_join' | 'dispute', more = {}) => ({
  kind,
  partner_id: null,
  account_id: 'a',
  payment_id: null,
  opened_at: START,
  decided_at: null,
  ...more,
});
const seen = (read: TermRows, at: number, referred = account) => {
  const { status, flags, vests_at } = referralView(read, 'p', referred, at);
  return [status, flags.join(' '), vests_at];
};

describe('a referred account as its partner sees it', () => {
  it('recognisable and no more', () => {
    expect(referralView(rows(), 'p', account, START)).toMatchObject({ email: 'j•••@acme.com', company: 'Acme' });
    expect(referralView(rows(), 'p', { ...account, email: null, company: null }, START)).toMatchObject({
      email: null,
      company: null,
    });
  });

  it('V1, V2: where its latest term stands', () => {
    expect(seen(rows({}, []), START)).toEqual(['signed_up', '', null]);
    expect(seen(rows({}, [['later', START + DAY]]), START)).toEqual(['signed_up', '', null]);
    expect(seen(rows(), VESTS - 1)).toEqual(['vesting', '', VESTS]);
    expect(seen(rows(), VESTS)).toEqual(['vested', '', VESTS]);
    expect(seen(rows(end(START + DAY)), START + DAY - 1)).toEqual(['vesting', '', VESTS]);
    expect(seen(rows(end(START + DAY)), START + DAY)).toEqual(['forfeited', '', VESTS]);
    expect(
      seen(
        rows(end(START + DAY), [
          ['pay', START],
          ['back', START + 3 * DAY],
        ]),
        START + 3 * DAY,
      ),
    ).toEqual(['vesting', '', VESTS]);
    expect(seen(rows(end(VESTS)), VESTS + DAY)).toEqual(['vested', '', VESTS]);
  });

  it('S1, S3, R3: flags, and what waits for a word', () => {
    expect(seen(rows(), START, { ...account, blocked: 1 })).toEqual(['self_referral', 'self_referral', VESTS]);
    expect(seen(rows({ holds: [hold('self_referral', { partner_id: 'p' })] }), START)).toEqual([
      'held',
      'self_referral',
      VESTS,
    ]);
    expect(seen(rows({ holds: [hold('self_referral', { partner_id: 'q' })] }), START)).toEqual(['vesting', '', VESTS]);
    expect(seen(rows({ holds: [hold('form_join')] }), START)).toEqual(['held', 'form_join', VESTS]);
    expect(seen(rows({ holds: [hold('form_join', { decided_at: START })] }), START)).toEqual(['vesting', '', VESTS]);
    const dispute = rows({ holds: [hold('dispute', { account_id: null, payment_id: 'pay' })] });
    expect(heldKinds(dispute, 'p', 'a', START)).toEqual(['dispute']);
    expect(seen(dispute, START)).toEqual(['held', '', VESTS]);
  });

  it('C1, R5: payments that earn nothing, and why', () => {
    const paid = rows({}, [
      ['old', START],
      ['eur', START + DAY, 'EUR'],
      ['new', START + DAY],
    ]);
    expect(
      unearning(paid, { ...account, earns_from: START + DAY }, VESTS).map(
        ({ payment_id, reason }) => `${payment_id} ${reason}`,
      ),
    ).toEqual(['eur foreign_currency', 'old before_claim']);
  });
});

describe('what an account’s lines come to', () => {
  const line = (fields: Partial<AccountLine>): AccountLine => ({
    kind: 'commission',
    payment_id: 'pay',
    at: START,
    payable_at: VESTS,
    amount: 1975,
    pay_date: null,
    status: null,
    batch_status: null,
    ...fields,
  });
  const taken = { pay_date: '2026-04-17', status: 'paid', batch_status: 'settled' } as const;

  it('earned, refunded, open by instant, and the latest payout', () => {
    const lines = [
      line(taken),
      line({ kind: 'refund', amount: -500 }),
      line({ payable_at: VESTS + DAY }),
      line({ payable_at: VESTS + DAY, kind: 'forfeit', amount: -1975 }),
      line({ at: VESTS + 9 * DAY }),
    ];
    expect(lineFacts(lines, VESTS)).toEqual({
      earned: 3950,
      refunded: 500,
      open: [{ payable_at: VESTS, amount: -500 }],
      payout: taken,
    });
    expect(lineFacts([], VESTS)).toEqual({ earned: 0, refunded: 0, open: [], payout: null });
  });
});
