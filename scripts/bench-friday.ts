import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

import { FROZEN, runBaseline } from './bench/friday/baseline.ts';
import { bundle, copyState, databaseIn, makeDatabase, runFriday, type Memory, type Ran } from './bench/friday/run.ts';
import { fill, type Filled } from './bench/friday/seed.ts';
import { DUE, type Shape } from './bench/friday/shape.ts';
import { printTable, saveResult, type Row } from './bench/results.ts';

/** Partners of the whole measure: 1,000,000 lines, 200,000 of them due. */
const PARTNERS = 50_000;
const MB = 1_000_000;
/** How often each way is timed. */
const TURNS = 2;
/** What an isolate may hold. */
const ISOLATE_MB = 128;

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1' },
    shape: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const scale = Number(values.scale);
if (!(scale > 0)) throw new Error('--scale is a factor, such as 0.1 or 10');
const shapes = (values.shape === undefined ? ['even', 'skewed'] : [values.shape]).map((name) => {
  if (name !== 'even' && name !== 'skewed') throw new Error(`--shape is one of ${Object.keys(DUE).join(', ')}`);
  return name;
});

const dir = mkdtempSync(join(tmpdir(), 'bench-friday-'));
let serial = 0;
const place = (): string => join(dir, String(serial++));

/** A filled database, with what it holds. */
async function filled(bundled: string, shape: Shape): Promise<{ state: string; holds: Filled }> {
  const state = place();
  const path = await makeDatabase(bundled, state);
  return { state, holds: fill(path, shape) };
}

function frozenIn(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return String(Object.values(db.prepare(FROZEN).get() ?? {})[0]);
  } finally {
    db.close();
  }
}

const counted = (what: string, ours: number, limit: number | null, unit: string): Row => {
  return { what, ours, limit, unit, ok: limit === null ? null : ours <= limit };
};

/** The most, in megabytes. */
const mostOf = (bytes: readonly number[]): number => Math.max(0, ...bytes) / MB;

/** Batches of a freeze from which on its thirds tell whether memory is flat: a few chunks are too few. */
const TELLING = 60;

/** What the Worker held over the run, garbage collected: in the last third of the freeze against the first, and in the close at the most. */
function memoryRows(what: string, { freeze, close }: Memory): Row[] {
  const third = Math.floor(freeze.length / 3);
  const flat = freeze.length < TELLING ? null : mostOf(freeze.slice(0, third)) * 1.1;
  return [
    counted(
      `${what}: held in the last third of the freeze, against the first`,
      mostOf(freeze.slice(-third)),
      flat,
      'MB',
    ),
    counted(`${what}: held at the most in the close`, mostOf(close), ISOLATE_MB, 'MB'),
  ];
}

