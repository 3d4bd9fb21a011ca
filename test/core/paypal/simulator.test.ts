import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { minorUnits, money } from '../../../workers/paypal-simulator/amount.rules.ts';
import { FaultBody, struck } from '../../../workers/paypal-simulator/fault.rules.ts';
import { ledgerAt } from '../../../workers/paypal-simulator/ledger.rules.ts';
import { DEFAULTS } from '../../../workers/paypal-simulator/model.ts';
import { create } from '../../../workers/paypal-simulator/operations.ts';
import { State } from '../../../workers/paypal-simulator/state.ts';
import { itemTimeline, overridden, statusAt } from '../../../workers/paypal-simulator/timeline.rules.ts';

const DAY = 86_400_000;
const names = [
  'ana',
  'unclaimed',
  'failed',
  'returned',
  'blocked',
  'onhold',
  'reversed',
  'refunded',
  'unknownstatus',
  'stuck',
];

/** A Durable Object's storage as far as the simulator uses it. */
function storage(): DurableObjectStorage {
  const rows = new Map<string, unknown>();
  const kv = {
    get: (key: string) => structuredClone(rows.get(key)),
    put: (key: string, value: unknown) => void rows.set(key, structuredClone(value)),
    delete: (key: string) => rows.delete(key),
    list: ({ prefix }: { prefix: string }) => [...rows].filter(([key]) => key.startsWith(prefix)),
  };
  const transactionSync = (closure: () => unknown) => closure();
  return { kv, transactionSync, deleteAll: async () => rows.clear() } as unknown as DurableObjectStorage;
}

const bodyFor = (sender_batch_id: string, receivers: readonly string[]) =>
  JSON.stringify({
    sender_batch_header: { sender_batch_id },
    items: receivers.map((name, i) => ({
      recipient_type: 'EMAIL',
      receiver: `${name}@example.com`,
      amount: { value: `${i + 1}.0${i % 10}`, currency: 'USD' },
      sender_item_id: `po_${i}`,
    })),
  });

describe('the simulator’s memory', () => {
  it('is the same after a restart', async () => {
    const disk = storage();
    const before = new State(disk);
    before.settle({ funds: 5_000_000 });
    before.putFaults([FaultBody.parse({})]);
    before.putToken('t1', 5);
    create(before, bodyFor('s-1', names), false, { now: 7, origin: 'http://localhost' });
    expect(before.world.batches.size).toBe(1);
    const after = new State(disk);
    expect(after.world).toEqual(before.world);
    expect(create(after, bodyFor('s-1', names), false, { now: 7, origin: 'http://localhost' }).status).toBe(400);
    expect(create(after, bodyFor('s-2', names), false, { now: 7, origin: 'http://localhost' }).status).toBe(201);
    await after.reset();
    expect(new State(disk).world).toEqual(new State(storage()).world);
  });
});

describe('its books', () => {
  it('no money is made or lost, whatever becomes of the items, at any instant', () => {
    const receivers = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 12 });
    const instant = fc.integer({ min: 0, max: 60 * DAY });
    fc.assert(
      fc.property(receivers, receivers, fc.boolean(), instant, (first, second, denied, now) => {
        const state = new State(storage());
        create(state, bodyFor('s-1', first), denied, { now: 0, origin: '' });
        create(state, bodyFor('s-2', second), false, { now: 0, origin: '' });
        const { entries, totals } = ledgerAt(state.world.items.values(), DEFAULTS, now);
        const usd = totals['USD'];
        if (!usd) throw new Error('no totals');
        expect(entries).toHaveLength(first.length + second.length);
        expect(usd.balance + usd.fees + usd.receiver + usd.on_the_way).toBe(DEFAULTS.funds);
        const all = usd.receiver + usd.on_the_way + usd.sender + usd.came_back;
        expect(all).toBe(entries.reduce((sum, { amount }) => sum + amount, 0));
      }),
    );
  });

  it.each([
    ['10.10', 'USD', 1010],
    ['0.01', 'USD', 1],
    ['1975', 'JPY', 1975],
    ['10', 'USD', 1000],
    ['10.1', 'USD', null],
    ['010.10', 'USD', null],
    ['1975.0', 'JPY', null],
    ['1,000.00', 'USD', null],
    ['', 'USD', null],
    [10, 'USD', null],
  ])('%j of %s is %s', (value, currency, units) => {
    expect(minorUnits(value, currency)).toBe(units);
  });

  it('amounts are written with their currency’s digits', () => {
    expect([money(5, 'USD'), money(0, 'USD'), money(1975, 'JPY')].map(({ value }) => value)).toEqual([
      '0.05',
      '0.00',
      '1975',
    ]);
  });
});

describe('its timelines', () => {
  it('what stands is the last event that has come', () => {
    const timeline = itemTimeline(
      'unclaimed+2@example.com',
      1000,
      { ...DEFAULTS, pending_ms: 10, processing_ms: 5 },
      false,
    );
    const at = (now: number) => statusAt(timeline, now);
    expect([at(0), at(1014), at(1015), at(1014 + 30 * DAY), at(1015 + 30 * DAY)]).toEqual([
      'PENDING',
      'PENDING',
      'UNCLAIMED',
      'UNCLAIMED',
      'RETURNED',
    ]);
    const claimed = overridden(timeline, { at: 2000, status: 'SUCCESS' });
    expect([statusAt(claimed, 1999), statusAt(claimed, 31 * DAY)]).toEqual(['UNCLAIMED', 'SUCCESS']);
  });
});

describe('its faults', () => {
  const fault = (given: object) => FaultBody.parse(given);

  it('strike in their order, at their operation, at whom they match, as often as told', () => {
    const faults = [fault({ on: 'item' }), fault({ match: 'x-2', times: 2 }), fault({ status: 503 })];
    expect(struck(faults, 'cancel', 'x-2').fault).toBeNull();
    const once = struck(faults, 'create', 'x-2');
    expect(once.fault).toBe(faults[1]);
    expect(once.left).toEqual([faults[0], { ...faults[1], times: 1 }, faults[2]]);
    const twice = struck(once.left, 'create', 'x-2');
    expect(twice.left).toEqual([faults[0], faults[2]]);
    expect(struck(twice.left, 'create', 'x-2').fault?.status).toBe(503);
    const always = [fault({ times: null })];
    expect(struck(always, 'create', 'y').left).toEqual(always);
  });
});
