import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { wrangler } from '../wrangler.ts';
import { quoted, startWorkerd, type Binding, type Running } from './workerd.ts';

/** The redirect that every figure is a multiple of; the tracker; the tracker without the send of a click. */
export type Kind = 'constant' | 'tracker' | 'unlogged';

/** Where clicks are written down, as `CLICK_LOG` says. */
export type Mode = 'queue' | 'database';

const own = (name: string): string => join(import.meta.dirname, 'workers', name);

const VARS = {
  ENVIRONMENT: 'production',
  CLOCK: 'system',
  HOME_URL: 'https://www.example.com',
  PUBLIC_URL: 'https://go.example.com',
  SIGNUP_ORIGINS: 'https://www.example.com',
  COST_HEADERS: 'off',
  // For show: it signs nothing outside of a bench.
  COOKIE_KEYS: 'b1:YmVuY2gtY29va2llLWtleS0xLWJlbmNoLWNvb2tpZS0',
};

/** D1 over whatever answers its queries, as the platform binds it. */
const d1 = (service: string): string =>
  `wrapped = (moduleName = "cloudflare-internal:d1-api", innerBindings = [(name = "fetcher", service = ${quoted(service)})])`;

const bindings = (mode: Mode): Binding[] => [
  { name: 'LINKS', value: 'kvNamespace = "stores"' },
  { name: 'BOOKS', value: d1('stores') },
  { name: 'CLICKS', value: d1('stores') },
  { name: 'CLICK_QUEUE', value: 'queue = "stores"' },
  { name: 'PROGRAM', value: 'service = "stores"' },
  ...Object.entries({ ...VARS, CLICK_LOG: mode }).map(([name, value]) => ({ name, value: `text = ${quoted(value)}` })),
];

/** A folder for bundle and configurations, and the tracker's bundle in it, as a deploy would upload it. */
export async function bundleTracker(): Promise<{ folder: string; bundle: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-bench-'));
  await wrangler('deploy', '--dry-run', '--outdir', folder);
  return { folder, bundle: join(folder, 'index.js'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What stands behind the tracker, in a process of its own: what it costs to answer is not the tracker's. */
export const startStores = (folder: string): Promise<Running> =>
  startWorkerd(join(folder, 'stores.capnp'), [
    { name: 'stores', modules: [{ name: 'stores.js', path: own('stores.js') }] },
  ]);

/** Starts what is measured, alone in its process. */
export function startMeasured(
  file: string,
  kind: Kind,
  { bundle, stores, mode = 'queue' }: { bundle: string; stores: Running; mode?: Mode | undefined },
): Promise<Running> {
  if (kind === 'constant')
    return startWorkerd(file, [{ name: 'constant', modules: [{ name: 'constant.js', path: own('constant.js') }] }]);
  const entry = kind === 'unlogged' ? 'unlogged.js' : 'limited.js';
  const modules = [
    { name: entry, path: own(entry) },
    { name: 'index.js', path: bundle },
  ];
  const elsewhere = [{ name: 'stores', port: stores.ports[0] ?? 0 }];
  return startWorkerd(file, [{ name: 'tracker', modules, bindings: bindings(mode) }], elsewhere);
}

const SYSTEMS = [
  'X11; Linux x86_64',
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10.15',
  'Android 15; Mobile',
];
/** Agents of 64 browsers: what is remembered of one is not to look better than it is. */
const AGENTS = Array.from({ length: 64 }, (_, n) => {
  const version = 110 + (n >> 2);
  return `Mozilla/5.0 (${SYSTEMS[n & 3]}; rv:${version}.0) Gecko/20100101 Firefox/${version}.0`;
});

/** Each visit from a network of its own: a flood of one network is another matter. */
const networkAddress = (n: number): string => `${20 + ((n >> 16) & 127)}.${(n >> 8) & 255}.${n & 255}.7`;

/** A person's navigation, byte for byte. `more` are header lines. The clock of a header is taken of `localhost` only. */
export function visitText(n: number, path: string, more = '', host = 'go.example.com'): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Proto: https\r\nCF-Connecting-IP: ${networkAddress(n)}\r\nUser-Agent: ${AGENTS[n & 63]}\r\nAccept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-User: ?1\r\nUpgrade-Insecure-Requests: 1\r\n${more}\r\n`;
}

/**
 * What the stores of a process were asked: clicks taken, messages or statements that brought them, the queue's billed operations, reads of
 * mirror and books.
 */
export interface Counts {
  clicks: number;
  sends: number;
  operations: number;
  mirror: number;
  books: number;
}

/** What the stores of a process were asked so far. */
export const countsOf = async ({ ports }: Running): Promise<Counts> =>
  (await (await fetch(`http://127.0.0.1:${ports[0]}/counts`)).json()) as Counts;
