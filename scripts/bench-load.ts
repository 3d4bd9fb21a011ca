import { systemNow } from '../src/clock.ts';
import { type House, startHouse } from './bench/house.ts';
import { printTable, saveResult, type Row } from './bench/results.ts';
import type { Mode } from './bench/tracker.ts';
import { flood, TROUBLES, visitThroughTrouble } from './bench/under-load.ts';

/**
 * `npm run bench:load`: clicks at the highest rate this machine holds, for ten minutes (`-- --minutes 1`), while each store is made slow,
 * failing, then back; after it a flood of unknown codes. `-- --mode database` for CLICK_LOG=database. The counts are what it is for:
 * test/harness/clicks-under-load.test.ts holds them in seconds.
 */
const MINUTES = Number(after('--minutes') ?? 10);
const MODE: Mode = after('--mode') === 'database' ? 'database' : 'queue';
const CONNECTIONS = 32;
const FLOOD_MINUTES = 5;
const FLOOD_A_MINUTE = 6000;
const DAY_MS = 86_400_000;

function after(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at < 0 ? undefined : process.argv[at + 1];
}

const none = (what: string, ours: number, unit: string): Row => ({
  what,
  ours,
  limit: 0,
  unit,
  ok: ours === 0,
  ratio: null,
});
const told = (what: string, ours: number, unit: string): Row => ({ what, ours, limit: null, unit, ok: null });

async function measure(house: House): Promise<Row[]> {
  const slot = (MINUTES * 60_000) / (2 * TROUBLES.length + 1);
  const plan = { connections: CONNECTIONS, trouble_ms: slot, well_ms: slot, troubles: TROUBLES };
  // A message that was refused four times comes again after ten minutes.
  const seen = await visitThroughTrouble(house, systemNow(), { ...plan, patience_ms: 620_000 });
  const met = Object.values(await house.met());
  if (Math.min(...met) === 0) throw new Error('a store was never asked while it failed: nothing is shown');
  const flooded = await flood(house, systemNow() + 30 * DAY_MS, FLOOD_MINUTES, FLOOD_A_MINUTE);
  return [
    none('answers without redirect and cookie, connections that broke', seen.wrong, 'answers'),
    none('clicks lost after recovery', seen.answered - seen.clicks, 'clicks'),
    none('clicks counted twice', seen.rows - seen.clicks, 'rows'),
    none(
      `a flood of ${FLOOD_A_MINUTE} unknown codes a minute: questions to the books after the first`,
      flooded.later,
      'queries',
    ),
    told('the flood’s first minute', flooded.first_minute, 'queries'),
    told('clicks still in the queue', seen.waiting, 'clicks'),
    told('clicks answered', seen.answered, 'clicks'),
    told(
      'stores asked while something was wrong with them',
      met.reduce((sum, n) => sum + n, 0),
      'times',
    ),
    told('rate', seen.rate, 'answers/s'),
    told('p50', seen.p50, 'ms'),
    told('p99', seen.p99, 'ms'),
    told('slowest', seen.slowest, 'ms'),
  ];
}

const house = await startHouse(MODE);
try {
  const table = await measure(house);
  console.log(`CLICK_LOG=${MODE}, ${MINUTES} minutes`);
  printTable(table);
  console.log(`\nwritten to ${saveResult(`load-${MODE}`, table)}`);
  if (table.some(({ ok }) => ok === false)) process.exitCode = 1;
} finally {
  await house.stop();
}
