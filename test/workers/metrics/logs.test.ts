import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { consumeClicks } from '../../../src/attribution/clicks.consumer.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import payouts from '../../../workers/payouts/index.ts';
import program from '../../../workers/program/index.ts';
import { call, sendForm } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { localSecrets } from '../../support/local.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { openFrontDoor } from '../tracker/front-door.ts';

const T = '2026-03-02T10:00:00Z';
const NOW = Date.parse(T);
/** Whatever a person could be known by here, and whatever opens anything. */
const PERSONAL = [
  'zacharias',
  'zelda',
  'yggdrasil',
  'client.example',
  'partner.example',
  '203.0.113.77',
  'heard of it at the gym',
  'Mozilla',
  'Bearer',
];

let lines: string[] = [];
beforeEach(async () => {
  await freshDatabases();
  lines = [];
  for (const level of ['log', 'info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((...words: unknown[]) => void lines.push(words.map(String).join(' ')));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const at = { at: T };
const tick = (cron: string) => program.scheduled({ cron, scheduledTime: NOW, noRetry: () => undefined }, env as never);

/** A day of a program, with all that goes wrong in it. */
async function aDay(token: string): Promise<void> {
  await call('POST', '/v1/partners', {
    as: 'ana',
    ...at,
    body: { partner_id: 'zelda_p', name: 'Zelda', email: 'zelda@partner.example', country: 'US' },
  });
  await sendForm(
    {
      email: 'zacharias@client.example',
      name: 'Zacharias',
      company: 'Yggdrasil',
      how_heard: 'heard of it at the gym',
      referral_token: token,
    },
    at,
  );
  const signup = {
    account_id: 'a1',
    email: 'zacharias@client.example',
    name: 'Zacharias',
    referral_tokens: [token],
    signed_up_at: T,
  };
  await call('POST', '/v1/signups', { ...at, body: signup });
  await call('POST', '/v1/signups', { ...at, body: { ...signup, email: 'zacharias2@client.example' } });
  await call('POST', '/v1/payments', {
    ...at,
    body: { payment_id: 'p1', account_id: 'a1', amount: 9900, currency: 'USD', paid_at: T },
  });
  await call('POST', '/v1/payments', { ...at, body: { payment_id: 'zacharias@client.example' } });
  await call('GET', '/v1/people/export?email=zacharias@client.example', { as: 'ana', ...at });
  await call('POST', '/v1/people/erasure', {
    as: 'ana',
    ...at,
    body: { email: 'zacharias@client.example', reason: 'Zacharias asked' },
  });
  await call('GET', '/v1/partners', { as: { token }, ...at });
  for (const cron of ['*/5 * * * *', '* * * * *']) await tick(cron);
  const body = { v: 1, click_id: 'zacharias@client.example', code: 'zelda', agent: 'Mozilla' };
  const message = { body, ack: () => undefined };
  await consumeClicks({ messages: [message], retryAll: () => undefined } as never, openDatabase(env.CLICKS));
  const door = openFrontDoor({ CLICK_QUEUE: { send: async () => Promise.reject(new Error('203.0.113.77')) } });
  await door.ask('/r/mira?utm_source=zacharias@client.example', { headers: { 'cf-connecting-ip': '203.0.113.77' } });
}

it('holds nobody: neither on a good day nor while everything fails', async () => {
  await givePartner('mira', { email: 'zelda@partner.example', paypal: 'zelda@partner.example' });
  const token = await giveToken({ code: 'mira', at: T });
  await aDay(token);
  const good = lines.length;
  const rail = { PAYOUT_RAIL: 'export', PAYOUT_APPROVAL: 'none', PAYPAL_POLL_SECONDS: '900' };
  for (const cron of ['0 17 * * FRI', '30 17 * * *', '*/15 2 * * *'])
    await payouts.scheduled({ cron, scheduledTime: NOW, noRetry: () => undefined }, { ...env, ...rail } as never);
  for (const table of ['versions', 'mail_outbox', 'heartbeats', 'people']) await env.BOOKS.exec(`DROP TABLE ${table}`);
  await env.CLICKS.exec('DROP TABLE clicks');
  await aDay(token).catch(() => undefined);
  expect(good).toBeGreaterThan(5);
  expect(lines.length).toBeGreaterThan(good + 3);
  for (const line of lines) {
    const { event } = JSON.parse(line) as { event: string };
    expect(event).toMatch(/^[a-z_]+$/);
    const told = [...PERSONAL, token, ...Object.values(localSecrets)].filter((word) =>
      line.toLowerCase().includes(word.toLowerCase()),
    );
    expect([event, told]).toEqual([event, []]);
  }
});

it('every answer to a write, and every failure, is a line with the request’s id', async () => {
  await call('POST', '/v1/payments', { ...at, body: {}, headers: { 'cf-ray': '8a1b2c3d4e5f-FRA' } });
  await call('GET', '/v1/partners', { as: 'ana', ...at });
  await env.BOOKS.exec('DROP TABLE partners');
  await call('GET', '/v1/partners', { as: 'ana', ...at, headers: { 'cf-ray': '9a1b2c3d4e5f-FRA' } });
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told[0]).toEqual({
    event: 'answered',
    request_id: '8a1b2c3d4e5f-FRA',
    method: 'POST',
    route: '/v1/payments',
    status: 400,
    code: 'malformed',
  });
  expect(told.slice(1).map(({ event, request_id }) => [event, request_id])).toEqual([
    ['request_failed', '9a1b2c3d4e5f-FRA'],
    ['answered', '9a1b2c3d4e5f-FRA'],
  ]);
});
