import { createHmac } from 'node:crypto';

import { afterAll, beforeAll, expect, inject, it } from 'vitest';

import { type Local, startLocal } from '../support/harness.ts';
import { localSecrets, operatorKeys } from '../support/local.ts';
import { BROWSER, rawRequest } from '../support/raw.ts';
import { dueOfStories } from '../support/stripe-oracle.ts';
import { randomOf, repeated, shuffled, storyOf } from '../support/stripe-stories.ts';
import { eventsOf, type CustomerStory, type SentEvent } from '../support/stripe-story.ts';
import { watchWorkerds, type Workerds } from '../support/workerd.ts';

const START = Date.parse('2026-01-10T12:00:00Z') / 1000;
const NOW = Date.parse('2027-06-01T00:00:00Z');
const secret = localSecrets.STRIPE_WEBHOOK_SECRET;

let local: Local;
let workerds: Workerds;
beforeAll(async () => {
  local = await startLocal({ STRIPE_WEBHOOK_SECRET: secret });
  // What a restart starts anew are the Workers, and not the proxy before them.
  workerds = watchWorkerds();
  await local.restart();
});
afterAll(() => local.close());

const operator = (method: string, path: string, body?: object) =>
  local.fetch(
    path,
    {
      method,
      headers: { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    },
    { now: body ? Date.parse('2025-06-01T00:00:00Z') : NOW },
  );

/** A visitor's referral token, as the front door set it. */
async function click(): Promise<string> {
  const partner = { partner_id: 'ann', name: 'Ann', email: 'ann@partners.example', country: 'US' };
  const answer = (await (await operator('POST', '/v1/partners', partner)).json()) as { link: { code: string } };
  const headers = { ...BROWSER, 'x-clock': '2026-01-09T12:00:00Z' };
  const seen = await rawRequest(local.url, 'GET', `/r/${answer.link.code}`, headers);
  return seen.cookie?.split(';')[0]?.split('=')[1] ?? '';
}

/** Delivers one event over HTTP; whether it was taken. What comes while workerd is down comes to nothing. */
async function deliver(event: SentEvent): Promise<boolean> {
  const body = JSON.stringify(event);
  const t = NOW / 1000;
  const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  const headers = { 'stripe-signature': `t=${t},v1=${v1}`, 'x-clock': new Date(NOW).toISOString() };
  try {
    // Over the network, as Stripe does: nothing waits for a restart.
    const url = new URL('/v1/webhooks/stripe', local.url);
    const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

interface Sum {
  payment_id: string;
  partner_id: string;
  payable_at: number;
  amount: number;
}
const SUMS = `SELECT payment_id, partner_id, payable_at, sum(amount) AS amount FROM lines GROUP BY 1, 2, 3 HAVING sum(amount) <> 0`;
const texts = (rows: readonly Sum[]) =>
  rows
    .map(({ payment_id, partner_id, payable_at, amount }) => `${payment_id} ${partner_id} ${payable_at} ${amount}`)
    .toSorted();

it(
  'fault 9: workerd is killed in the middle of the day and started again: nothing lost, nothing twice',
  { timeout: 24 * 3_600_000 },
  async () => {
    const least = inject('stripe_restarts') ?? 40;
    const long = least > 100;
    const restarts = long ? 8 : 2;
    const random = randomOf(5);
    const token = { text: await click(), by: 'session' as const };
    expect(token.text).toMatch(/^1/);
    const stories: CustomerStory[] = [];
    const events: SentEvent[] = [];
    while (events.length < least) {
      const i = stories.length;
      stories.push(storyOf(`r${i}`, START + i * 60, random, { token, code: null }));
      events.push(...eventsOf(stories[i]!, i % 2 === 0 ? 'new' : 'old'));
    }
    const queue = shuffled(long ? events : repeated(events, random), random);
    const [total, every] = [queue.length, Math.ceil(queue.length / (restarts + 1))];
    let [killed, lost] = [0, 0];
    const again: SentEvent[] = [];
    const worker = async () => {
      for (let event = queue.shift(); event; event = queue.shift()) {
        if (await deliver(event)) continue;
        lost += 1;
        again.push(event);
      }
    };
    const killer = async () => {
      while (queue.length > 0) {
        if (total - queue.length >= every * (killed + 1) && killed < restarts) {
          killed += Math.sign(await workerds.kill());
          await local.restart();
        } else await new Promise((resolve) => void setTimeout(resolve, 5));
      }
    };
    await Promise.all([worker(), worker(), worker(), killer()]);
    expect(killed).toBe(restarts);
    // What it was at died with it.
    expect(lost).toBeGreaterThan(0);
    // Stripe sends again what was not answered.
    for (const event of again) expect(await deliver(event)).toBe(true);
    for (let i = 1; i < 1000; i++) {
      await local.scheduledProgram(NOW + i * 300_000);
      const parked = (await (await operator('GET', '/v1/parked')).json()) as { data: unknown[] };
      if (parked.data.length === 0) break;
      expect(i).toBeLessThan(999);
    }
    const { results } = await local.books.prepare(SUMS).all<Sum>();
    const due = stories.flatMap((story) => dueOfStories([story], 'ann')).filter((row) => row.amount !== 0);
    expect(texts(results)).toEqual(texts(due));
    console.log(`${total} deliveries, ${killed} restarts, ${lost} sent again`);
  },
);
