import { describe, expect, it } from 'vitest';

import { target } from '../../../src/commission/target.rules.ts';
import { factsOfLife, lifeOf, netOf, payment, referrer, refund, SIGNUP } from '../../support/life.ts';
import type { Life, LifeEvent } from '../../support/oracle.ts';

const PAID = '2026-01-12T20:00:00Z';

function earned(events: readonly LifeEvent[], more: Parameters<typeof lifeOf>[1] = {}): number {
  return netOf(target(factsOfLife(lifeOf(events, more))));
}

describe('C1: rate × base × (paid − refunded) ÷ paid, rounded half-up once', () => {
  it.each<[string, Parameters<typeof payment>[2], number]>([
    ['25 % of a $79.00 plan is $19.75', { amount: 7900 }, 1975],
    ['one cent earns nothing: 0.25', { amount: 1 }, 0],
    ['a half rounds up: 0.5', { amount: 2 }, 1],
    ['above a half rounds up: 0.75', { amount: 3 }, 1],
    ['below a half rounds down: 1.25', { amount: 5 }, 1],
    ['1.5 rounds up', { amount: 6 }, 2],
    ['base is the payment without its tax', { amount: 9401, tax_amount: 1501 }, 1975],
    ['all tax earns nothing', { amount: 9401, tax_amount: 9401 }, 0],
    ['amount 0 earns nothing', { amount: 0 }, 0],
    ['the largest payment stays exact', { amount: 9_007_199_254_740_991 }, 2_251_799_813_685_248],
  ])('C1: %s', (_, more, due) => {
    expect(earned([payment('p1', PAID, more)])).toBe(due);
  });

  it('C1: each payment earns of its own, each rounded once', () => {
    const halves = ['p1', 'p2', 'p3'].map((id) => payment(id, PAID, { amount: 2 }));
    expect(earned(halves)).toBe(3);
  });

  it('C1: the share of a partial refund is rounded once, from exact fractions, not from the rounded commission', () => {
    // 25 % of 9 is 2.25; a third refunded leaves 1.5 → 2. From the rounded 2 it would be 1.33 → 1.
    expect(earned([payment('p1', PAID, { amount: 9 }), refund('r1', 'p1', PAID, 3)])).toBe(2);
  });

  it('C1: without a referrer nothing is earned', () => {
    expect(target(factsOfLife(lifeOf([payment('p1', PAID)], { referrer: false })))).toEqual([]);
    const nobody = [referrer(1, SIGNUP, null), payment('p1', PAID)];
    expect(target(factsOfLife(lifeOf(nobody, { referrer: false })))).toEqual([]);
  });
});

