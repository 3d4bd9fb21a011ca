import { env } from 'cloudflare:workers';
import { beforeEach, expect, inject, it } from 'vitest';

import type { ProgramEnv } from '../../../src/http/env.ts';
import { sweepStripe } from '../../../src/stripe/sweep.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { flaky } from '../../support/flaky.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { dueOfStories } from '../../support/stripe-oracle.ts';
import { randomOf, repeated, shuffled, storyOf } from '../../support/stripe-stories.ts';
import { eventsOf, type CustomerStory, type SentEvent } from '../../support/stripe-story.ts';
import { deliver } from '../../support/stripe.ts';
import { givePartner, giveToken } from '../../support/world.ts';

const asked = inject('stripe_events');
const LONG = asked !== undefined;
const START = Date.parse('2026-01-10T12:00:00Z') / 1000;
const NOW = Date.parse('2027-06-01T00:00:00Z');
const bindings = env as unknown as ProgramEnv;

beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { at: '2025-01-01T00:00:00Z' });
  await givePartner('bob', { at: '2025-01-01T00:00:00Z' });
  const body = { partner_id: 'bob' };
  await call('PUT', '/v1/promotion-codes/FALL20', { as: 'ana', body });
});

const tokenOf = () => giveToken({ code: 'ann', at: '2026-01-09T12:00:00Z' });
const CODE = { id: 'promo_1Pgc79B7WZ01zgkWNy4mn5NX', typed: 'FALL20', expanded: true };
const accountOf = (story: CustomerStory) => story.account_id ?? story.id;

/** The books of one account, added up by payment and partner. */
async function standing(account_id: string) {
  const sums = new Map<string, number>();
  for (const line of await booked(account_id)) {
    const key = JSON.stringify([line.payment_id, line.partner_id, line.payable_at]);
    sums.set(key, (sums.get(key) ?? 0) + line.amount);
  }
  return [...sums].filter(([, amount]) => amount !== 0).toSorted();
}

/** That the books are the oracle's, and nothing waits. */
async function expectTheOracle(stories: readonly CustomerStory[]): Promise<void> {
  for (const story of stories) {
    const partner_id = story.token ? 'ann' : story.code ? 'bob' : null;
    const due = dueOfStories([story], partner_id).filter((row) => row.amount !== 0);
    const expected = due.map((row) => [JSON.stringify([row.payment_id, row.partner_id, row.payable_at]), row.amount]);
    expect([story.id, await standing(accountOf(story))]).toEqual([story.id, expected.toSorted()]);
    await expectTheLaw([accountOf(story)]);
  }
  expect((await call('GET', '/v1/parked', { as: 'ana' })).body['data']).toEqual([]);
}

