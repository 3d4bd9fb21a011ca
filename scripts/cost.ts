import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { GATHER_MS } from '../src/attribution/click-log.ts';
import { MESSAGES_A_BATCH } from '../src/attribution/clicks.consumer.ts';
import { load } from './bench/load.ts';
import { printTable, saveResult, type Row } from './bench/results.ts';
import { bundleTracker, countsOf, startMeasured, startStores, visitText, type Mode } from './bench/tracker.ts';
import { dollarsOf, together, type Usage } from './cost/prices.ts';
import { measureRows } from './cost/rows.ts';

/**
 * `npm run cost`: what a million clicks more cost, by Cloudflare's price list (cost/prices.ts), from what is measured here: operations and
 * CPU of the tracker on bare workerd, rows of the statements on real databases. Clicks come one by one, each in a message of its own: the
 * dearest way there is. `busy`: as many as an isolate can gather.
 */
const SPARSE = 60;
const BUSY = 3000;
/** Seconds that the consumer waits for a batch to fill (workers/program/wrangler.toml). */
const BATCH_WAIT_S = 30;
const MONTH_S = 30 * 24 * 3600;
const MILLION = 1_000_000;

type Traffic = 'sparse' | 'busy';

/** What the front door uses a click, its request included. */
async function doorUsage(mode: Mode, traffic: Traffic): Promise<Usage & { clicks_a_send: number }> {
  const { folder, bundle, remove } = await bundleTracker();
  const stores = await startStores(folder);
  const tracker = await startMeasured(join(folder, 'tracker.capnp'), 'tracker', { bundle, stores, mode });
  try {
    const port = tracker.ports[0] ?? 0;
    const ask = (requests: number, connections: number) =>
      load({ port, connections, requests, request: (n) => visitText(n, '/r/live-1') });
    await ask(1, 1);
    await setTimeout(3 * GATHER_MS);
    const [before, cpu] = [await countsOf(stores), tracker.cpu()];
    const clicks = traffic === 'sparse' ? SPARSE : BUSY;
    if (traffic === 'busy') await ask(clicks, 32);
    else
      for (let n = 0; n < clicks; n++) {
        await ask(1, 1);
        await setTimeout(2 * GATHER_MS);
      }
    await setTimeout(4 * GATHER_MS);
    const [after, used] = [await countsOf(stores), tracker.cpu() - cpu];
    const count = after.clicks - before.clicks;
    if (count !== clicks) throw new Error(`${count} of ${clicks} clicks were written down`);
    return {
      request: 1,
      cpu_ms: used / 1e6 / clicks,
      queue_operation: (after.operations - before.operations) / clicks,
      kv_read: (after.mirror - before.mirror) / clicks,
      clicks_a_send: clicks / (after.sends - before.sends),
    };
  } finally {
    await Promise.all([tracker.stop(), stores.stop()]);
    await remove();
  }
}

/** Invocations of the consumer a click, counted as requests: batches end when they are full or when the wait is over. */
const invocations = (clicks_a_message: number): Usage => ({
  request: 1 / (clicks_a_message * MESSAGES_A_BATCH) + MONTH_S / BATCH_WAIT_S / MILLION,
});

const priced = (what: string, usage: Usage, limit: number | null): Row => {
  const ours = dollarsOf(usage);
  return { what, ours, limit, unit: '$ a million clicks', ok: limit === null ? null : ours <= limit };
};
const exact = (what: string, ours: number, limit: number): Row => ({
  what,
  ours,
  limit,
  unit: 'rows a click',
  ok: ours === limit,
  ratio: null,
});

async function main(): Promise<void> {
  const rows = await measureRows();
  const use = async (mode: Mode, traffic: Traffic): Promise<Usage> => {
    const { clicks_a_send, ...door } = await doorUsage(mode, traffic);
    return mode === 'queue'
      ? together(door, rows.consumed, invocations(clicks_a_send), rows.counted)
      : together(door, rows.written, rows.counted);
  };
  const queue = await use('queue', 'sparse');
  const database = await use('database', 'sparse');
  const busy = await use('queue', 'busy');
  const table: Row[] = [
    priced('CLICK_LOG=queue, clicks one by one', queue, 2.6),
    priced('CLICK_LOG=database, clicks one by one', database, 1.4),
    priced('CLICK_LOG=queue, a busy isolate', busy, null),
    priced('besides, where no isolate knows the link', rows.looked_up, null),
    priced('besides, later: its row deleted, by the archive or at the end of its time', rows.left, null),
    exact('rows written, through the queue', rows.consumed.row_written ?? 0, 1),
    exact('rows written, by the front door', rows.written.row_written ?? 0, 1),
    exact('rows written for a click that comes again', rows.again, 0),
    ...told('queue', queue),
    ...told('database', database),
  ];
  printTable(table);
  console.log(`\nwritten to ${saveResult('cost', table)}`);
  if (table.some(({ ok }) => ok === false)) process.exitCode = 1;
}

const told = (mode: Mode, usage: Usage): Row[] =>
  Object.entries(usage).map(([what, ours]) => ({
    what: `CLICK_LOG=${mode}: ${what}`,
    ours,
    limit: null,
    unit: 'a click',
    ok: null,
  }));

await main();
