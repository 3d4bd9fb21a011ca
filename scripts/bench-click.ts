import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { load, median, quantile } from './bench/load.ts';
import { printTable, saveResult, type Row } from './bench/results.ts';
import {
  bundleTracker,
  countsOf,
  startMeasured,
  startStores,
  visitText,
  type Counts,
  type Kind,
  type Mode,
} from './bench/tracker.ts';
import type { Running } from './bench/workerd.ts';

/**
 * `npm run bench:click`: the tracker as it is deployed, on bare workerd, against a constant 302 in the same run. All modes take turns in
 * short slices, and each slice is compared with the constant redirect's of the same round, so that what else the machine does weighs on
 * both. CPU is what the scheduler counts for the workerd process. `-- --rounds 10` for a quick look.
 */
const ROUNDS = numberAfter('--rounds', 40);
const COLD_STARTS = numberAfter('--cold', 15);
const SLICE_MS = 250;
const CONNECTIONS = 32;
/** Longer than clicks are gathered for: what a slice has begun is done when its CPU is read. */
const SETTLE_MS = 120;
const WARM_UP_MS = 1500;

/** Sink's CPU per redirect as a multiple of the constant 302's, measured on this runtime (docs/clicks.md). */
const SINK = 18.7;

interface Measured {
  name: string;
  kind: Kind;
  mode?: Mode;
  path: string;
  cookie?: boolean;
  /** Clicks of 64 networks, over and over: the limit is asked about each of them. */
  crowded?: boolean;
}

const CONSTANT: Measured = { name: 'constant', kind: 'constant', path: '/r/live-1' };
const QUEUED: Measured = { name: 'queued', kind: 'tracker', path: '/r/live-1' };
const REST: Measured = { name: 'rest', kind: 'unlogged', path: '/r/live-1' };
const TOLD: readonly (Measured & { what: string })[] = [
  { name: 'back', what: 'a visitor who comes back, queued', kind: 'tracker', path: '/r/live-1', cookie: true },
  {
    name: 'tagged',
    what: 'a link with sub and utm_*, queued',
    kind: 'tracker',
    path: '/r/live-1?sub=blog.7&utm_source=post',
  },
  {
    name: 'crowded',
    what: 'a busy network, queued: the limit is asked',
    kind: 'tracker',
    path: '/r/live-1',
    crowded: true,
  },
  { name: 'database', what: 'CLICK_LOG=database', kind: 'tracker', mode: 'database', path: '/r/live-1' },
  { name: 'unknown', what: 'an unknown code', kind: 'tracker', path: '/r/nobody' },
];

interface Figures {
  ratios: number[];
  /** Microseconds of CPU a request. */
  cpu: number[];
  latencies: number[];
  /** Requests a second, of each slice. */
  rates: number[];
  answered: number;
  wrong: number;
}

