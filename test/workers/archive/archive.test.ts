import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { ARCHIVE_LIMITS, type ArchiveLimits } from '../../../src/archive/archive.rules.ts';
import { archiveClicks, dropArchived } from '../../../src/archive/archive.ts';
import { gunzip } from '../../../src/archive/gzip.ts';
import { openClicks, type ArchiveBucket } from '../../../src/archive/open.ts';
import { recordedClicks } from '../../../src/archive/recorded.ts';
import { runArchive } from '../../../src/archive/run.ts';
import { keepClicks, type NewClick } from '../../../src/attribution/click.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';

const DAY = 86_400_000;
/** A Thursday: the first day of a stretch. */
const T0 = Date.parse('2026-01-01T00:00:00Z');
const NOW = T0 + 200 * DAY;
const SMALL: ArchiveLimits = { ...ARCHIVE_LIMITS, part_clicks: 50, block_clicks: 8 };

const clicks = () => openDatabase(env.CLICKS);
const stored = (bucket: ArchiveBucket = env.ARCHIVE as R2Bucket) => openClicks(env.CLICKS, bucket);
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
const visitor = (n: number) => `visitor_${String(n).padStart(8, '0')}`;
let made = 0;

function click(day: number, visitor_id: string): NewClick {
  made += 1;
  const clicked_at = T0 + day * DAY + made * 1000;
  const click_id = `0190a6e0-0000-7000-8000-${String(made).padStart(12, '0')}`;
  return {
    day: dayOf(T0 + day * DAY),
    visitor_id,
    click_id,
    clicked_at,
    code: 'mira',
    partner_id: 'mira',
    class: 'person',
    sub_id: made % 3 === 0 ? 'x' : null,
  };
}

/** `each` clicks on each of `days` days from `from` on, of `visitors` visitors in turn; counted for good. */
async function fill(from: number, days: number, each: number, visitors = 17): Promise<NewClick[]> {
  const rows: NewClick[] = [];
  for (let d = from; d < from + days; d++) {
    for (let i = 0; i < each; i++) rows.push(click(d, visitor((i * 7 + d) % visitors)));
    await settle(d);
  }
  for (let i = 0; i < rows.length; i += 500) await keepClicks(clicks(), rows.slice(i, i + 500));
  return rows;
}

async function settle(day: number): Promise<void> {
  await env.CLICKS.prepare('INSERT INTO counted_days VALUES (?, ?) ON CONFLICT DO NOTHING')
    .bind(dayOf(T0 + day * DAY), T0 + (day + 6) * DAY)
    .run();
}

const run = { today: dayOf(NOW), now: NOW, most_parts: 100 };
const archive = (bucket: ArchiveBucket = env.ARCHIVE as R2Bucket, limits = SMALL, most_parts = 100) =>
  archiveClicks(clicks(), bucket, { ...run, most_parts }, limits);
const inD1 = () => env.CLICKS.prepare('SELECT count(*) AS n FROM clicks').first<number>('n');
const ids = (rows: readonly NewClick[]) => rows.map((row) => row.click_id).toSorted();

/** Every click in D1 and in the entered objects, with repeats. */
async function everywhere(): Promise<string[]> {
  const { results } = await env.CLICKS.prepare('SELECT click_id FROM clicks').all<{ click_id: string }>();
  const parts = await env.CLICKS.prepare('SELECT key, blocks FROM archive_parts').all<{
    key: string;
    blocks: string;
  }>();
  const found = results.map((row) => row.click_id);
  for (const { key, blocks } of parts.results) {
    const bytes = new Uint8Array(await (await env.ARCHIVE!.get(key))!.arrayBuffer());
    for (const [, offset, length] of JSON.parse(blocks) as [string, number, number][]) {
      const text = await gunzip(bytes.subarray(offset, offset + length));
      found.push(
        ...text
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as NewClick).click_id),
      );
    }
  }
  return found.toSorted();
}

beforeEach(async () => {
  await freshDatabases();
  made = 0;
});

