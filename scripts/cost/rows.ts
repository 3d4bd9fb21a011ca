import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

import { moveClicks } from '../../src/archive/archive.repo.ts';
import { FIRST_VISITOR, LAST_VISITOR } from '../../src/archive/archive.rules.ts';
import { keepClicks, type ClickRow } from '../../src/attribution/click.repo.ts';
import type { ClickMessage } from '../../src/attribution/click.ts';
import { clickRowOf, consumeClicks } from '../../src/attribution/clicks.consumer.ts';
import { newClickId, newVisitorId } from '../../src/attribution/ids.ts';
import { linkInBooks } from '../../src/attribution/link-lookup.repo.ts';
import { writeClicks } from '../../src/attribution/write-clicks.repo.ts';
import { systemNow } from '../../src/clock.ts';
import { noCost } from '../../src/http/cost.ts';
import { openDatabase } from '../../src/program/commit.repo.ts';
import { countDay } from '../../src/statistics/count.repo.ts';
import { giveLink, migrate } from '../bench/databases.ts';
import type { Usage } from './prices.ts';

/** What a click costs in rows, by the statements that the Workers run, on real databases; and the consumer's CPU. */
export interface RowsUsed {
  /** Through the queue: a message's click, alone in its batch. */
  consumed: Usage;
  /** Written by the front door. */
  written: Usage;
  /** A click that comes again: what it writes. */
  again: number;
  /** Added up for the statistics, three times a day's end (src/statistics/count.rules.ts). */
  counted: Usage;
  /** A link that an isolate does not know. */
  looked_up: Usage;
  /** A click that leaves the database, for the archive or at the end of its time. */
  left: Usage;
}

const CLICKS = 200;
const COUNTS_A_DAY = 3;

const aClick = (): ClickMessage => ({
  v: 1,
  click_id: newClickId(systemNow()),
  visitor_id: newVisitorId(),
  clicked_at: systemNow(),
  code: 'mira',
  partner_id: 'ana',
  class: 'person',
});

async function migrated(miniflare: Miniflare, name: string): Promise<D1Database> {
  const database = (await miniflare.getD1Database(name)) as unknown as D1Database;
  await migrate(database, name);
  return database;
}

/** Adds up what statements of a database cost. */
function counted(database: D1Database): { database: D1Database; rows: { row_written: number; row_read: number } } {
  const rows = { row_written: 0, row_read: 0 };
  const note = (results: readonly D1Result[]): void => {
    for (const { meta } of results) {
      rows.row_written += meta.rows_written;
      rows.row_read += meta.rows_read;
    }
  };
  const statement = (inner: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(inner, {
      get: (target, name) => {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values));
        if (name === 'inner') return target;
        if (name !== 'run' && name !== 'all') return Reflect.get(target, name) as unknown;
        return async () => {
          const result = await target.all();
          note([result]);
          return result;
        };
      },
    });
  const proxy = {
    prepare: (text: string) => statement(database.prepare(text)),
    batch: async (statements: (D1PreparedStatement & { inner?: D1PreparedStatement })[]) => {
      const results = await database.batch(statements.map((one) => one.inner ?? one));
      note(results);
      return results;
    },
  } as unknown as D1Database;
  return { database: proxy, rows };
}

const each = (rows: { row_written: number; row_read: number }, n: number): Usage => ({
  row_written: rows.row_written / n,
  row_read: rows.row_read / n,
});

/** Measures it on databases of its own, which it takes away again. */
export async function measureRows(): Promise<RowsUsed> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({ modules: true, script: 'export default {}', d1Databases: ['CLICKS', 'BOOKS'] }),
  );
  try {
    const clicks = await migrated(miniflare, 'CLICKS');
    const books = await migrated(miniflare, 'BOOKS');
    const messages = Array.from({ length: CLICKS }, aClick);
    const consumer = counted(clicks);
    for (const click of messages)
      await consumeClicks(batchOf({ v: 2, clicks: [click] }), openDatabase(consumer.database));
    const again = counted(clicks);
    await keepClicks(
      openDatabase(again.database),
      messages.flatMap((click) => clickRowOf(click) ?? []),
    );
    const door = counted(clicks);
    for (let n = 0; n < CLICKS; n++) await writeClicks(door.database, [aClick()]);
    const statistics = counted(clicks);
    for (const { day } of (await clicks.prepare('SELECT DISTINCT day FROM clicks').all<{ day: string }>()).results)
      await countDay(openDatabase(statistics.database), day, systemNow());
    const leaving = counted(clicks);
    const rows = (await clicks.prepare('SELECT * FROM clicks ORDER BY visitor_id').all<ClickRow>()).results;
    await moveClicks(openDatabase(leaving.database), partOf(rows), rows);
    const looked = noCost();
    await giveLink(books, 'mira', 'ana');
    await linkInBooks(books, 'mira', systemNow(), looked);
    return {
      consumed: { ...each(consumer.rows, CLICKS), cpu_ms: await consumerCpu() },
      written: each(door.rows, CLICKS),
      again: again.rows.row_written / CLICKS,
      counted: { row_read: (COUNTS_A_DAY * statistics.rows.row_read) / (2 * CLICKS) },
      looked_up: { kv_read: 1, row_read: looked.rows_read },
      left: each(leaving.rows, 2 * CLICKS),
    };
  } finally {
    await miniflare.dispose();
  }
}

/** An object of the archive that would hold these clicks. */
function partOf(rows: readonly ClickRow[]) {
  const days = rows.map(({ day }) => day).toSorted();
  const [from_day = '', to_day = ''] = [days[0], days.at(-1)];
  const bounds = { from_day, to_day, from_visitor: FIRST_VISITOR, to_visitor: LAST_VISITOR };
  return { ...bounds, key: 'measured', bytes: 0, blocks: '[]', archived_at: systemNow() };
}

/** Milliseconds of CPU that the consumer takes for a click alone in its batch, without the database's own: a call that is answered at once. */
async function consumerCpu(): Promise<number> {
  const statement = { bind: () => statement };
  const database = { prepare: () => statement, batch: async () => [{ meta: { changes: 1 } }] } as unknown as D1Database;
  const bodies = Array.from({ length: CLICKS }, () => ({ v: 2, clicks: [aClick()] }));
  const began = process.cpuUsage();
  for (const body of bodies) await consumeClicks(batchOf(body), openDatabase(database));
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000 / CLICKS;
}

const nothing = (): void => {};
const refuse = (): never => {
  throw new Error('the clicks database did not take a click');
};

/** A queue batch of one message. */
function batchOf(body: unknown): MessageBatch {
  const message = { id: '1', timestamp: new Date(0), attempts: 1, body, ack: nothing, retry: refuse };
  const batch = { queue: 'lastclick-clicks', messages: [message], ackAll: nothing, retryAll: refuse };
  return batch as unknown as MessageBatch;
}
