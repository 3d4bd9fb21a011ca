import { describe, expect, it } from 'vitest';

import { target } from '../../../src/commission/target.rules.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { at, end, factsOfLife, lifeOf, netOf, payment, referrer, refund, SIGNUP } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';

const entriesOf = (...events: LifeEvent[]) => target(factsOfLife(lifeOf(events)));
/** Without a tracked referrer. */
const untracked = (...events: LifeEvent[]) => target(factsOfLife(lifeOf(events, { referrer: false })));

const FIRST = payment('p1', '2026-01-12T20:00:00Z');
const SECOND = payment('p2', '2026-02-12T20:00:00Z');
const VESTS = at('2026-04-12T19:00:00Z');
const DECIDED = at('2026-02-01T00:00:00Z');

describe('R4: the right partner is credited in full at once, the former’s is taken back', () => {
  const corrected = [FIRST, SECOND, referrer(2, DECIDED, 'bob')];

  it('R4: by entries at the decision, under the payment’s own payable_at', () => {
    expect(entriesOf(...corrected)).toMatchObject([
      { payment_id: 'p1', partner_id: 'ada', kind: 'commission', cause_id: 'p1', at: FIRST.at, amount: 1975 },
      {
        payment_id: 'p1',
        partner_id: 'ada',
        kind: 'referrer',
        cause_id: 'd2',
        at: DECIDED,
        amount: -1975,
        payable_at: VESTS,
      },
      {
        payment_id: 'p1',
        partner_id: 'bob',
        kind: 'commission',
        cause_id: 'd2',
        at: DECIDED,
        amount: 1975,
        payable_at: VESTS,
      },
      { payment_id: 'p2', partner_id: 'bob', kind: 'commission', cause_id: 'p2', at: SECOND.at, amount: 1975 },
    ]);
  });

  it('R4, C3: decided after the payout: one line back from the former, one due to the right one', () => {
    const late = unposted(entriesOf(FIRST, referrer(2, '2026-06-01T00:00:00Z', 'bob')), entriesOf(FIRST));
    expect(late).toMatchObject([
      { partner_id: 'ada', kind: 'referrer', amount: -1975, payable_at: VESTS },
      { partner_id: 'bob', kind: 'commission', amount: 1975, payable_at: VESTS },
    ]);
  });

  it('R4: at the right partner’s own rate at the payment', () => {
    const life = lifeOf(corrected, { partner_rates: { bob: [{ at: 0, rate_bps: 3000 }] } });
    expect(netOf(target(factsOfLife(life)), { partner: 'bob' })).toBe(2 * 2370);
    expect(netOf(target(factsOfLife(life)), { partner: 'ada' })).toBe(0);
  });

  it('R4, C2: what had been refunded before the decision is credited to nobody', () => {
    const entries = entriesOf(FIRST, refund('r1', 'p1', DECIDED - 1, 3950), referrer(2, DECIDED, 'bob'));
    expect(netOf(entries, { partner: 'ada' })).toBe(0);
    expect(netOf(entries, { partner: 'bob' })).toBe(988);
  });

  it('R4, C2: a refund after the decision is taken from the right one alone', () => {
    const entries = entriesOf(FIRST, referrer(2, DECIDED, 'bob'), refund('r1', 'p1', DECIDED + 1));
    expect(entries.at(-1)).toMatchObject({ partner_id: 'bob', kind: 'refund', amount: -1975 });
    expect([netOf(entries, { partner: 'ada' }), netOf(entries, { partner: 'bob' })]).toEqual([0, 0]);
  });

  it('R4, V2: while the account has ended, a correction credits nothing; a payment that continues the term credits the right one', () => {
    const ended = [FIRST, end(DECIDED - 1), referrer(2, DECIDED, 'bob')];
    expect(netOf(entriesOf(...ended), { partner: 'bob' })).toBe(0);
    const back = entriesOf(...ended, payment('p2', DECIDED + 1));
    expect(netOf(back, { partner: 'bob' })).toBe(2 * 1975);
    expect(netOf(back, { partner: 'ada' })).toBe(0);
  });

  it('R4: a correction to nobody takes all back', () => {
    expect(netOf(entriesOf(FIRST, referrer(2, DECIDED, null)))).toBe(0);
  });

  it('R4: to and fro: each decision moves it, the last one stands', () => {
    const entries = entriesOf(FIRST, referrer(2, DECIDED, 'bob'), referrer(3, DECIDED + 1, 'ada'));
    expect([netOf(entries, { partner: 'ada' }), netOf(entries, { partner: 'bob' })]).toEqual([1975, 0]);
  });

  it('C1: a payment at the very instant of the decision is that referrer’s, under its own cause', () => {
    const entries = untracked(referrer(1, DECIDED, 'ada'), payment('p1', DECIDED));
    expect(entries).toMatchObject([{ kind: 'commission', cause_id: 'p1', at: DECIDED, amount: 1975 }]);
    const other = entriesOf(referrer(2, DECIDED, 'bob'), payment('p1', DECIDED));
    expect(other).toMatchObject([{ partner_id: 'bob', cause_id: 'p1', amount: 1975 }]);
  });

  it('R6: of two decisions at one instant the one taken last stands, in whatever order they are read', () => {
    const both = [referrer(2, DECIDED, 'bob'), referrer(3, DECIDED, 'cyd')];
    const entries = entriesOf(FIRST, ...both);
    expect(entries).toEqual(entriesOf(...both.toReversed(), FIRST));
    expect(netOf(entries, { partner: 'cyd' })).toBe(1975);
    expect(netOf(entries, { partner: 'bob' })).toBe(0);
  });

  it('R6: a decision dated in the future does not undo one taken after it', () => {
    const signup = referrer(1, '2026-03-01T00:00:00Z', 'ada');
    const claim = referrer(2, DECIDED, 'bob');
    const entries = untracked(FIRST, signup, claim);
    expect(netOf(entries, { partner: 'bob' })).toBe(1975);
    expect(netOf(entries, { partner: 'ada' })).toBe(0);
  });
});

