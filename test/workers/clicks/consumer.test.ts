import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, it, vi } from 'vitest';

import { MOST_TOGETHER } from '../../../src/attribution/click-log.ts';
import { keepClicks } from '../../../src/attribution/click.repo.ts';
import type { ClickMessage } from '../../../src/attribution/click.ts';
import { clickRowOf, consumeClicks, MESSAGES_A_BATCH } from '../../../src/attribution/clicks.consumer.ts';
import { newClickId, newVisitorId } from '../../../src/attribution/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';

beforeEach(async () => {
  await freshDatabases();
});

const AT = Date.parse('2026-03-02T23:59:59.999Z');
const click = (more: Partial<ClickMessage> = {}): ClickMessage => ({
  v: 1,
  click_id: newClickId(AT),
  visitor_id: newVisitorId(),
  clicked_at: AT,
  code: 'mira',
  partner_id: 'ana',
  class: 'person',
  ...more,
});

const gathered = (...clicks: unknown[]) => ({ v: 2, clicks });

/** Messages that were to come again, and when. */
const retried: unknown[] = [];

async function deliver(
  bodies: readonly unknown[],
  clicks = openDatabase(env.CLICKS),
  attempts: readonly number[] = [],
) {
  const batch = createMessageBatch(
    'lastclick-clicks',
    bodies.map((body, i) => ({ id: String(i), timestamp: 0, attempts: attempts[i] ?? 1, body })),
  );
  for (const message of batch.messages) {
    const retry = message.retry.bind(message);
    message.retry = (how) => {
      retried.push([message.id, how]);
      retry(how);
    };
  }
  const ctx = createExecutionContext();
  await consumeClicks(batch, clicks);
  return getQueueResult(batch, ctx);
}
/** Of a batch of one statement. */
const resultOf = async (batch: Promise<D1Result[]> | undefined) => (await batch)?.[0];
const count = () => env.CLICKS.prepare('SELECT count(*) AS n FROM clicks').first<number>('n');

it('a batch is kept whole, each click under its UTC day', async () => {
  const late = click({ clicked_at: AT + 1, partner_id: null, class: 'bot' });
  const first = click({ sub_id: 'blog.7', utm_source: 'post', utm_medium: 'e', utm_campaign: '𝒳'.repeat(100) });
  await deliver([first, late]);
  const { results } = await env.CLICKS.prepare('SELECT * FROM clicks ORDER BY clicked_at').all();
  const { v: _, ...row } = first;
  const { v: __, ...other } = late;
  const none = { sub_id: null, utm_source: null, utm_medium: null, utm_campaign: null };
  expect(results).toEqual([
    { day: '2026-03-02', ...none, ...row },
    { day: '2026-03-03', ...none, ...other },
  ]);
});

it('a batch delivered again, or overlapping another, writes 0 rows for what is there', async () => {
  const [a, b, c] = [click(), click(), click()];
  await deliver([a, b]);
  await deliver([a, b]);
  await deliver([b, c, c]);
  expect(await count()).toBe(3);
  const rows = [a, b, c].flatMap((message) => clickRowOf(message) ?? []);
  expect(await keepClicks(openDatabase(env.CLICKS), rows)).toBe(0);
  const again = await env.CLICKS.prepare(
    'INSERT INTO clicks SELECT * FROM (SELECT * FROM clicks) WHERE true ON CONFLICT DO NOTHING',
  ).run();
  expect(again.meta.rows_written).toBe(0);
});

/** A click as long as one can be: every text at its limit, in letters of four bytes. */
const longest = () => {
  const text = '𝒳'.repeat(100);
  const id = 'x'.repeat(64);
  return click({ code: id, partner_id: id, sub_id: id, utm_source: text, utm_medium: text, utm_campaign: text });
};

