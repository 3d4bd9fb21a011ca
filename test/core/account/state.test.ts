import { describe, expect, it } from 'vitest';

import { type AccountState, factsOf, ratesByPartner, withParkedReasons } from '../../../src/account/state.rules.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { at, end, lifeOf, netOf, payment, policyWith, referrer, refund, reversal, SIGNUP } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';
import { opened, told, unknownAccount, voided } from '../../support/rows.ts';

const nothing = unknownAccount(lifeOf([]));
const after = (state: AccountState, ...events: LifeEvent[]) => events.reduce(told, state);
const known = opened(nothing, SIGNUP);
const signup = referrer(1, SIGNUP, 'ada');
const paid = payment('p1', '2026-01-12T20:00:00Z');
const half = refund('r1', 'p1', '2026-02-01T00:00:00Z', 3950);

function parked(state: AccountState): Record<string, string | null> {
  const settled = withParkedReasons(state);
  return Object.fromEntries([
    ...settled.payments.map((row) => [row.payment_id, row.parked_reason]),
    ...settled.refunds.map((row) => [row.refund_id, row.parked_reason]),
    ...settled.reversals.map((row) => [`${row.refund_id} reversed`, row.parked_reason]),
    ...settled.cancellations.map((row) => [`ended ${row.cancelled_at}`, row.parked_reason]),
  ]);
}

describe('api.md replays: what cannot be applied yet is parked, and applied when it can be', () => {
  const events = [paid, half, reversal('r1', '2026-02-03T00:00:00Z'), end('2026-03-01T00:00:00Z')];
  const ended = `ended ${at('2026-03-01T00:00:00Z')}`;

  it('everything waits for its account', () => {
    const state = after(nothing, ...events);
    const waits = 'unknown_account';
    expect(parked(state)).toEqual({ p1: waits, r1: waits, 'r1 reversed': waits, [ended]: waits });
    expect(factsOf(state)).toBeNull();
  });

  it('and waits no more once that is opened', () => {
    const waiting = withParkedReasons(after(nothing, ...events));
    expect(parked(opened(waiting, SIGNUP))).toEqual({ p1: null, r1: null, 'r1 reversed': null, [ended]: null });
  });

  it('a refund waits for its payment’s room, and gets it when another has failed or was voided', () => {
    const full = refund('r2', 'p1', '2026-02-02T00:00:00Z');
    const state = after(known, paid, half, full);
    expect(parked(state)).toEqual({ p1: null, r1: null, r2: 'refund_too_large' });
    expect(parked(told(state, reversal('r1', '2026-02-03T00:00:00Z')))).toMatchObject({ r1: null, r2: null });
    expect(parked(voided(state, half))).toMatchObject({ r1: null, r2: null });
  });

  it('and loses it when the reversal of another was voided', () => {
    const back = reversal('r1', '2026-02-03T00:00:00Z');
    const state = after(known, paid, half, refund('r2', 'p1', '2026-02-02T00:00:00Z'), back);
    expect(parked(voided(withParkedReasons(state), back))).toMatchObject({ r2: 'refund_too_large' });
  });

  it('a voided row is parked no more', () => {
    const state = withParkedReasons(after(nothing, ...events));
    expect(parked(voided(state, paid))).toMatchObject({ p1: null, r1: 'unknown_account' });
  });

  it('rows that stand as they stood are the same rows: nothing is written for them', () => {
    const settled = withParkedReasons(after(known, ...events));
    const again = withParkedReasons(settled);
    again.payments.forEach((row, i) => expect(row).toBe(settled.payments[i]));
    again.refunds.forEach((row, i) => expect(row).toBe(settled.refunds[i]));
    again.reversals.forEach((row, i) => expect(row).toBe(settled.reversals[i]));
    again.cancellations.forEach((row, i) => expect(row).toBe(settled.cancellations[i]));
  });
});

describe('facts out of rows', () => {
  const net = (state: AccountState) => netOf(target(factsOf(state)!));

  it('a voided payment, refund, reversal or end never was', () => {
    const back = reversal('r1', '2026-02-03T00:00:00Z');
    const over = end('2026-03-01T00:00:00Z');
    const state = after(known, signup, paid, half);
    expect(net(state)).toBe(988);
    expect(net(voided(state, half))).toBe(1975);
    expect(net(told(state, back))).toBe(1975);
    expect(net(voided(told(state, back), back))).toBe(988);
    expect(net(told(state, over))).toBe(0);
    expect(net(voided(told(state, over), over))).toBe(988);
    expect(net(voided(state, paid))).toBe(0);
  });

  it('only decisions that set the referrer do', () => {
    const state = after(known, signup, referrer(2, '2026-02-01T00:00:00Z', 'bob'), paid);
    const refused = state.decisions.map((row) => (row.n === 2 ? { ...row, sets_referrer: 0 } : row));
    expect(net({ ...state, decisions: refused })).toBe(1975);
    expect(net(state)).toBe(0);
  });

  it('the account is governed for life by the version of its signup', () => {
    const state = after(known, signup, paid);
    const policy = [policyWith(), policyWith({ version: 2, effective_from: 1, default_rate_bps: 5000 })] as const;
    expect(net({ ...state, policy })).toBe(1975);
    expect(net({ ...state, policy, account: { ...state.account!, policy_version: 2 } })).toBe(3950);
  });

  it('fault 10: an account keeps the holding period of its signup, whatever today’s settings are', () => {
    const state = after(known, signup, paid);
    const vestsAt = (policy: AccountState['policy']) => target(factsOf({ ...state, policy })!)[0]?.payable_at;
    const today = policyWith({ version: 2, effective_from: 1, vesting_days: 30 });
    expect(vestsAt([policyWith(), today])).toBe(vestsAt([policyWith()]));
    expect(vestsAt([{ ...today, version: 1 }])).toBe(at('2026-02-11T20:00:00Z'));
  });

  it('a blocked decision is read as one', () => {
    expect(net(after(known, referrer(1, SIGNUP, 'ada', { blocked: true }), paid))).toBe(0);
  });
});

describe('ratesByPartner', () => {
  it('what is first recorded of a partner holds for all earlier instants too', () => {
    const rows = [
      { partner_id: 'ada', at: 5, value: '3000' },
      { partner_id: 'bob', at: 6, value: null },
      { partner_id: 'ada', at: 7, value: null },
      { partner_id: 'bob', at: 8, value: '0' },
    ];
    expect({ ...ratesByPartner(rows) }).toEqual({
      ada: [
        { at: Number.NEGATIVE_INFINITY, rate_bps: 3000 },
        { at: 7, rate_bps: null },
      ],
      bob: [
        { at: Number.NEGATIVE_INFINITY, rate_bps: null },
        { at: 8, rate_bps: 0 },
      ],
    });
  });

  it('names are only names', () => {
    for (const partner_id of ['constructor', 'toString', '__proto__']) {
      const rates = ratesByPartner([{ partner_id, at: 5, value: '3000' }]);
      expect(Object.keys(rates)).toEqual([partner_id]);
      expect(rates[partner_id]).toHaveLength(1);
    }
  });
});
