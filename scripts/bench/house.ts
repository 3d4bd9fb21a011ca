import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

import { root } from '../local/files.ts';
import { wrangler } from '../wrangler.ts';
import { giveLink, migrate } from './databases.ts';
import type { Mode } from './tracker.ts';

/** What is wrong with a store: nothing, 1.2 s late, failing, or failing after it has done what it was asked. */
export type Fault = 'slow' | 'failing' | 'unsure';
export type Store = 'LINKS' | 'BOOKS' | 'CLICKS';
export type Faults = Partial<Record<Store, Fault>>;

/** Tracker and program as they are deployed, on workerd with real stores that can be made to fail. */
export interface House {
  readonly port: number;
  /** From now on; what is not named is well. */
  fault(faults: Faults): Promise<void>;
  /** What the front door has asked of each store so far. */
  asked(): Promise<Record<Store, number>>;
  /** How often each store was asked while something was wrong with it, by either Worker. */
  met(): Promise<Record<Store, number>>;
  /** Rows of the clicks database, and how many clicks they are. */
  kept(): Promise<{ rows: number; clicks: number }>;
  /** Clicks that the queue has taken and the consumer not yet for good: on their way, or waiting for another try. */
  waiting(): Promise<number>;
  /** Waits until the clicks database has as many rows, or until nothing has come for `patience_ms`. */
  settled(rows: number, patience_ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** The links that are live: `live-0` … */
export const LIVE_LINKS = 20;

const WORKERS = [
  { name: 'lastclick', config: 'wrangler.toml' },
  { name: 'lastclick-program', config: 'workers/program/wrangler.toml' },
] as const;

// For show: they guard nothing.
const KEYS = { COOKIE_KEYS: 'b1:YmVuY2gtY29va2llLWtleS0xLWJlbmNoLWNvb2tpZS0' };

async function module(name: string, path: string) {
  return { type: 'ESModule' as const, path: name, contents: await readFile(path, 'utf8') };
}

const own = (name: string): string => join(import.meta.dirname, 'workers', name);

async function bundled({ name, config }: (typeof WORKERS)[number], folder: string, vars: Record<string, string>) {
  const outdir = join(folder, name);
  await wrangler('deploy', '--dry-run', '-c', config, '--outdir', outdir);
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, config));
  const { rootPath: _, modulesRules: __, zone: ___, ...rest } = workerOptions;
  for (const consumer of Object.values(rest.queueConsumers ?? {}))
    if (typeof consumer === 'object') consumer.maxBatchTimeout = 0;
  const modules = [
    await module(join(outdir, 'faulty.js'), own('faulty.js')),
    await module(join(outdir, 'index.js'), join(outdir, 'index.js')),
  ];
  return { ...rest, bindings: Object.assign({}, rest.bindings, vars), name, modulesRoot: outdir, modules };
}

/** Starts it on empty stores with `LIVE_LINKS` links. Clicks are written down as `mode` says; `CLOCK=header` as in a local program. */
export async function startHouse(mode: Mode): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-load-'));
  const vars = { ENVIRONMENT: 'local', CLOCK: 'header', CLICK_LOG: mode, ...KEYS };
  const vault = {
    name: 'lastclick-payouts',
    modulesRoot: folder,
    modules: [await module(join(folder, 'vault.js'), own('vault.js'))],
  };
  const workers = await Promise.all(WORKERS.map((worker) => bundled(worker, folder, vars)));
  const log = new Log(LogLevel.ERROR);
  const options = { host: '127.0.0.1', port: 0, cf: false as const, log, workers: [...workers, vault] };
  const miniflare = new Miniflare(convertV4MiniflareOptions({ ...options, compatibilityDate: '2026-10-20' } as never));
  const url = await miniflare.ready;
  const database = async (name: string) =>
    (await miniflare.getD1Database(name, 'lastclick-program')) as unknown as D1Database;
  const [books, clicks] = [await database('BOOKS'), await database('CLICKS')];
  await migrate(books, 'BOOKS');
  await migrate(clicks, 'CLICKS');
  for (let n = 0; n < LIVE_LINKS; n++) await giveLink(books, `live-${n}`, 'ana');
  const kept = async () => {
    const row = await clicks
      .prepare('SELECT count(*) AS rows, count(DISTINCT click_id) AS clicks FROM clicks')
      .first<{ rows: number; clicks: number }>();
    return row ?? { rows: 0, clicks: 0 };
  };
  const faults = (init?: RequestInit) => fetch(new URL('/__faults', url), init);
  const told = async () =>
    (await (await faults()).json()) as Record<'asked' | 'met', Record<Store, number>> & { waiting: number };
  return {
    port: Number(url.port),
    fault: async (asked) => void (await faults({ method: 'PUT', body: JSON.stringify(asked) })),
    asked: async () => (await told()).asked,
    met: async () => (await told()).met,
    waiting: async () => (await told()).waiting,
    kept,
    settled: (rows, patience_ms) => settled(async () => (await kept()).rows, rows, patience_ms),
    async stop() {
      await miniflare.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function settled(count: () => Promise<number>, rows: number, patience_ms: number): Promise<void> {
  let [last, since] = [-1, performance.now()];
  while (performance.now() - since < patience_ms) {
    const now = await count();
    if (now >= rows) break;
    if (now !== last) [last, since] = [now, performance.now()];
    await setTimeout(200);
  }
  // What would come twice comes now.
  await setTimeout(1500);
}