describe('C1: the rate in force at the payment', () => {
  const own = (rates: Life['partner_rates'][string]) => ({ partner_rates: { ada: rates } });
  const plan = (rates: Life['plan_rates'][string]) => ({ plan_rates: { pro: rates } });
  const MARCH = Date.parse('2026-03-01T00:00:00Z');
  const pro = (when: number) => [payment('p1', when, { amount: 10_000, plan: 'pro' })];

  it('C1: the default of the account’s version, where nothing overrides it', () => {
    expect(earned(pro(MARCH), { policy: { default_rate_bps: 1000 } })).toBe(1000);
  });

  it('C1: the plan’s override before the default', () => {
    expect(earned(pro(MARCH), plan([{ at: 0, rate_bps: 3000 }]))).toBe(3000);
    expect(earned([payment('p1', MARCH, { amount: 10_000, plan: 'basic' })], plan([{ at: 0, rate_bps: 3000 }]))).toBe(
      2500,
    );
    expect(earned([payment('p1', MARCH, { amount: 10_000 })], plan([{ at: 0, rate_bps: 3000 }]))).toBe(2500);
  });

  it('C1: the partner’s override before the plan’s, higher or lower', () => {
    const both = (rate_bps: number) => ({ ...plan([{ at: 0, rate_bps: 3000 }]), ...own([{ at: 0, rate_bps }]) });
    expect(earned(pro(MARCH), both(2000))).toBe(2000);
    expect(earned(pro(MARCH), both(4000))).toBe(4000);
    expect(earned(pro(MARCH), both(0))).toBe(0);
  });

  it('C1: a plan’s rate holds from its instant on, not before', () => {
    const rates = plan([{ at: MARCH, rate_bps: 3000 }]);
    expect(earned(pro(MARCH - 1), rates)).toBe(2500);
    expect(earned(pro(MARCH), rates)).toBe(3000);
  });

  it('C1: a later rate never changes what an earlier payment earned', () => {
    const rates = own([
      { at: SIGNUP, rate_bps: 3000 },
      { at: MARCH, rate_bps: 1000 },
    ]);
    expect(earned(pro(MARCH - 1), rates)).toBe(3000);
    expect(earned(pro(MARCH), rates)).toBe(1000);
  });

  it('C1: of two rates of one instant, the one filed later', () => {
    const rates = own([
      { at: 0, rate_bps: 3000 },
      { at: MARCH, rate_bps: 1000 },
      { at: MARCH, rate_bps: 1500 },
    ]);
    expect(earned(pro(MARCH), rates)).toBe(1500);
  });

  it('C1: the latest rate of its instant, in whatever order rates are read', () => {
    const rates = own([
      { at: 0, rate_bps: 3000 },
      { at: MARCH, rate_bps: 1000 },
      { at: SIGNUP, rate_bps: 2000 },
    ]);
    expect(earned(pro(MARCH), rates)).toBe(1000);
  });

  it('C1: a payment without a plan has no plan’s rate', () => {
    const unplanned = payment('p1', MARCH, { amount: 10_000 });
    expect(earned([unplanned], { plan_rates: { null: [{ at: 0, rate_bps: 3000 }] } })).toBe(2500);
  });

  it('C1: an override that was cleared leaves the plan’s, then the default', () => {
    const cleared = own([
      { at: SIGNUP, rate_bps: 4000 },
      { at: MARCH, rate_bps: null },
    ]);
    expect(earned(pro(MARCH - 1), cleared)).toBe(4000);
    expect(earned(pro(MARCH), { ...cleared, ...plan([{ at: 0, rate_bps: 3000 }]) })).toBe(3000);
    expect(earned(pro(MARCH), cleared)).toBe(2500);
  });

  it('api.md clock: what is first recorded of a partner holds for all earlier instants too', () => {
    expect(earned(pro(MARCH - 1), own([{ at: MARCH, rate_bps: 4000 }]))).toBe(4000);
  });

  it('C1: a rate given to a partner who was recorded without one is not retroactive', () => {
    const later = own([
      { at: SIGNUP, rate_bps: null },
      { at: MARCH, rate_bps: 4000 },
    ]);
    expect(earned(pro(MARCH - 1), later)).toBe(2500);
    expect(earned(pro(MARCH), later)).toBe(4000);
  });

  it('C1: the rate is that of the payment’s instant, whenever refunds come', () => {
    const rates = own([
      { at: 0, rate_bps: 3000 },
      { at: MARCH, rate_bps: 1000 },
    ]);
    const paid = payment('p1', MARCH - 1, { amount: 10_000 });
    expect(earned([paid, refund('r1', 'p1', MARCH + 1, 5000)], rates)).toBe(1500);
  });

  it('names are only names: partners and plans called like what every object has', () => {
    for (const name of ['constructor', 'toString', '__proto__']) {
      const events = [referrer(1, SIGNUP, name), payment('p1', PAID, { amount: 10_000, plan: name })];
      const net = (more: Parameters<typeof lifeOf>[1]) =>
        netOf(target(factsOfLife(lifeOf(events, { referrer: false, ...more }))), { partner: name });
      expect(net({})).toBe(2500);
      expect(net({ plan_rates: Object.fromEntries([[name, [{ at: 0, rate_bps: 3000 }]]]) })).toBe(3000);
      expect(net({ partner_rates: Object.fromEntries([[name, [{ at: 0, rate_bps: 4000 }]]]) })).toBe(4000);
    }
  });
});

describe('api.md payments: another currency than the program’s', () => {
  const euros = (more: Parameters<typeof payment>[2] = {}) =>
    payment('p1', PAID, { currency: 'EUR', amount: 7000, tax_amount: 700, ...more });

  it('earns nothing until an operator gives the amount', () => {
    expect(earned([euros()])).toBe(0);
  });

  it('starts the term all the same (V1)', () => {
    const [line] = target(factsOfLife(lifeOf([euros(), payment('p2', '2026-02-12T20:00:00Z')])));
    expect(line).toMatchObject({ payment_id: 'p2', payable_at: Date.parse('2026-04-12T19:00:00Z') });
  });

  it('earns on the amount given: it is the base, tax is not taken off again', () => {
    expect(earned([euros({ converted_amount: 8000 })])).toBe(2000);
    expect(earned([euros({ converted_amount: 0 })])).toBe(0);
  });

  it('the refunded share is still that of the original', () => {
    expect(earned([euros({ converted_amount: 8000 }), refund('r1', 'p1', PAID, 3500)])).toBe(1000);
    expect(earned([euros({ converted_amount: 8000 }), refund('r1', 'p1', PAID, 7000)])).toBe(0);
  });

  it('an amount given for a payment in the program’s own currency changes nothing', () => {
    expect(earned([payment('p1', PAID, { converted_amount: 1 })])).toBe(1975);
  });
});
