import { expect } from 'vitest';

import { call } from './api.ts';
import { booked } from './law.ts';
import { deliver, type SentEvent } from './stripe.ts';

type More = Readonly<Record<string, unknown>>;

/** The door's clock of these tests. */
export const NOW = Date.parse('2026-03-10T00:00:00Z');

/** A day of March 2026, counted from the 1st at noon UTC, in Stripe's whole seconds. */
export const at = (day: number, second = 0): number =>
  Date.parse('2026-03-01T12:00:00Z') / 1000 + day * 86_400 + second;

let events = 0;

/** An event as Stripe sends it. */
export function event(type: string, created: number, object: More, more: More = {}): SentEvent {
  return { id: `evt_${events++}`, object: 'event', type, created, data: { object }, ...more };
}

/** `cus_1`, created on day 0. */
export function customer(more: More = {}): SentEvent {
  const object = {
    id: 'cus_1',
    object: 'customer',
    created: at(0),
    email: 'jo@client.example',
    name: 'Jo',
    metadata: {},
  };
  return event('customer.created', at(0), { ...object, ...more });
}

/** A paid invoice of 79.00 without tax, of the older shape where `more` names its charge. */
export function invoice(id = 'in_1', day = 0, more: More = {}): SentEvent {
  return event('invoice.paid', at(day, 5), {
    id,
    object: 'invoice',
    created: at(day, 2),
    customer: 'cus_1',
    currency: 'usd',
    status: 'paid',
    amount_due: 7900,
    amount_paid: 7900,
    total: 7900,
    status_transitions: { paid_at: at(day, 4) },
    ...more,
  });
}

/** A refund of `ch_1`, created on a day. */
export function refund(id: string, day: number, amount: number, more: More = {}): SentEvent {
  const object = {
    id,
    object: 'refund',
    charge: 'ch_1',
    payment_intent: 'pi_1',
    amount,
    created: at(day),
    status: 'succeeded',
  };
  return event('refund.created', at(day, 1), { ...object, ...more });
}

/** A step of `dp_1`, a dispute of `ch_1` created on day 3. */
export function dispute(step: string, day: number, more: More = {}): SentEvent {
  const object = { id: 'dp_1', object: 'dispute', charge: 'ch_1', payment_intent: null, amount: 7900, currency: 'usd' };
  const standing = { created: at(3), status: 'needs_response', balance_transactions: [] };
  return event(`charge.dispute.${step}`, at(day, 1), { ...object, ...standing, ...more });
}

/** Delivers events, each of which is taken. */
export async function told(...all: readonly SentEvent[]): Promise<void> {
  for (const one of all) expect([one.type, await deliver(one, NOW)]).toEqual([one.type, 200]);
}

/** The lines of an account by kind and amount. */
export async function lines(account_id = 'cus_1'): Promise<[string, number][]> {
  return (await booked(account_id)).map((line) => [line.kind, line.amount]);
}

/** What the lines of an account come to. */
export async function due(account_id = 'cus_1'): Promise<number> {
  return (await lines(account_id)).reduce((sum, [, amount]) => sum + amount, 0);
}

/** What waits, by id and reason. */
export async function parked(): Promise<[string, string][]> {
  const { body } = await call('GET', '/v1/parked', { as: 'ana' });
  return (body['data'] as unknown as { parked_id: string; reason: string }[]).map((row) => [row.parked_id, row.reason]);
}
