import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

import { root } from '../../local/files.ts';
import { wrangler } from '../../wrangler.ts';
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
  most: { parameters: number; parameter_bytes: number; statement_bytes: number; batch_ms: number };
  /** Bytes: of the isolate's heap when the run has ended; of the whole process, with D1's pages, at its highest. */
  memory: { heap: number; process: number };
}

const config = 'scripts/bench/friday/wrangler.toml';

/** Bundles the Worker as a deploy would. */
export async function bundle(dir: string): Promise<string> {
  await wrangler('deploy', '--dry-run', '-c', config, '--outdir', dir);
  return join(dir, 'worker.js');
}

function start(bundled: string, state: string): Miniflare {
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

/**
 * What the Worker's isolate holds, in bytes, as V8 tells its inspector. It is asked when a run has ended: before, an isolate at work does not
 * answer. What was gathered for the close, and garbage that V8 has not collected, is still in it.
 */
async function heapOf(miniflare: Miniflare): Promise<number> {
  const inspector = await miniflare.getInspectorURL();
  const targets = (await (await fetch(new URL('/json', inspector.href.replace(/^ws/, 'http')))).json()) as {
    id: string;
  }[];
  const target = targets.find(({ id }) => id.endsWith('friday'));
  if (!target) throw new Error('the inspector does not know the Worker');
  const socket = new WebSocket(new URL(`/${target.id}`, inspector.href.replace(/^http/, 'ws')).href);
  try {
    return await new Promise<number>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.getHeapUsage' })));
      socket.addEventListener('error', () => reject(new Error('the inspector does not answer')));
      socket.addEventListener('message', ({ data }) => {
        const { id, result } = JSON.parse(String(data)) as { id?: number; result?: { usedSize?: number } };
        if (id === 1 && result?.usedSize !== undefined) resolve(result.usedSize);
      });
    });
  } finally {
    socket.close();
  }
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

async function sampled<T>(miniflare: Miniflare, work: Promise<T>): Promise<{ value: T; memory: Ran['memory'] }> {
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(processMemory()), 200);
  try {
    const value = await work;
    return { value, memory: { heap: await heapOf(miniflare), process: Math.max(0, ...samples) } };
  } finally {
    clearInterval(timer);
  }
}

/** Copies a directory of local state. */
export function copyState(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** Runs the measured Friday in the real Worker on a copy of filled state, which is left at `copy`. Wakes it as often as it takes. */
export async function runFriday(
  bundled: string,
  state: string,
  copy: string,
  count: boolean,
): Promise<Ran & { runs: number }> {
  copyState(state, copy);
  const miniflare = start(bundled, copy);
  try {
    await miniflare.ready;
    const query = `cron=${encodeURIComponent(FRIDAY.cron)}&at=${FRIDAY.run_at}${count ? '&count' : ''}`;
    const wake = async (): Promise<Omit<Ran, 'memory'>> => {
      const response = await miniflare.dispatchFetch(`http://localhost/?${query}`, { method: 'POST' });
      if (!response.ok) throw new Error(`the run of payouts failed: ${await response.text()}`);
      return (await response.json()) as Omit<Ran, 'memory'>;
    };
    const books = await miniflare.getD1Database('BOOKS');
    const closed = async () =>
      (await books.prepare('SELECT 1 FROM closes WHERE pay_date = ?').bind(FRIDAY.pay_date).first()) !== null;
    const { value, memory } = await sampled(
      miniflare,
      (async () => {
        let [sum, runs] = [await wake(), 1];
        for (; !(await closed()); runs++) sum = added(sum, await wake());
        return { ...sum, runs };
      })(),
    );
    return { ...value, memory };
  } finally {
    await miniflare.dispose();
  }
}

const plus = (a: Cost, b: Cost): Cost => ({
  ms: a.ms + b.ms,
  queries: a.queries + b.queries,
  rows_read: a.rows_read + b.rows_read,
  rows_written: a.rows_written + b.rows_written,
});

function added(a: Omit<Ran, 'memory'>, b: Omit<Ran, 'memory'>): Omit<Ran, 'memory'> {
  const most = {
    parameters: Math.max(a.most.parameters, b.most.parameters),
    parameter_bytes: Math.max(a.most.parameter_bytes, b.most.parameter_bytes),
    statement_bytes: Math.max(a.most.statement_bytes, b.most.statement_bytes),
    batch_ms: Math.max(a.most.batch_ms, b.most.batch_ms),
  };
  return { freeze: plus(a.freeze, b.freeze), whole: plus(a.whole, b.whole), most };
}
