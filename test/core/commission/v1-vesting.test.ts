import { describe, expect, it } from 'vitest';

import { target } from '../../../src/commission/target.rules.ts';
import { compareText, termsOf } from '../../../src/commission/term.rules.ts';
import { at, factsOfLife, lifeOf, netOf, payableBy, payment, referrer, refund, SIGNUP } from '../../support/life.ts';
import type { LifeEvent } from '../../support/oracle.ts';

type More = Parameters<typeof lifeOf>[1];
const factsFor = (events: readonly LifeEvent[], more: More = {}) => factsOfLife(lifeOf(events, more));
const vestsAt = (events: readonly LifeEvent[], more: More = {}) =>
  termsOf(factsFor(events, more)).map((term) => term.vests_at);
const entriesOf = (events: readonly LifeEvent[], more: More = {}) => target(factsFor(events, more));

const FIRST = payment('p1', '2026-01-12T20:00:00Z');
const VESTS = at('2026-04-12T19:00:00Z');

describe('V1: vests_at = client-since plus 90 calendar days, same wall-clock time, in the program’s zone', () => {
  it.each<[string, string, string, string]>([
    ['winter to summer time: one hour less', 'America/Los_Angeles', '2026-01-12T20:00:00Z', '2026-04-12T19:00:00Z'],
    ['summer to winter time: one hour more', 'America/Los_Angeles', '2026-08-15T19:00:00Z', '2026-11-13T20:00:00Z'],
    ['no change of clocks: to the hour', 'America/Los_Angeles', '2026-04-01T19:00:00Z', '2026-06-30T19:00:00Z'],
    [
      'into the hour that is skipped: later by the gap',
      'America/Los_Angeles',
      '2025-12-08T10:30:00Z',
      '2026-03-08T10:30:00Z',
    ],
    [
      'into the hour that comes twice: the first',
      'America/Los_Angeles',
      '2026-08-03T08:30:00Z',
      '2026-11-01T08:30:00Z',
    ],
    ['over a leap day', 'America/Los_Angeles', '2023-12-01T20:00:00Z', '2024-02-29T20:00:00Z'],
    ['over a year’s end', 'America/Los_Angeles', '2025-11-15T20:00:00Z', '2026-02-13T20:00:00Z'],
    ['UTC', 'UTC', '2026-01-12T20:00:00Z', '2026-04-12T20:00:00Z'],
    ['Berlin', 'Europe/Berlin', '2026-01-12T20:00:00Z', '2026-04-12T19:00:00Z'],
    ['Berlin, back to winter', 'Europe/Berlin', '2026-08-12T20:00:00Z', '2026-11-10T21:00:00Z'],
    ['Kolkata', 'Asia/Kolkata', '2026-01-12T20:00:00Z', '2026-04-12T20:00:00Z'],
    ['Auckland, from its summer', 'Pacific/Auckland', '2026-01-12T20:00:00Z', '2026-04-12T21:00:00Z'],
  ])('V1: %s', (_, timezone, paid_at, vests_at) => {
    expect(vestsAt([payment('p1', paid_at)], { policy: { timezone } })).toEqual([at(vests_at)]);
  });

  it('V1: at that very instant it is payable, a millisecond before it is not', () => {
    const entries = entriesOf([FIRST]);
    expect(payableBy(entries, VESTS - 1)).toBe(0);
    expect(payableBy(entries, VESTS)).toBe(1975);
  });

  it('V1: at that moment all the account’s unpaid commissions become payable', () => {
    const entries = entriesOf([FIRST, payment('p2', '2026-02-12T20:00:00Z'), payment('p3', VESTS - 1)]);
    expect(payableBy(entries, VESTS - 1)).toBe(0);
    expect(payableBy(entries, VESTS)).toBe(3 * 1975);
  });

  it('V1: a payment at that very instant, or later, is payable when paid', () => {
    const entries = entriesOf([FIRST, payment('p2', VESTS), payment('p3', VESTS + 1)]);
    expect(entries.map((entry) => entry.payable_at)).toEqual([VESTS, VESTS, VESTS + 1]);
  });

  it('V1: the term’s vests_at is the same for all its payments', () => {
    const [term, ...none] = termsOf(
      factsFor([FIRST, payment('p2', '2026-02-12T20:00:00Z'), payment('p3', '2026-12-12T20:00:00Z')]),
    );
    expect(none).toEqual([]);
    expect(term).toMatchObject({ client_since: FIRST.at, vests_at: VESTS, forfeits: [] });
    expect(term!.payments.map((paid) => paid.payment_id)).toEqual(['p1', 'p2', 'p3']);
  });

  it('V1: another vesting period is a field of the policy', () => {
    expect(vestsAt([FIRST], { policy: { vesting_days: 0 } })).toEqual([FIRST.at]);
    expect(vestsAt([FIRST], { policy: { vesting_days: 1 } })).toEqual([FIRST.at + 86_400_000]);
  });
});