describe('clicks move to the archive', { timeout: 90_000 }, () => {
  it('weeks older than the database keeps, whole ones, each click once, sorted by visitor; the rest stays', async () => {
    const old = await fill(0, 14, 20);
    const young = await fill(190, 3, 20);
    expect(await archive()).toMatchObject({ clicks: 280, state: 'done' });
    expect(await inD1()).toBe(60);
    expect(await everywhere()).toEqual(ids([...old, ...young]));
    const { results } = await env.CLICKS.prepare('SELECT * FROM archive_parts ORDER BY from_day, to_visitor').all<
      Record<string, string>
    >();
    expect(results.map((part) => [part['from_day'], part['to_day'], part['clicks']])).toEqual([
      ['2026-01-01', '2026-01-07', 50],
      ['2026-01-01', '2026-01-07', 50],
      ['2026-01-01', '2026-01-07', 40],
      ['2026-01-08', '2026-01-14', 50],
      ['2026-01-08', '2026-01-14', 50],
      ['2026-01-08', '2026-01-14', 40],
    ]);
    expect([results[0]?.['from_visitor'], results[2]?.['to_visitor'], results[5]?.['to_visitor']]).toEqual([
      '',
      '~',
      '~',
    ]);
    expect(results[1]?.['from_visitor']).toBe(results[0]?.['to_visitor']);
  });

  it('the object is one gzip file of lines of JSON, which every tool reads', async () => {
    await fill(0, 7, 3);
    await archive();
    const { objects } = await env.ARCHIVE!.list();
    expect(objects.map(({ key }) => key)).toEqual([
      expect.stringMatching(/^clicks\/v1\/2026-01-01_2026-01-07\/[0-9a-f]{32}\.ndjson\.gz$/),
    ]);
    const bytes = new Uint8Array(await (await env.ARCHIVE!.get(objects[0]!.key))!.arrayBuffer());
    expect([bytes[0], bytes[1]]).toEqual([0x1f, 0x8b]);
    const { results } = await env.CLICKS.prepare('SELECT blocks FROM archive_parts').all<{ blocks: string }>();
    expect((JSON.parse(results[0]!.blocks) as unknown[]).length).toBe(3);
  });

  it('a week that is not counted for good yet waits: nothing of it would be counted later', async () => {
    await fill(0, 7, 3);
    await env.CLICKS.exec("UPDATE counted_days SET counted_at = counted_at - 172800000 WHERE day = '2026-01-03'");
    expect(await archive()).toEqual({ parts: 0, clicks: 0, state: 'done' });
    expect(await inD1()).toBe(21);
  });

  it('where the database is too large its oldest days go, however young, and as many as it takes', async () => {
    const rows = await fill(180, 10, 40);
    const size = (await env.CLICKS.prepare('SELECT 1').run()).meta.size_after;
    expect(await archive(undefined, { ...SMALL, max_bytes: size })).toMatchObject({ clicks: 0, state: 'done' });
    expect(await archive(undefined, { ...SMALL, part_clicks: 100, max_bytes: 1 })).toMatchObject({
      clicks: 400,
      state: 'done',
    });
    expect(await everywhere()).toEqual(ids(rows));
    const { results } = await env.CLICKS.prepare('SELECT DISTINCT from_day, to_day FROM archive_parts').all<
      Record<string, string>
    >();
    expect(results.length).toBe(10);
    expect(results.every((part) => part['from_day'] === part['to_day'])).toBe(true);
  });

  it('a database that is too large, with days that may not go yet, says that it is full', async () => {
    await keepClicks(clicks(), [click(199, visitor(1))]);
    expect(await archive(undefined, { ...SMALL, max_bytes: 1 })).toEqual({ parts: 0, clicks: 0, state: 'full' });
  });

  it('a run is bounded, and the next goes on', async () => {
    const rows = await fill(0, 7, 30);
    expect(await archive(undefined, SMALL, 2)).toEqual({ parts: 2, clicks: 100, state: 'more' });
    expect(await archive(undefined, SMALL, 2)).toEqual({ parts: 2, clicks: 100, state: 'more' });
    expect(await archive(undefined, SMALL, 2)).toMatchObject({ clicks: 10, state: 'done' });
    expect(await everywhere()).toEqual(ids(rows));
  });

  it('a click that comes late to an archived week moves as well', async () => {
    const rows = await fill(0, 7, 10);
    await archive();
    const late = [click(3, visitor(0)), click(3, '~~late~~~~~~~~~~'.slice(0, 16).replaceAll('~', 'z'))];
    await keepClicks(clicks(), late);
    expect(await archive()).toMatchObject({ clicks: 2 });
    expect(await everywhere()).toEqual(ids([...rows, ...late]));
    const found = await recordedClicks(
      stored(),
      late.map((row) => row.visitor_id),
      T0,
      NOW,
    );
    expect(found.map((row) => row.click_id)).toEqual(expect.arrayContaining(ids(late)));
  });

  it('a click that comes late twice is in one object and moves twice: it does not stop what comes after it', async () => {
    const rows = await fill(0, 14, 5);
    await archive();
    const late = click(3, visitor(0));
    for (let time = 0; time < 2; time++) {
      await keepClicks(clicks(), [late]);
      expect(await archive()).toMatchObject({ clicks: 1, state: 'done' });
      expect(await everywhere()).toEqual(ids([...rows, late]));
    }
    expect(await inD1()).toBe(0);
  });

  it('reads and writes in proportion to what moves, without a scan', async () => {
    await fill(0, 7, 100);
    const spent = { read: 0, written: 0 };
    const batch = env.CLICKS.batch.bind(env.CLICKS);
    vi.spyOn(env.CLICKS, 'batch').mockImplementation(async (statements) => {
      const results = await batch(statements);
      for (const { meta } of results) {
        spent.read += meta.rows_read;
        spent.written += meta.rows_written;
      }
      return results as never;
    });
    await archive(undefined, { ...SMALL, part_clicks: 700 });
    vi.restoreAllMocks();
    // Counted, found and deleted; json_each counts as well.
    expect(spent.read).toBeLessThanOrEqual(700 * 6 + 20);
    expect(spent.written).toBeLessThanOrEqual(700 + 5);
  });
});