/** Wall, rows, limits and memory of one shape, against the CLI on a copy of the same file. */
async function measure(bundled: string, name: Shape['name']): Promise<{ rows: Row[]; ran: Ran }> {
  const { state, holds } = await filled(bundled, { name, partners: Math.round(PARTNERS * scale), past: 1 });
  console.log(`${name}: ${holds.lines} lines, ${holds.partners} partners, ${holds.due} lines due`);
  let [cli_ms, timed]: [number, Ran | null] = [Infinity, null];
  // In turns, and the better one of each counts: what else the machine does slows one or the other.
  for (let turn = 0; turn < TURNS; turn++) {
    const [base, copy] = [place(), place()];
    copyState(state, base);
    cli_ms = Math.min(cli_ms, runBaseline(databaseIn(base), join(dir, 'baseline.sql')));
    const ran = await runFriday(bundled, state, copy, false);
    if (timed === null || ran.freeze.ms < timed.freeze.ms) timed = ran;
    const [ours, theirs] = [frozenIn(databaseIn(copy)), frozenIn(databaseIn(base))];
    if (ours !== theirs) throw new Error(`the Worker and the CLI froze different things: ${ours}, ${theirs}`);
    for (const used of [base, copy]) rmSync(used, { recursive: true, force: true });
  }
  if (timed === null) throw new Error('nothing was timed');
  const again = place();
  const rows = await runFriday(bundled, state, again, true);
  for (const used of [state, again]) rmSync(used, { recursive: true, force: true });
  const { freeze, whole, most } = rows;
  return {
    ran: rows,
    rows: [
      counted(`${name}: freeze, times the CLI's wall`, timed.freeze.ms / cli_ms, 4, '×'),
      counted(`${name}: freeze, rows read a line due`, freeze.rows_read / holds.due, 6, 'rows'),
      counted(`${name}: freeze, rows written a line due`, freeze.rows_written / holds.due, 1.6, 'rows'),
      counted(`${name}: freeze`, timed.freeze.ms / 1000, null, 's'),
      counted(`${name}: the same in the CLI`, cli_ms / 1000, null, 's'),
      counted(`${name}: with its close, rows read a line due`, whole.rows_read / holds.due, null, 'rows'),
      counted(`${name}: with its close, rows written a line due`, whole.rows_written / holds.due, null, 'rows'),
      counted(`${name}: with its close`, timed.whole.ms / 1000, null, 's'),
      counted(`${name}: invocations of one firing`, timed.invocations, null, 'invocations'),
      counted(`${name}: queries of one invocation`, most.queries, 1000, 'queries'),
      counted(`${name}: parameters of a statement`, most.parameters, 100, 'parameters'),
      counted(`${name}: largest parameter`, most.parameter_bytes / MB, 2, 'MB'),
      counted(`${name}: largest statement`, most.statement_bytes / 1000, 100, 'KB'),
      counted(`${name}: longest batch`, timed.most.batch_ms / 1000, 30, 's'),
      ...memoryRows(name, rows.memory),
      counted(`${name}: the Worker's heap when it ends`, timed.memory.ended / MB, ISOLATE_MB, 'MB'),
      counted(`${name}: the process with local D1 at the most`, timed.memory.process / MB, null, 'MB'),
    ],
  };
}

/** Rows a line due at four sizes, and with ten times the past: the first must not grow, the second not change. */
async function growth(bundled: string): Promise<Row[]> {
  const rows: Row[] = [];
  const base = (PARTNERS * scale) / 10;
  let smallest: Ran['freeze'] | null = null;
  for (const [size, past] of [
    [1, 1],
    [1, 10],
    [2, 1],
    [4, 1],
    [8, 1],
  ] as const) {
    const { state, holds } = await filled(bundled, { name: 'even', partners: Math.round(base * size), past });
    const copy = place();
    const { freeze, memory } = await runFriday(bundled, state, copy, true);
    for (const used of [state, copy]) rmSync(used, { recursive: true, force: true });
    smallest ??= freeze;
    const what = `${holds.due} lines due of ${holds.lines}`;
    const times = past === 1 ? size : 1;
    rows.push(
      // The share of what does not depend on the size shrinks: never more than so many times the smallest.
      counted(`${what}: rows read`, freeze.rows_read, smallest.rows_read * times, 'rows'),
      counted(`${what}: rows written`, freeze.rows_written, smallest.rows_written * times, 'rows'),
      ...memoryRows(what, memory),
      counted(`${what}: the process with local D1 at the most`, memory.process / MB, null, 'MB'),
    );
  }
  return rows;
}

try {
  const bundled = await bundle(join(dir, 'bundle'));
  const table: Row[] = [];
  for (const name of shapes) table.push(...(await measure(bundled, name)).rows);
  table.push(...(await growth(bundled)));
  printTable(table);
  const part = [scale === 1 ? [] : [String(scale)], values.shape ?? []].flat();
  console.log(saveResult(['friday', ...part].join('-'), table));
  if (table.some((row) => row.ok === false)) process.exitCode = 1;
} finally {
  if (values.keep) console.log(dir);
  else rmSync(dir, { recursive: true, force: true });
}