describe('R5: a late claimant earns on payments at or after T − 30 days, never on earlier ones', () => {
  const FROM = at('2026-02-12T20:00:00Z');
  const claim = (earns_from: number | null) => referrer(1, '2026-03-14T19:00:00Z', 'bob', { earns_from });

  it.each<[string, number, number]>([
    ['a payment at that very instant earns', FROM, 1975],
    ['a millisecond before it does not', FROM + 1, 0],
    ['later ones earn', FROM - 1, 1975],
  ])('R5: %s', (_, earns_from, due) => {
    expect(netOf(untracked(FIRST, SECOND, claim(earns_from)), { partner: 'bob', payment: 'p2' })).toBe(due);
    expect(netOf(untracked(FIRST, SECOND, claim(earns_from)), { partner: 'bob', payment: 'p1' })).toBe(0);
  });

  it('R5: payments after the claim earn', () => {
    const later = payment('p3', '2026-06-01T00:00:00Z');
    expect(netOf(untracked(FIRST, later, claim(FROM)), { partner: 'bob' })).toBe(1975);
  });

  it('R5, C2: a refund of a payment that earns nothing takes nothing', () => {
    expect(untracked(FIRST, claim(FROM), refund('r1', 'p1', '2026-03-20T00:00:00Z'))).toEqual([]);
  });

  it('R3: granted within the window, all payments earn', () => {
    expect(netOf(untracked(FIRST, SECOND, claim(null)), { partner: 'bob' })).toBe(2 * 1975);
  });

  it('R5, R4: an audit after a late claim: the log’s referrer earns on all, the claimant on none', () => {
    const entries = untracked(FIRST, SECOND, claim(FROM), referrer(2, '2026-03-20T00:00:00Z', 'ada'));
    expect(netOf(entries, { partner: 'ada' })).toBe(2 * 1975);
    expect(netOf(entries, { partner: 'bob' })).toBe(0);
  });

  it('R5: the same partner with an earlier start earns the earlier ones too, from that decision on', () => {
    const entries = untracked(FIRST, SECOND, claim(FROM), referrer(2, '2026-03-20T00:00:00Z', 'bob'));
    expect(entries.filter((entry) => entry.cause_id === 'd2')).toMatchObject([
      { payment_id: 'p1', kind: 'commission', amount: 1975 },
    ]);
    expect(netOf(entries, { partner: 'bob' })).toBe(2 * 1975);
  });
});

describe('S3: a match blocks: payments make no line', () => {
  it('S3: blocked at the signup', () => {
    expect(
      untracked(referrer(1, SIGNUP, 'ada', { blocked: true }), FIRST, SECOND, refund('r1', 'p1', DECIDED)),
    ).toEqual([]);
  });

  it('S3: blocked by a later decision: what was due is taken back, with its cause', () => {
    const entries = entriesOf(FIRST, SECOND, referrer(2, DECIDED, 'ada', { blocked: true }));
    expect(entries).toMatchObject([
      { payment_id: 'p1', kind: 'commission', amount: 1975 },
      { payment_id: 'p1', kind: 'self_referral', cause_id: 'd2', at: DECIDED, amount: -1975, payable_at: VESTS },
    ]);
  });

  it('S3: released by a later decision: all of it is due', () => {
    const entries = untracked(
      referrer(1, SIGNUP, 'ada', { blocked: true }),
      FIRST,
      SECOND,
      referrer(2, DECIDED, 'ada'),
    );
    expect(netOf(entries)).toBe(2 * 1975);
    expect(entries[0]).toMatchObject({ kind: 'commission', cause_id: 'd2', at: DECIDED, payable_at: VESTS });
  });

  it('S3: the term runs all the same', () => {
    const entries = untracked(
      referrer(1, SIGNUP, 'ada', { blocked: true }),
      FIRST,
      referrer(2, DECIDED, 'ada'),
      SECOND,
    );
    expect(new Set(entries.map((entry) => entry.payable_at))).toEqual(new Set([VESTS]));
  });

  it('R4, S3: corrected to one who is the holder: nobody earns', () => {
    const entries = entriesOf(FIRST, referrer(2, DECIDED, 'bob', { blocked: true }));
    expect([netOf(entries), netOf(entries, { partner: 'bob' })]).toEqual([0, 0]);
  });
});