describe('a crash at any point', { timeout: 90_000 }, () => {
  /** Breaks the nth effect of a run: before it is done, or after. */
  async function crashAt(nth: number, after: boolean): Promise<boolean> {
    let effects = 0;
    const breaks = async <T>(effect: () => Promise<T>): Promise<T> => {
      effects += 1;
      if (effects === nth && !after) throw new Error('crash');
      const done = await effect();
      if (effects === nth) throw new Error('crash');
      return done;
    };
    const real = env.ARCHIVE as R2Bucket;
    const bucket = {
      put: (...args: Parameters<R2Bucket['put']>) => breaks(() => real.put(...args) as Promise<R2Object>),
      get: (...args: Parameters<R2Bucket['get']>) => breaks(() => real.get(...args)),
      list: real.list.bind(real),
      delete: real.delete.bind(real),
    } as unknown as ArchiveBucket;
    const batch = env.CLICKS.batch.bind(env.CLICKS);
    vi.spyOn(env.CLICKS, 'batch').mockImplementation((statements) => breaks(() => batch(statements)) as never);
    const ended = await archive(bucket).then(
      () => true,
      () => false,
    );
    vi.restoreAllMocks();
    return ended;
  }

  it('loses no click and keeps none twice; the next run ends it', async () => {
    const rows = await fill(0, 7, 17);
    let broke = 0;
    for (let nth = 1; nth <= 9; nth++) {
      for (const after of [false, true]) {
        if (!(await crashAt(nth, after))) broke += 1;
        expect(await everywhere()).toEqual(ids(rows));
        const found = await recordedClicks(stored(), [visitor(3)], T0, NOW);
        expect(ids(found)).toEqual(ids(rows.filter((row) => row.visitor_id === visitor(3))));
      }
    }
    expect(broke).toBeGreaterThan(3);
    expect(await archive()).toMatchObject({ state: 'done' });
    expect(await inD1()).toBe(0);
    expect(await everywhere()).toEqual(ids(rows));
  });

  it('two runs at once move each click once', async () => {
    const rows = await fill(0, 7, 30);
    await Promise.allSettled([archive(), archive(), archive()]);
    await archive();
    expect(await everywhere()).toEqual(ids(rows));
  });

  it('an object that does not hold what was written keeps its rows where they are', async () => {
    await fill(0, 7, 5);
    const real = env.ARCHIVE as R2Bucket;
    const forgetful = {
      ...real,
      put: async () => null,
      get: real.get.bind(real),
      list: real.list.bind(real),
    } as unknown as ArchiveBucket;
    await expect(archive(forgetful)).rejects.toThrow('does not hold');
    expect(await inD1()).toBe(35);
    expect(await env.CLICKS.prepare('SELECT count(*) AS n FROM archive_parts').first('n')).toBe(0);
  });
});

