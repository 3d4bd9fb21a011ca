import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { withHeartbeat, type BeatEnv } from '../../../src/heartbeat/beat.ts';
import { CRONS } from '../../../src/heartbeat/heartbeat.rules.ts';
import payouts from '../../../workers/payouts/index.ts';
import program from '../../../workers/program/index.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-03-20T17:30:00Z');
const URL_FOR = 'https://watch.example/ping/lastclick-{cron}';

beforeEach(async () => {
  await freshDatabases();
});

type Sent = [url: string, method: string | undefined];

/** A cron that comes at an instant and ends as told; what is sent out is kept. */
async function come(
  cron: string,
  now: number,
  run: () => Promise<boolean>,
  more: object = {},
  answer: () => Promise<Response> = async () => new Response('OK'),
) {
  const sent: Sent[] = [];
  const given = { BOOKS: env.BOOKS, HEARTBEAT_URL: URL_FOR, ...more } as BeatEnv;
  const worker = cron.includes('17') ? 'payouts' : 'program';
  const ended = await withHeartbeat(given, { worker, cron, now }, run, async (url, init) => {
    sent.push([url, init.method]);
    return answer();
  }).then(
    () => 'well',
    (error: Error) => error.message,
  );
  return { ended, sent };
}

const well = async () => true;
const states = async (now: number) => {
  const { status, body } = await call('GET', '/v1/heartbeats', { as: 'ana', at: new Date(now).toISOString() });
  expect(status).toBe(200);
  return Object.fromEntries(
    (body['data'] as unknown as { name: string; state: string }[]).map((cron) => [cron.name, cron.state]),
  );
};

describe('a cron that never ran shows', () => {
  it('inside: never, late, failing and well are told apart', async () => {
    expect(await states(NOW)).toEqual({
      mail: 'never',
      webhooks: 'never',
      friday: 'never',
      daily: 'never',
      backup: 'never',
    });
    await come('30 17 * * *', NOW, well);
    await come('0 17 * * FRI', NOW, well);
    await come('*/5 * * * *', NOW, well);
    expect(await states(NOW + MINUTE)).toMatchObject({
      daily: 'well',
      friday: 'well',
      mail: 'well',
      webhooks: 'never',
    });
    expect(await states(NOW + 21 * MINUTE)).toMatchObject({ daily: 'well', mail: 'late' });
    await come('30 17 * * *', NOW + 24 * 60 * MINUTE, async () => false);
    expect(await states(NOW + 24 * 60 * MINUTE)).toMatchObject({ daily: 'failing', friday: 'well' });
    expect(await states(NOW + 26 * 60 * MINUTE + 1)).toMatchObject({ daily: 'late' });
    expect(await states(NOW + 8 * 24 * 60 * MINUTE)).toMatchObject({ friday: 'late' });
  });

  it('outside: a pulse after each good run, of each cron its own, and none after a bad one', async () => {
    expect(await come('30 17 * * *', NOW, well)).toEqual({
      ended: 'well',
      sent: [['https://watch.example/ping/lastclick-daily', 'POST']],
    });
    expect(await come('0 17 * * FRI', NOW, well)).toMatchObject({
      sent: [['https://watch.example/ping/lastclick-friday', 'POST']],
    });
    expect(await come('0 17 * * THU', NOW + 6 * MINUTE, well)).toMatchObject({
      sent: [['https://watch.example/ping/lastclick-friday', 'POST']],
    });
    expect(await come('30 17 * * *', NOW + 24 * 60 * MINUTE, async () => false)).toEqual({ ended: 'well', sent: [] });
    const broken = async () => Promise.reject(new Error('the run failed'));
    expect(await come('30 17 * * *', NOW + 25 * 60 * MINUTE, broken)).toEqual({ ended: 'the run failed', sent: [] });
  });

  it('the cron of each minute sends one in five minutes', async () => {
    const sent: Sent[] = [];
    for (let i = 0; i < 11; i++) sent.push(...(await come('* * * * *', NOW + i * MINUTE, well)).sent);
    expect(sent.length).toBe(3);
  });

  it('a service that fails, hangs up or is no https address changes nothing, and is logged', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const refused = async () => Promise.reject(new TypeError('https://secret.example refused'));
    expect((await come('30 17 * * *', NOW, well, {}, refused)).ended).toBe('well');
    expect(
      (await come('30 17 * * *', NOW + 10 * MINUTE, well, {}, async () => new Response('', { status: 500 }))).ended,
    ).toBe('well');
    expect(
      (await come('30 17 * * *', NOW + 20 * MINUTE, well, { HEARTBEAT_URL: 'http://watch.example/' })).sent,
    ).toEqual([]);
    expect((await come('30 17 * * *', NOW + 30 * MINUTE, well, { HEARTBEAT_URL: '' })).sent).toEqual([]);
    const locked = {
      BOOKS: {
        prepare: () => {
          throw new Error('D1_ERROR: locked');
        },
      },
    };
    expect((await come('30 17 * * *', NOW + 40 * MINUTE, well, locked)).ended).toBe('well');
    vi.restoreAllMocks();
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual(
      Array(4).fill('heartbeat_not_sent'),
    );
    expect(lines.join()).not.toMatch(/secret|watch\.example|locked/);
  });

  it('a run that ends later than a younger one takes nothing back', async () => {
    await come('30 17 * * *', NOW, well);
    await come('30 17 * * *', NOW - 5 * MINUTE, async () => false);
    expect(await env.BOOKS.prepare('SELECT came_at, well_at FROM heartbeats').first()).toEqual({
      came_at: NOW,
      well_at: NOW,
    });
  });
});

describe('the crons as shipped', () => {
  it('each beats by the name under which it is watched', async () => {
    for (const [name, { worker, cron }] of Object.entries(CRONS)) {
      const event = { cron, scheduledTime: NOW, noRetry: () => undefined };
      if (worker === 'program') await program.scheduled(event, env as never);
      else
        await payouts.scheduled(event, {
          ...env,
          PAYOUT_RAIL: 'export',
          PAYOUT_APPROVAL: 'none',
          PAYPAL_POLL_SECONDS: '900',
        } as never);
      expect(await env.BOOKS.prepare('SELECT well_at FROM heartbeats WHERE cron = ?').bind(name).first('well_at')).toBe(
        NOW,
      );
    }
    expect(await env.BOOKS.prepare('SELECT count(*) AS n FROM heartbeats').first('n')).toBe(Object.keys(CRONS).length);
  });

  it('a run that fails is noted as one that came', async () => {
    const event = { cron: '30 17 * * *', scheduledTime: NOW, noRetry: () => undefined };
    await expect(payouts.scheduled(event, { ...env, PAYOUT_RAIL: 'none' } as never)).rejects.toThrow('misconfigured');
    expect(await env.BOOKS.prepare('SELECT came_at, well_at FROM heartbeats').first()).toEqual({
      came_at: NOW,
      well_at: null,
    });
  });

  it('are for operators alone', async () => {
    expect((await call('GET', '/v1/heartbeats', { as: 'ingest' })).status).toBe(403);
    expect((await call('GET', '/v1/heartbeats', { as: 'nobody' })).status).toBe(401);
  });
});