describe('V1: the first payment above zero starts the term', () => {
  it('V1: a payment of nothing does not', () => {
    const trial = payment('p0', '2026-01-11T20:00:00Z', { amount: 0 });
    expect(vestsAt([trial, FIRST])).toEqual([VESTS]);
    expect(vestsAt([trial])).toEqual([]);
  });

  it('V1: even if it is refunded later', () => {
    const entries = entriesOf([
      FIRST,
      refund('r1', 'p1', '2026-01-13T20:00:00Z'),
      payment('p2', '2026-02-12T20:00:00Z'),
    ]);
    expect(entries.at(-1)).toMatchObject({ payment_id: 'p2', payable_at: VESTS });
    expect(netOf(entries)).toBe(1975);
  });

  it('V1: even if it is dated before the signup', () => {
    const early = payment('p0', SIGNUP - 86_400_000);
    expect(vestsAt([early, FIRST])).toEqual([at('2026-04-09T18:59:00Z')]);
    expect(netOf(entriesOf([early, FIRST]))).toBe(2 * 1975);
  });

  it('V1: what is dated before the signup is due from the signup’s decision on', () => {
    const [entry] = entriesOf([payment('p0', SIGNUP - 1)]);
    expect(entry).toMatchObject({ kind: 'commission', cause_id: 'd1', at: SIGNUP });
  });

  it('V1: even in another currency, and whatever its tax', () => {
    expect(vestsAt([payment('p1', FIRST.at, { currency: 'EUR' })])).toEqual([VESTS]);
    expect(vestsAt([payment('p1', FIRST.at, { tax_amount: 7900 })])).toEqual([VESTS]);
  });

  it('V1: of two at one instant both are in the term', () => {
    const [term] = termsOf(factsFor([payment('b', FIRST.at), payment('a', FIRST.at)]));
    expect(term!.payments.map((paid) => paid.payment_id)).toEqual(['a', 'b']);
    const three = ['b', 'c', 'a', 'b'].map((id) => payment(id, FIRST.at));
    const [same] = termsOf(factsFor(three));
    expect(same!.payments.map((paid) => paid.payment_id)).toEqual(['a', 'b', 'b', 'c']);
    expect([compareText('a', 'b'), compareText('b', 'a'), compareText('a', 'a')]).toEqual([-1, 1, 0]);
  });
});

describe('V1: client_since = signup', () => {
  const policy = { client_since: 'signup' as const };

  it('V1: the 90 days run from the signup', () => {
    expect(vestsAt([FIRST], { policy })).toEqual([at('2026-04-10T18:59:00Z')]);
  });

  it('V1: a payment dated before the signup does not make them run earlier', () => {
    expect(vestsAt([payment('p0', SIGNUP - 86_400_000)], { policy })).toEqual([at('2026-04-10T18:59:00Z')]);
  });

  it('V1: a first payment after them is payable when paid', () => {
    const [entry] = entriesOf([payment('p1', '2026-06-01T00:00:00Z')], { policy });
    expect(entry).toMatchObject({ payable_at: at('2026-06-01T00:00:00Z') });
  });
});

describe('V1: vesting belongs to the account, not to who refers it or since when', () => {
  it('V1, R5: a claimant on the hundredth day is payable at once for what vested', () => {
    const claim = referrer(1, '2026-04-25T00:00:00Z', 'bob', { earns_from: at('2026-03-26T00:00:00Z') });
    const entries = entriesOf([FIRST, payment('p2', '2026-03-30T20:00:00Z'), claim], { referrer: false });
    expect(entries).toMatchObject([
      { payment_id: 'p2', partner_id: 'bob', at: claim.type === 'referrer' ? claim.at : 0, payable_at: VESTS },
    ]);
  });

  it('V1, R4: a corrected referrer has the same vests_at', () => {
    const entries = entriesOf([FIRST, referrer(2, '2026-02-01T00:00:00Z', 'bob')]);
    expect(new Set(entries.map((entry) => entry.payable_at))).toEqual(new Set([VESTS]));
  });
});