function numberAfter(option: string, otherwise: number): number {
  const at = process.argv.indexOf(option);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

async function main(): Promise<void> {
  const { folder, bundle, remove } = await bundleTracker();
  // The queue of the first figure counts what it is sent; the other modes share their stores.
  const [counting, stores] = [await startStores(folder), await startStores(folder)];
  const start = (name: string, kind: Kind, mode?: Mode, behind = stores): Promise<Running> =>
    startMeasured(join(folder, `${name}.capnp`), kind, { bundle, stores: behind, mode });
  const running = new Map<Measured, Running>();
  const figures = new Map<Measured, Figures>();
  try {
    for (const measured of [CONSTANT, QUEUED, REST, ...TOLD]) {
      const { name, kind, mode } = measured;
      running.set(measured, await start(name, kind, mode, measured === QUEUED ? counting : stores));
      figures.set(measured, { ratios: [], cpu: [], latencies: [], rates: [], answered: 0, wrong: 0 });
    }
    const cookie = await cookieOf(running.get(QUEUED));
    for (const [measured, process_] of running) await slice(measured, process_, WARM_UP_MS, cookie);
    for (let round = 0; round < ROUNDS; round++) {
      let constant = 0;
      for (const [measured, process_] of running) {
        const cpu = await taken(measured, process_, cookie, figures.get(measured));
        if (measured === CONSTANT) constant = cpu;
        figures.get(measured)?.ratios.push(cpu / constant);
      }
    }
    const kept = await countsOf(counting);
    await Promise.all([...running.values()].map((process_) => process_.stop()));
    const rows = [...clickRows(figures), queueRow(kept, figures.get(QUEUED)), ...(await coldRows(start))];
    printTable(rows);
    console.log(`\nwritten to ${saveResult('click', rows)}`);
    if (rows.some(({ ok }) => ok === false)) process.exitCode = 1;
  } finally {
    await Promise.all([counting, stores, ...running.values()].map((process_) => process_.stop()));
    await remove();
  }
}

/** Visits made so far: the next ones come from other networks. */
let visits = 0;

async function slice(
  { path, cookie: returning, crowded }: Measured,
  { ports }: Running,
  duration: number,
  cookie: string,
) {
  const from = visits;
  const seen = await load({
    port: ports[0] ?? 0,
    connections: CONNECTIONS,
    duration,
    request: (n) => visitText(crowded ? n & 63 : from + n, path, returning ? `Cookie: ${cookie}\r\n` : ''),
  });
  visits += seen.answered;
  return seen;
}

/** Loads one process for a slice; answers with its microseconds of CPU a request. */
async function taken(
  measured: Measured,
  process_: Running,
  cookie: string,
  into: Figures | undefined,
): Promise<number> {
  const before = process_.cpu();
  const { answered, statuses, latencies, broken, wall } = await slice(measured, process_, SLICE_MS, cookie);
  await setTimeout(SETTLE_MS);
  const cpu = (process_.cpu() - before) / answered / 1000;
  into?.cpu.push(cpu);
  for (const latency of latencies) into?.latencies.push(latency);
  into?.rates.push((answered / wall) * 1000);
  if (into) {
    into.answered += answered;
    into.wrong += broken + answered - (statuses.get(302) ?? 0);
  }
  return cpu;
}

async function cookieOf(process_: Running | undefined): Promise<string> {
  let cookie = '';
  await load({
    port: process_?.ports[0] ?? 0,
    connections: 1,
    requests: 1,
    request: (n) => visitText(n, '/r/live-1'),
    seen: (_, __, head) => void (cookie = /\r\nset-cookie: ([^;]+)/i.exec(head)?.[1] ?? ''),
  });
  if (!cookie.startsWith('__Host-lastclick=')) throw new Error('the tracker set no cookie: nothing to measure');
  return cookie;
}

function ratioRow(what: string, figures: Figures | undefined, limit: number | null): Row {
  const ours = median(figures?.ratios ?? []);
  const answered = (figures?.wrong ?? 1) === 0;
  return {
    what,
    ours,
    limit,
    unit: '× CPU of the constant 302',
    ok: limit === null ? (answered ? null : false) : answered && ours <= limit,
  };
}

const told = (what: string, ours: number, unit: string): Row => ({ what, ours, limit: null, unit, ok: null });

function clickRows(all: ReadonlyMap<Measured, Figures>): Row[] {
  const of = (measured: Measured): Figures => all.get(measured) as Figures;
  const queued = ratioRow('a warm link, every click queued', of(QUEUED), 1.8);
  const faster = SINK / queued.ours;
  const latency = (share: number): Row => {
    const [ours, constant] = [quantile(of(QUEUED).latencies, share), quantile(of(CONSTANT).latencies, share)];
    return {
      ...told(`p${share * 100}, ${CONNECTIONS} connections, against the constant 302's`, ours, 'ms'),
      limit: constant,
    };
  };
  return [
    queued,
    ratioRow('the rest of the path, without the queue', of(REST), 1.5),
    {
      what: `throughput, against Sink (${SINK} × the constant 302)`,
      ours: faster,
      limit: 10,
      unit: '× Sink’s',
      ok: faster >= 10,
    },
    ...TOLD.map((measured) => ratioRow(measured.what, of(measured), null)),
    told('CPU of a click, queued', median(of(QUEUED).cpu), 'µs'),
    told('CPU of the constant 302', median(of(CONSTANT).cpu), 'µs'),
    latency(0.5),
    latency(0.99),
    {
      ...told('throughput of this machine, queued, against the constant 302’s', median(of(QUEUED).rates), 'requests/s'),
      limit: median(of(CONSTANT).rates),
    },
  ];
}

/** Every click that was answered reached the queue: nothing is measured that was not done. */
function queueRow({ clicks, sends }: Counts, queued: Figures | undefined): Row {
  const answered = queued?.answered ?? 0;
  const what = `clicks in the queue, of those answered (${(clicks / sends).toFixed(0)} a message); the warm-up’s too`;
  return { what, ours: clicks, limit: answered, unit: 'clicks', ok: clicks > answered };
}

type Start = (name: string, kind: Kind, mode?: Mode) => Promise<Running>;

const coldRow = (what: string, ours: number): Row => ({ what, ours, limit: 5, unit: 'ms', ok: ours <= 5 });

/** From the start of a process to its first answer, the constant redirect's and the tracker's in turns. */
async function coldRows(start: Start): Promise<Row[]> {
  const begun = async (kind: Kind): Promise<{ wall: number; cpu: number }> => {
    const began = performance.now();
    const process_ = await start(`cold-${kind}`, kind);
    try {
      const { statuses } = await load({
        port: process_.ports[0] ?? 0,
        connections: 1,
        requests: 1,
        request: (n) => visitText(n, '/r/live-1'),
      });
      if (statuses.get(302) !== 1) throw new Error('a cold start was not answered with a redirect');
      return { wall: performance.now() - began, cpu: process_.cpu() / 1e6 };
    } finally {
      await process_.stop();
    }
  };
  const later: { wall: number; cpu: number }[] = [];
  for (let n = 0; n < COLD_STARTS; n++) {
    const constant = await begun('constant');
    const tracker = await begun('tracker');
    later.push({ wall: tracker.wall - constant.wall, cpu: tracker.cpu - constant.cpu });
  }
  return [
    coldRow('cold start: first answer later than the constant 302’s', median(later.map((one) => one.wall))),
    // What a busy machine blurs less than the wall.
    coldRow('cold start: CPU more than the constant 302’s', median(later.map((one) => one.cpu))),
  ];
}

await main();