async function deliverAll(events: readonly SentEvent[]): Promise<void> {
  for (const event of events) expect([event.type, await deliver(event, NOW)]).toEqual([event.type, 200]);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** A customer with one paid invoice, and more. */
function small(
  name: string,
  more: Partial<CustomerStory>,
  invoice: Partial<CustomerStory['invoices'][number]>,
): CustomerStory {
  return {
    id: `cus_${name}`,
    created: START,
    email: `${name}@client.example`,
    account_id: null,
    token: null,
    code: null,
    subscriptions: [],
    ...more,
    invoices: [
      {
        id: `in_${name}`,
        created: START + 3,
        paid_at: START + 9,
        amount: 7900,
        tax: 1317,
        out_of_band: false,
        one_off: false,
        price: 'price_1',
        subscription: null,
        refunds: [],
        heard: 'own',
        dispute: null,
        credited: null,
        ...invoice,
      },
    ],
  };
}

const DAY = 86_400;
const sets: Record<string, [build: (name: string, token: string) => CustomerStory, types: RegExp]> = {
  'a refund, heard of twice, of an old shape or a new one': [
    (name, token) =>
      small(
        name,
        { token: { text: token, by: 'customer' } },
        { heard: 'both', refunds: [{ id: `re_${name}`, at: START + DAY, amount: 3000, failed_at: null }] },
      ),
    /^(customer.created|invoice.paid|charge.refunded|refund.created|invoice_payment.paid)$/,
  ],
  'a dispute that is won': [
    (name, token) =>
      small(
        name,
        { token: { text: token, by: 'customer' } },
        {
          dispute: {
            id: `dp_${name}`,
            at: START + DAY,
            amount: 7900,
            ends: 'won',
            ended_at: START + 9 * DAY,
            returned: 0,
          },
        },
      ),
    /^(customer.created|invoice.paid|charge.succeeded|invoice_payment.paid|charge.dispute)/,
  ],
  'an account that its metadata names, and a session that brings the token': [
    (name, token) => small(name, { account_id: `account-${name}`, token: { text: token, by: 'session' } }, {}),
    /^(customer.created|invoice.paid|checkout|invoice.payment_succeeded)/,
  ],
  'a dispute of all of what was refunded in part, lost but for a part': [
    (name, token) =>
      small(
        name,
        { token: { text: token, by: 'customer' } },
        {
          refunds: [{ id: `re_${name}`, at: START + DAY, amount: 1000, failed_at: null }],
          dispute: {
            id: `dp_${name}`,
            at: START + 2 * DAY,
            amount: 7900,
            ends: 'partly_lost',
            ended_at: START + 9 * DAY,
            returned: 3000,
          },
        },
      ),
    /^(invoice.paid|refund.created|charge.dispute.(funds|closed)|customer.created|invoice_payment.paid|charge.succeeded)/,
  ],
  'a checkout without an invoice, refunded in part': [
    (name, token) =>
      small(
        name,
        { token: { text: token, by: 'customer' } },
        {
          one_off: true,
          heard: 'both',
          refunds: [{ id: `re_${name}`, at: START + DAY, amount: 3000, failed_at: null }],
        },
      ),
    /^(customer.created|checkout|charge.refunded|refund.created|payment_intent.succeeded)/,
  ],
  'cancel and resubscribe': [
    (name, token) =>
      small(
        name,
        {
          token: { text: token, by: 'session' },
          subscriptions: [
            { id: `sub_${name}_a`, from: START + 1, until: START + 20 * DAY },
            { id: `sub_${name}_b`, from: START + 10 * DAY, until: START + 15 * DAY },
          ],
        },
        {},
      ),
    /^(checkout|invoice.paid|customer.subscription)/,
  ],
};

it.each(Object.entries(sets))('all orders: %s', { timeout: 3_600_000 }, async (_, [build, types]) => {
  const random = randomOf(7);
  const token = await tokenOf();
  let run = 0;
  const reference: Record<string, string> = {};
  for (const shape of ['old', 'new'] as const) {
    const count = eventsOf(build('x', token), shape).filter((event) => types.test(event.type)).length;
    const orders = permutations(Array.from({ length: Math.min(count, 5) }, (__, i) => i));
    const played = LONG ? orders : shuffled(orders, random).slice(0, 5);
    for (const order of played) {
      const name = `${shape}${run++}`;
      const story = build(name, token);
      const all = eventsOf(story, shape);
      const few = all.filter((event) => types.test(event.type));
      // What does not take part in the orders goes before or after all of them.
      const rest = few.slice(5);
      const ordered = order.map((i) => few[i]!);
      await deliverAll(
        run % 2 === 0 ? [...rest, ...repeated(ordered, random)] : [...repeated(ordered, random), ...rest],
      );
      const linked = shape === 'new' || !story.invoices[0]!.refunds.length;
      if (!linked) await deliverAll(all.filter((event) => event.type === 'charge.succeeded'));
      await expectTheOracle([story]);
      // Not only what is due: each line, with its instant and kind.
      const lines = JSON.stringify(await booked(accountOf(story))).replaceAll(name, '*');
      expect(lines).toBe((reference[shape] ??= lines));
    }
  }
});

it.each(LONG ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] : [1, 2])(
  'random orders of whole lives, seed %i',
  { timeout: 3_600_000 },
  async (seed) => {
    const random = randomOf(seed);
    const by = (['session', 'customer', 'subscription', 'renewal', 'code', 'none'] as const)[seed % 6]!;
    const carried =
      by === 'none'
        ? { token: null, code: null }
        : by === 'code'
          ? { token: null, code: CODE }
          : { token: { text: await tokenOf(), by }, code: seed % 2 === 0 ? CODE : null };
    const stories = Array.from({ length: 2 }, (_, i) => storyOf(`s${seed}x${i}`, START + i * 1000, random, carried));
    const events = stories.flatMap((story, i) => eventsOf(story, i % 2 === 0 ? 'new' : 'old'));
    await deliverAll(shuffled(repeated(events, random), random));
    await expectTheOracle(stories);
  },
);

it(
  'a day of mixed events with failing D1 calls: nothing lost, nothing twice',
  { timeout: 24 * 3_600_000 },
  async () => {
    const random = randomOf(99);
    const token = await tokenOf();
    const least = asked ?? 60;
    const stories: CustomerStory[] = [];
    const events: SentEvent[] = [];
    while (events.length < least) {
      const i = stories.length;
      const carriers = [
        { token: { text: token, by: 'session' as const }, code: null },
        { token: null, code: CODE },
        { token: null, code: null },
      ];
      const story = storyOf(`d${i}`, START + i * 60, random, carriers[i % 3]!);
      stories.push(story);
      events.push(...eventsOf(story, i % 2 === 0 ? 'new' : 'old'));
    }
    const unsteady = flaky(env.BOOKS, 0.05, random);
    let again = shuffled(events, random);
    let refused = 0;
    for (let round = 0; again.length > 0 && round < 3; round++) {
      const failed: SentEvent[] = [];
      const queue = [...again];
      const worker = async () => {
        for (let event = queue.shift(); event; event = queue.shift()) {
          const status = await deliver(event, NOW, { ...bindings, BOOKS: unsteady });
          expect([200, 503]).toContain(status);
          if (status === 503) failed.push(event);
        }
      };
      await Promise.all([worker(), worker(), worker()]);
      refused += failed.length;
      again = shuffled(failed, random);
    }
    expect(unsteady.failures).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    // What is still refused comes once more, when the databases are well; the sweep finishes the rest.
    await deliverAll(again);
    for (let i = 0; (await sweepStripe(bindings, NOW + 86_400_000 * (i + 1))).settled > 0 && i < 1000; i++);
    await expectTheOracle(stories);
  },
);