it('a whole queue batch is one statement, even of the longest clicks; a row and no index entry each', async () => {
  const messages = MESSAGES_A_BATCH;
  const bodies = Array.from({ length: messages }, () => gathered(...Array.from({ length: MOST_TOGETHER }, longest)));
  // What a message of the queue may hold.
  expect(new TextEncoder().encode(JSON.stringify(bodies[0])).length).toBeLessThan(127_900);
  const prepare = vi.spyOn(env.CLICKS, 'prepare');
  const batch = vi.spyOn(env.CLICKS, 'batch');
  await deliver(bodies);
  expect(prepare).toHaveBeenCalledTimes(1);
  const written = await resultOf(batch.mock.results[0]?.value);
  expect(written?.meta).toMatchObject({ changes: messages * MOST_TOGETHER, rows_written: messages * MOST_TOGETHER });
  prepare.mockRestore();
  batch.mockRestore();
  expect(await count()).toBe(messages * MOST_TOGETHER);
});

it('a batch delivered again is one statement too, and writes 0 rows', async () => {
  const bodies = [gathered(click(), click()), gathered(click())];
  await deliver(bodies);
  const batch = vi.spyOn(env.CLICKS, 'batch');
  await deliver(bodies, undefined, [2, 2]);
  const again = await resultOf(batch.mock.results[0]?.value);
  expect(again?.meta).toMatchObject({ changes: 0, rows_written: 0 });
  batch.mockRestore();
  expect(await count()).toBe(3);
});

it('of a message with a click that is none, the others are kept', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const result = await deliver([gathered(click(), { ...click(), class: 'ghost' }), gathered(), gathered(null)]);
  expect(result.explicitAcks).toEqual(['1', '2']);
  expect(await count()).toBe(1);
  expect(log.mock.calls).toEqual([['{"event":"clicks_malformed","count":2}']]);
  log.mockRestore();
});

it('a message of one click, as the front door once sent them, is kept', async () => {
  await deliver([click()]);
  expect(await count()).toBe(1);
});

const MALFORMED: unknown[] = [
  null,
  'text',
  {},
  [],
  { ...click(), v: 2 },
  { ...click(), class: 'ghost' },
  { ...click(), class: undefined },
  { ...click(), click_id: 'x' },
  { ...click(), visitor_id: '' },
  { ...click(), clicked_at: '2026' },
  { ...click(), clicked_at: 1.5 },
  { ...click(), clicked_at: -1 },
  { ...click(), code: 'Mira' },
  { ...click(), code: '' },
  { ...click(), partner_id: 7 },
  { ...click(), email: 'a@b.c' },
  { ...click(), sub_id: 'a b' },
  { ...click(), sub_id: null },
  { ...click(), utm_campaign: '' },
  { ...click(), utm_source: 'x'.repeat(201) },
];

it('what is no click is acknowledged, counted in the log, and holds nothing up', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const result = await deliver([...MALFORMED, click()]);
  expect(result.retryBatch.retry).toBe(false);
  expect(result.explicitAcks).toHaveLength(MALFORMED.length);
  expect(await count()).toBe(1);
  expect(log.mock.calls).toEqual([[`{"event":"clicks_malformed","count":${MALFORMED.length}}`]]);
  log.mockRestore();
});

it('a batch of nothing but malformed messages asks nothing of the database', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const prepare = vi.spyOn(env.CLICKS, 'prepare');
  expect((await deliver([{}])).retryBatch.retry).toBe(false);
  expect(prepare).not.toHaveBeenCalled();
  prepare.mockRestore();
  log.mockRestore();
});

it('a database that does not take the clicks has them all come again, each message by its own tries', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await env.CLICKS.prepare('DROP TABLE clicks').run();
  const tries = [1, 1, 2, 3, 4, 5, 50];
  const { explicitAcks, retryBatch } = await deliver([{}, ...tries.map(() => click())], undefined, [1, ...tries]);
  expect(log.mock.calls.at(-1)).toEqual(['{"event":"clicks_not_kept","count":7}']);
  expect(explicitAcks).toEqual(['0']);
  expect(retryBatch.retry).toBe(false);
  const waits = [5, 5, 30, 120, 600, 3600, 3600];
  expect(retried).toEqual(waits.map((delaySeconds, i) => [String(i + 1), { delaySeconds }]));
  log.mockRestore();
});
