import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { keepClicks } from '../../../src/attribution/click.repo.ts';
import type { ClickMessages } from '../../../src/attribution/click.ts';
import { clickRowOf } from '../../../src/attribution/clicks.consumer.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { cookieOf, NOW, openFrontDoor, seedLink } from './front-door.ts';

beforeEach(async () => {
  await freshDatabases();
  await seedLink('mira');
});

const never = () => new Promise<never>(() => {});
/** Has something done where stores and queue are given up at once; the platform still waits for what follows an answer. */
function withoutWaiting<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis;
  const hurried = (done: () => void, ms = 0) => setTimeout(done, ms > 1000 && ms < 25_000 ? 1 : ms);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
  return work();
}

const broken = (run: () => Promise<never>) => ({ prepare: () => ({ bind: () => ({ run }) }) });
const rows = async () => (await env.CLICKS.prepare('SELECT * FROM clicks ORDER BY clicked_at').all()).results;

describe('CLICK_LOG=queue', () => {
  it('clicks of a moment are one message', async () => {
    const send = vi.fn<(message: ClickMessages) => Promise<void>>(async () => {});
    const { ask } = openFrontDoor({ CLICK_QUEUE: { send } });
    await ask('/r/mira');
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask('/r/mira', { now: NOW + n })));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 302));
    expect(send.mock.calls.map(([message]) => message.clicks.length)).toEqual([1, 20]);
    expect(new Set(send.mock.calls.flatMap(([{ clicks }]) => clicks.map((click) => click.click_id))).size).toBe(21);
  });

  it('nothing is awaited before the answer for a warm link: neither stores nor queue', async () => {
    const send = vi.fn<() => Promise<never>>(never);
    const door = openFrontDoor({ CLICK_QUEUE: { send } });
    void door.ask('/r/mira');
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
    const waits: Promise<unknown>[] = [];
    const answer = await door.fetch('/r/mira', (work) => void waits.push(work));
    expect(cookieOf(answer)).not.toBeNull();
    expect(waits).toHaveLength(1);
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(2));
  });
});

describe('a queue that does not answer', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('is asked twice, and the click is in the log: none is lost in silence', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const send = vi.fn<() => Promise<never>>(never);
    const { sent, ask } = openFrontDoor({ CLICK_QUEUE: { send } });
    expect(cookieOf(await withoutWaiting(() => ask('/r/mira')))).not.toBeNull();
    expect([send.mock.calls.length, sent.length]).toEqual([2, 0]);
    expect(log.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
      { event: 'click_not_sent', code: 'mira', class: 'person' },
    ]);
  });

  it('and took the click after all has it twice at most: the same row', async () => {
    const taken: ClickMessages[] = [];
    const send = async (message: ClickMessages) => (taken.push(message) === 1 ? never() : undefined);
    await withoutWaiting(() => openFrontDoor({ CLICK_QUEUE: { send } }).ask('/r/mira'));
    const [first, second] = taken.map(({ clicks }) => clicks.flatMap((click) => clickRowOf(click) ?? []));
    expect(first).toHaveLength(1);
    expect(second).toEqual(first);
    const clicks = openDatabase(env.CLICKS);
    expect([await keepClicks(clicks, first ?? []), await keepClicks(clicks, second ?? [])]).toEqual([1, 0]);
  });
});

describe('CLICK_LOG=database', () => {
  const opened = (replaced = {}) => openFrontDoor({ CLICK_LOG: 'database', CLICKS: env.CLICKS, ...replaced });

  it('clicks of a moment are one statement and a row each, as the queue’s consumer would have written them; the queue is not asked', async () => {
    const prepare = vi.spyOn(env.CLICKS, 'prepare');
    const { ask, sent } = opened();
    const paths = [
      '/r/mira',
      '/r/mira?sub=a.1&utm_source=post&utm_medium=e%20mail&utm_campaign=%F0%9D%92%B3',
      '/r/mira?utm_source=x',
    ];
    await Promise.all(paths.map((path, n) => ask(path, { now: NOW + n })));
    const written = prepare.mock.calls.filter(([text]) => text.includes('INSERT'));
    prepare.mockRestore();
    expect(written.length).toBeLessThanOrEqual(3);
    expect(sent).toEqual([]);
    const kept = await rows();
    expect(kept).toMatchObject([
      { day: '2026-03-02', clicked_at: NOW, code: 'mira', partner_id: 'ana', class: 'person', sub_id: null },
      { clicked_at: NOW + 1, sub_id: 'a.1', utm_source: 'post', utm_medium: 'e mail', utm_campaign: '𝒳' },
      { clicked_at: NOW + 2, sub_id: null, utm_source: 'x', utm_campaign: null },
    ]);
    // The consumer finds each of them there: both write the same row.
    const again = kept.map(({ day: _, ...row }) =>
      clickRowOf({ v: 1, ...Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) }),
    );
    expect(again).toEqual(kept);
    expect(
      await keepClicks(
        openDatabase(env.CLICKS),
        again.flatMap((row) => row ?? []),
      ),
    ).toBe(0);
  });

  it('a warm door writes fifty clicks with one statement, exactly fifty rows', async () => {
    const door = opened();
    await door.ask('/r/mira');
    const written: D1Result[] = [];
    const clicks = {
      prepare: (text: string) => ({
        bind: (...values: unknown[]) => ({
          run: async () => {
            const result = await env.CLICKS.prepare(text)
              .bind(...values)
              .run();
            written.push(result);
            return result;
          },
        }),
      }),
    };
    const counted = opened({ CLICKS: clicks });
    await counted.ask('/r/mira');
    await Promise.all(Array.from({ length: 50 }, (_, n) => counted.ask('/r/mira', { now: NOW + n })));
    expect(written.map(({ meta }) => meta.rows_written)).toEqual([1, 50]);
  });

  it.each([
    [
      'fails',
      async (): Promise<never> => {
        throw new Error('down');
      },
    ],
    ['hangs', never],
  ])('where the database %s, the queue has the click', async (_, run) => {
    const { ask, sent } = opened({ CLICKS: broken(run) });
    expect(cookieOf(await ask('/r/mira'))).not.toBeNull();
    expect(sent).toMatchObject([{ code: 'mira', class: 'person' }]);
  });

  it('a database that took the click and did not say so counts it once', async () => {
    const late = {
      prepare: (text: string) => ({
        bind: (...values: unknown[]) => ({
          run: async () => {
            await env.CLICKS.prepare(text)
              .bind(...values)
              .run();
            throw new Error('Network connection lost.');
          },
        }),
      }),
    };
    const { ask, sent } = opened({ CLICKS: late });
    await ask('/r/mira');
    expect(
      await keepClicks(
        openDatabase(env.CLICKS),
        sent.flatMap((click) => clickRowOf(click) ?? []),
      ),
    ).toBe(0);
    expect(await rows()).toHaveLength(1);
  });

  it('without its binding the door says what is missing', async () => {
    const answer = await openFrontDoor({ CLICK_LOG: 'database' }).ask('/r/mira');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'misconfigured',
      detail: 'CLICK_LOG=database needs the binding CLICKS',
    });
  });
});
