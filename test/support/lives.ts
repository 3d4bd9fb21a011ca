import fc from 'fast-check';

import { DEFAULT_POLICY } from '../../src/policy/policy.rules.ts';
import { at, payment, policyWith, refund, referrer, reversal } from './life.ts';
import type { Life, LifeEvent } from './oracle.ts';
import { daysLater } from './wall-clock.ts';

/** Zones with both kinds of summer time, none, a half-hour offset, and one across the date line. */
export const ZONES = ['America/Los_Angeles', 'UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Auckland'] as const;

const HOUR = 3_600_000;
/** Starts near a change of clocks, a year's end, a leap day, and one that is nothing special. */
const STARTS = ['2026-01-10T19:59:00Z', '2025-12-10T10:30:00Z', '2026-08-03T09:30:00Z', '2023-12-01T10:00:00Z'].map(at);

/**
 * Instants that meet at the edges of windows: whole calendar days from the start at one wall-clock time (so that 30 and 90 days apart
 * are common), now and then a millisecond beside, or hours away.
 */
function instants(start: number, timezone: string): fc.Arbitrary<number> {
  const day = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(-40, -3, 0, 1, 29, 30, 31, 60, 61, 89, 90, 91, 120, 121, 150, 180) },
    { weight: 2, arbitrary: fc.integer({ min: -5, max: 220 }) },
  );
  const beside = fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constantFrom(-1, 1) },
    { weight: 1, arbitrary: fc.integer({ min: -12 * HOUR, max: 12 * HOUR }) },
  );
  return fc.tuple(day, beside).map(([days, ms]) => daysLater(start, days, timezone) + ms);
}

const amounts = fc.oneof(
  fc.constantFrom(0, 1, 2, 3, 7900, 7900, 9900, 4999),
  fc.integer({ min: 0, max: 30_000 }),
  fc.integer({ min: 0, max: 9_000_000_000 }),
);
const currencies = fc.constantFrom('USD', 'USD', 'USD', 'EUR');
const PARTNERS = ['ada', 'bob', 'constructor', '__proto__'] as const;
const PLANS = ['basic', 'pro', 'toString'] as const;

function paymentsOf(when: fc.Arbitrary<number>): fc.Arbitrary<Extract<LifeEvent, { type: 'payment' }>[]> {
  const one = fc.record({
    at: when,
    amount: amounts,
    tax: fc.constantFrom(0, 0, 0.19, 1),
    currency: currencies,
    plan: fc.constantFrom(null, ...PLANS),
    converted: fc.constantFrom(null, 0, 3333, 12_345),
  });
  return fc.array(one, { maxLength: 7 }).map((made) =>
    made.map(({ at: paid_at, amount, tax, currency, plan, converted }, i) =>
      payment(`p${i}`, paid_at, {
        amount,
        tax_amount: Math.floor(amount * tax),
        currency,
        plan,
        converted_amount: currency === 'USD' ? null : converted,
      }),
    ),
  );
}

function refundsOf(payments: readonly Extract<LifeEvent, { type: 'payment' }>[], when: fc.Arbitrary<number>) {
  if (payments.length === 0) return fc.constant<LifeEvent[]>([]);
  const one = fc.record({
    of: fc.nat(payments.length - 1),
    at: when,
    part: fc.constantFrom(1, 0.5, 0.34, 0.1, 1.2),
    reversed: fc.option(when, { freq: 2 }),
  });
  return fc.array(one, { maxLength: 6 }).map((made) =>
    made.flatMap(({ of, at: refunded_at, part, reversed }, i) => {
      const paid = payments[of]!;
      const told = refund(`r${i}`, paid.payment_id, refunded_at, Math.max(1, Math.floor(paid.amount * part)));
      return reversed === null ? [told] : [told, reversal(`r${i}`, reversed)];
    }),
  );
}

function referrersOf(start: number, when: fc.Arbitrary<number>): fc.Arbitrary<LifeEvent[]> {
  const one = fc.record({
    at: fc.oneof(fc.constant(start), when),
    partner_id: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...PARTNERS) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    earns_from: fc.option(when, { freq: 4 }).map((from) => from),
    blocked: fc.constantFrom(false, false, false, true),
  });
  return fc
    .array(one, { maxLength: 4 })
    .map((made) =>
      made.map(({ at: stands_at, partner_id, ...more }, i) => referrer(i + 1, stands_at, partner_id, more)),
    );
}

/** Dated facts filed under some of the names. */
function filedUnder<T extends { at: number }>(
  names: readonly string[],
  fact: fc.Arbitrary<T>,
): fc.Arbitrary<Record<string, T[]>> {
  const entry = fc.tuple(fc.constantFrom(...names), fc.array(fact, { minLength: 1, maxLength: 3 }));
  // A door files at its clock, so later ones are not dated earlier; two may fall into one millisecond.
  const inOrder = entry.map(([name, facts]) => [name, facts.toSorted((a, b) => a.at - b.at)] as const);
  return fc.array(inOrder, { maxLength: 2 }).map((made) => Object.fromEntries(made));
}

/** Lives of one account: payments, refunds and what undid them, ends, decisions and rates at instants that like to coincide. */
export const lives: fc.Arbitrary<Life> = fc
  .record({
    timezone: fc.constantFrom(...ZONES),
    start: fc.constantFrom(...STARTS),
    client_since: fc.constantFrom('first_payment' as const, 'first_payment' as const, 'signup' as const),
    default_rate_bps: fc.constantFrom(2500, 2500, 0, 3333, 10_000),
  })
  .chain(({ timezone, start, client_since, default_rate_bps }) => {
    const when = instants(start, timezone);
    const bps = fc.oneof(fc.constantFrom(0, 2000, 3000, 10_000), fc.integer({ min: 0, max: 10_000 }));
    const status = fc.constantFrom('active', 'active', 'suspended', 'closed');
    return fc
      .record({
        payments: paymentsOf(when),
        ends: fc.array(when, { maxLength: 4 }),
        referrers: referrersOf(start, when),
        partner_rates: filedUnder(PARTNERS, fc.record({ at: when, rate_bps: fc.option(bps, { freq: 4 }) })),
        plan_rates: filedUnder(PLANS, fc.record({ at: when, rate_bps: bps })),
        partner_statuses: filedUnder(PARTNERS, fc.record({ at: when, status })),
      })
      .chain(({ payments, ends, referrers, ...filed }) =>
        refundsOf(payments, when).map((refunds): Life => {
          const ended = [...new Set(ends)].map((end_at): LifeEvent => ({ type: 'end', at: end_at }));
          const policy = policyWith({ ...DEFAULT_POLICY, timezone, client_since, default_rate_bps });
          return { signed_up_at: start, policy, events: [...referrers, ...payments, ...refunds, ...ended], ...filed };
        }),
      );
  });

/** Every instant at which something happens in a life, in order. */
export function instantsOf(life: Life): number[] {
  return [...new Set(life.events.map((event) => event.at))].toSorted((a, b) => a - b);
}
