import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

import { formatInstant, systemNow } from '../../src/clock.ts';

/** One figure of a bench: what was measured, ours, the most (or, as `ok` says, the least) it may be, and how far it is from that. */
export interface Row {
  what: string;
  ours: number;
  /** Null where the figure is only told. */
  limit: number | null;
  /** Ours ÷ limit where left out; null where there is nothing to compare. */
  ratio?: number | null;
  unit: string;
  /** Whether the goal is met; null where there is none. */
  ok: boolean | null;
}

/** On what a bench ran. */
interface Surroundings {
  machine: { cpu: string; cores: number; memory_bytes: number; system: string };
  versions: Record<string, string>;
  /** The commit checked out, and whether files differ from it. */
  commit: { id: string; changed: boolean } | null;
}

const root = join(import.meta.dirname, '../..');
const results = join(root, 'bench/results');
const PACKAGES = ['workerd', 'miniflare', 'wrangler', 'typescript'];

/** Prints a table of figures: ours, limit, ratio. */
export function printTable(rows: readonly Row[]): void {
  const cells = [
    ['', 'ours', 'limit', 'ratio', 'unit', ''],
    ...rows.map((row) => [
      row.what,
      figure(row.ours),
      row.limit === null ? '–' : figure(row.limit),
      ratioOf(row) === null ? '–' : figure(ratioOf(row) ?? 0),
      row.unit,
      row.ok === null ? '' : row.ok ? 'holds' : 'MISSED',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  for (const line of cells) {
    const padded = line.map((cell, i) =>
      i > 0 && i < 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    console.log(padded.join('  ').trimEnd());
  }
}

/** Writes a bench's table to `bench/results/{name}.json`, with machine, versions and commit. Answers with the file's path. */
export function saveResult(name: string, table: readonly Row[]): string {
  mkdirSync(results, { recursive: true });
  const path = join(results, `${name}.json`);
  const rows = table.map((row) => ({ ...row, ratio: ratioOf(row) }));
  const result = { name, measured_at: formatInstant(systemNow()), ...surroundings(), rows };
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  return path;
}

/** The table that a bench has written, or null where it has not run here. */
export function readResult(name: string): { name: string; measured_at: string; rows: Row[] } | null {
  try {
    return JSON.parse(readFileSync(join(results, `${name}.json`), 'utf8')) as ReturnType<typeof readResult>;
  } catch {
    return null;
  }
}

function ratioOf({ ours, limit, ratio }: Row): number | null {
  if (ratio !== undefined) return ratio;
  return limit === null || limit === 0 ? null : ours / limit;
}

/** Three digits that mean something; whole numbers whole. */
function figure(value: number): string {
  return Number.isInteger(value) || Math.abs(value) >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : value.toPrecision(3);
}

function surroundings(): Surroundings {
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memory_bytes: totalmem(),
      system: `${process.platform} ${release()}`,
    },
    versions: { node: process.versions.node, ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])) },
    commit: commit(),
  };
}

function versionOf(name: string): string {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

function commit(): Surroundings['commit'] {
  try {
    return { id: git('rev-parse', 'HEAD'), changed: git('status', '--porcelain') !== '' };
  } catch {
    // A copy without its history.
    return null;
  }
}
