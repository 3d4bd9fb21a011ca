import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, Response as MiniflareResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

import { root } from '../../local/files.ts';
import { wrangler } from '../../wrangler.ts';
import { inspect, type Inspector } from './inspector.ts';
import { FRIDAY } from './shape.ts';

/** What a part of a run cost; rows and queries are 0 where they were not counted. */
export interface Cost {
  ms: number;
  queries: number;
  rows_read: number;
  rows_written: number;
}

/** What one Friday cost: its freeze, and all of it with the close; the most that one statement asked; the Worker's memory. */
export interface Ran {
  freeze: Cost;
  whole: Cost;
  most: { parameters: number; parameter_bytes: number; statement_bytes: number; batch_ms: number; queries: number };
  /** Of the Worker, all in one firing of the cron. */
  invocations: number;
  memory: Memory;
}

/** Bytes. */
export interface Memory {
  /** What the isolate's heap really held, garbage collected, before each batch of the freeze, and of its close; empty where time is told. */
  freeze: number[];
  close: number[];
  /** The heap when the run has ended, garbage and all. */
  ended: number;
  /** The whole process, with local D1 and its pages, at the most. */
  process: number;
}

const config = 'scripts/bench/friday/wrangler.toml';

// The bench's Worker collects its garbage before its heap is looked at.
process.env.MINIFLARE_WORKERD_V8_FLAGS = '--expose-gc';

/** Bundles the Worker as a deploy would. */
export async function bundle(dir: string): Promise<string> {
  await wrangler('deploy', '--dry-run', '-c', config, '--outdir', dir);
  return join(dir, 'worker.js');
}

/** What is done while the Worker waits between two batches of a part of its run. */
type Pause = (part: string) => Promise<void>;

function start(bundled: string, state: string, pause: Pause = async () => {}): Miniflare {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, config));
  const { rootPath: _, modulesRules: __, zone: ___, ...rest } = workerOptions;
  const vars = {
    ENVIRONMENT: 'production',
    CLOCK: 'system',
    PROGRAM_NAME: 'Bench',
    PAYOUT_RAIL: 'export',
    PAYOUT_APPROVAL: 'none',
    PAYPAL_API_BASE: 'https://api-m.paypal.com',
    PAYPAL_POLL_SECONDS: '900',
    COST_HEADERS: 'off',
  };
  return new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: 0,
      cf: false,
      inspectorPort: 0,
      log: new Log(LogLevel.ERROR),
      resourcePersistencePath: state,
      workers: [
        {
          ...rest,
          name: 'friday',
          bindings: vars,
          serviceBindings: {
            PAUSE: async ({ url }: { url: string }) => {
              await pause(new URL(url).pathname.slice(1));
              return new MiniflareResponse();
            },
          },
          modulesRoot: join(bundled, '..'),
          modules: [{ type: 'ESModule' as const, path: bundled, contents: readFileSync(bundled, 'utf8') }],
        },
      ],
    }),
  );
}

/** Makes the D1 database's file, empty, in a directory of local state; answers with its path. */
export async function makeDatabase(bundled: string, state: string): Promise<string> {
  mkdirSync(state, { recursive: true });
  const miniflare = start(bundled, state);
  try {
    const books = await miniflare.getD1Database('BOOKS');
    await books.prepare('CREATE TABLE made (n INTEGER)').run();
    await books.prepare('DROP TABLE made').run();
  } finally {
    await miniflare.dispose();
  }
  return databaseIn(state);
}

/** The D1 database's file in a directory of local state. */
export function databaseIn(state: string): string {
  const found = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /D1Database|\bd1\b/i.test(path) && path.endsWith('.sqlite') && !path.includes('metadata'),
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`one database was expected in ${state}: ${found.join(', ')}`);
  return join(state, found[0]);
}

/** Bytes that the workerd processes of this one hold, heaps of V8 and SQLite's pages alike; of the largest. */
function processMemory(): number {
  const sizes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, command, parent] = /^\d+ \((.*)\) \S+ (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
      if (command !== 'workerd' || Number(parent) !== process.pid) return [];
      return [1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1] ?? 0)];
    } catch {
      // It has ended since it was listed.
      return [];
    }
  });
  return Math.max(0, ...sizes);
}

/** The largest that the process was while the work was done, looked at five times a second. */
async function largest<T>(work: Promise<T>): Promise<{ value: T; process: number }> {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, processMemory());
  }, 200);
  try {
    return { value: await work, process: most };
  } finally {
    clearInterval(timer);
  }
}

/** Copies a directory of local state. */
export function copyState(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** Runs the measured Friday in the real Worker on a copy of filled state, which is left at `copy`: one firing of the cron. */
export async function runFriday(bundled: string, state: string, copy: string, count: boolean): Promise<Ran> {
  copyState(state, copy);
  const heap = { freeze: [] as number[], close: [] as number[] };
  let inspector: Inspector | null = null;
  const miniflare = start(bundled, copy, async (part) => {
    if (inspector) heap[part === 'close' ? 'close' : 'freeze'].push(await inspector.used());
  });
  try {
    await miniflare.ready;
    inspector = await inspect(await miniflare.getInspectorURL(), 'friday');
    const query = `cron=${encodeURIComponent(FRIDAY.cron)}&at=${FRIDAY.run_at}${count ? '&count' : ''}`;
    const wake = async (): Promise<Omit<Ran, 'memory'>> => {
      const response = await miniflare.dispatchFetch(`http://localhost/?${query}`, { method: 'POST' });
      if (!response.ok) throw new Error(`the run of payouts failed: ${await response.text()}`);
      return (await response.json()) as Omit<Ran, 'memory'>;
    };
    const { value, process } = await largest(wake());
    const books = await miniflare.getD1Database('BOOKS');
    const closed = await books.prepare('SELECT 1 FROM closes WHERE pay_date = ?').bind(FRIDAY.pay_date).first();
    if (closed === null) throw new Error('one firing of the cron did not bring the pay day to its end');
    return { ...value, memory: { ...heap, ended: await inspector.used(), process } };
  } finally {
    inspector?.close();
    await miniflare.dispose();
  }
}