describe('an archived click is read as one in the database', { timeout: 90_000 }, () => {
  it('the same clicks before and after, for every visitor and any stretch of time', async () => {
    await fill(0, 21, 20);
    await fill(195, 2, 20);
    const asked: [string[], number, number][] = [];
    for (let v = 0; v < 18; v++)
      asked.push([[visitor(v)], T0, NOW], [[visitor(v), visitor(v + 1)], T0 + 3.4 * DAY, T0 + 9.7 * DAY]);
    const before = await Promise.all(asked.map(async (ask) => ids(await recordedClicks(stored(), ...ask))));
    await archive();
    expect(await inD1()).toBe(40);
    const after = [];
    for (const ask of asked) after.push(ids(await recordedClicks(stored(), ...ask)));
    expect(after).toEqual(before);
  });

  it('a visitor who fills several blocks and objects is read whole', async () => {
    const rows = await fill(0, 7, 30, 1);
    await archive();
    expect(ids(await recordedClicks(stored(), [visitor(0)], T0, NOW))).toEqual(ids(rows));
  });

  it('fetches one block a stretch, whoever is asked for: a known visitor costs what an unknown one costs', async () => {
    await fill(0, 28, 20, 500);
    await archive();
    const real = env.ARCHIVE as R2Bucket;
    const counts: number[] = [];
    for (const who of [visitor(250), 'nobody_of_all___', '-', 'zzzzzzzzzzzzzzzz']) {
      let gets = 0;
      let most = 0;
      const get = async (key: string, options: R2GetOptions) => {
        gets += 1;
        most = Math.max(most, (options.range as { length: number }).length);
        return real.get(key, options);
      };
      await recordedClicks(stored({ get } as unknown as ArchiveBucket), [who], T0, NOW);
      expect(most).toBeLessThan(1500);
      counts.push(gets);
    }
    expect(counts).toEqual([4, 4, 4, 4]);
  });

  it('an object that is gone is a row that was lost: logged, and not an error', async () => {
    await fill(0, 7, 5);
    await archive();
    const { objects } = await env.ARCHIVE!.list();
    await env.ARCHIVE!.delete(objects.map(({ key }) => key));
    expect(await recordedClicks(stored(), [visitor(1)], T0, NOW)).toEqual([]);
  });
});

describe('an object whose bytes have rotted', { timeout: 90_000 }, () => {
  const spoiled: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['bytes changed', (bytes) => bytes.map((byte, i) => (i % 7 === 3 ? byte ^ 0xff : byte))],
    ['cut short', (bytes) => bytes.slice(0, 25)],
  ];
  it.each(spoiled)('%s: it is as one that is gone, and is logged', async (_, spoil) => {
    const rows = await fill(0, 14, 5);
    await archive();
    const { objects } = await env.ARCHIVE!.list();
    const key = objects[0]!.key;
    await env.ARCHIVE!.put(key, spoil(new Uint8Array(await (await env.ARCHIVE!.get(key))!.arrayBuffer())));
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
    const found = await recordedClicks(stored(), [visitor(1)], T0, NOW);
    vi.restoreAllMocks();
    expect(ids(found)).toEqual(ids(rows.filter((row) => row.visitor_id === visitor(1) && row.day > '2026-01-07')));
    expect(lines.map((text) => (JSON.parse(text) as { event: string; key: string }).key)).toEqual([key]);
  });

  it('a bucket that does not answer is no lost click: the reader fails, and is asked again', async () => {
    await fill(0, 7, 5);
    await archive();
    const get = () => Promise.reject(new Error('get: We encountered an internal error. Please try again. (10001)'));
    await expect(recordedClicks(stored({ get } as unknown as ArchiveBucket), [visitor(1)], T0, NOW)).rejects.toThrow(
      'internal error',
    );
  });
});

describe('retention reaches the archive', { timeout: 90_000 }, () => {
  it('a stretch goes when its first day is past its time, objects that a crash left included', async () => {
    await fill(0, 14, 20);
    await archive();
    await env.ARCHIVE!.put('clicks/v1/2026-01-02_2026-01-02/left.ndjson.gz', 'x');
    const before = (await env.ARCHIVE!.list()).objects.length;
    expect(await dropArchived(clicks(), env.ARCHIVE as R2Bucket, '2026-01-01')).toBe(0);
    expect(await dropArchived(clicks(), env.ARCHIVE as R2Bucket, '2026-01-08')).toBe(4);
    expect((await env.ARCHIVE!.list()).objects.length).toBe(before - 4);
    expect(await env.CLICKS.prepare('SELECT DISTINCT from_day FROM archive_parts').first('from_day')).toBe(
      '2026-01-08',
    );
    expect((await recordedClicks(stored(), [visitor(3)], T0, NOW)).every((row) => row.day >= '2026-01-08')).toBe(true);
  });

  it('the daily job archives in its hour, and deletes by the policy’s days (402)', async () => {
    await fill(0, 7, 5);
    await runArchive(env, NOW);
    expect(await inD1()).toBe(35);
    await runArchive(env, NOW + 4 * 3_600_000);
    expect(await inD1()).toBe(0);
    await runArchive(env, T0 + 402 * DAY + 4 * 3_600_000);
    expect((await env.ARCHIVE!.list()).objects.length).toBe(1);
    await runArchive(env, T0 + 404 * DAY + 4 * 3_600_000);
    expect((await env.ARCHIVE!.list()).objects).toEqual([]);
  });
});
