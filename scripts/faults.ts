import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { allMutations } from '../test/faults/all.ts';
import type { Mutation } from '../test/faults/mutation.ts';

/**
 * `npm run faults`: puts each fault of test/faults back, in a copy of the tree, and demands that the test named for it fails, and passes
 * without it. `npm run faults -- 5 12b` does those of the numbers. Exit code 1 where a fault survives.
 */
interface Tested {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

const root = join(import.meta.dirname, '..');
const left_out = new Set([
  'node_modules',
  '.git',
  '.wrangler',
  '.local',
  '.stryker-tmp',
  'reports',
  'dist',
  'coverage',
]);
const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };
/** A test that fails by one of these has not seen the fault: the edit does not run. */
const BROKEN = /^(?:\w*SyntaxError|ReferenceError|TypeError)\b|Failed to (?:resolve|load)|Transform failed/m;

async function mutationsOf(asked: readonly string[]): Promise<Mutation[]> {
  const fits = ({ fault }: Mutation) => asked.some((number) => fault === number || fault.replace(/\D/g, '') === number);
  return (await allMutations()).filter((mutation) => asked.length === 0 || fits(mutation));
}

const running = new Set<ReturnType<typeof spawn>>();

/** Runs a test file of the copy, or one test of it; what became of each, or null where it could not be run. */
async function runTests(copy: string, project: string, file: string, name?: string): Promise<Tested[] | null> {
  const report = join(copy, 'report.json');
  await rm(report, { force: true });
  const only = name === undefined ? [] : ['-t', name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', project, file, ...only, '--reporter=json', `--outputFile=${report}`];
  await new Promise<void>((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: copy,
      env: { ...env, PWD: copy },
      stdio: 'ignore',
      timeout: 300_000,
    });
    running.add(child);
    child.on('close', () => {
      running.delete(child);
      resolve();
    });
  });
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return null;
  const { testResults } = JSON.parse(text) as { testResults: { assertionResults: Tested[] }[] };
  return testResults.flatMap((tested) => tested.assertionResults);
}

/** Puts the edits into the copy; what undoes them. */
async function edit(copy: string, edits: Mutation['edits']): Promise<() => Promise<void>> {
  const before = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const path = join(copy, file);
    const text = await readFile(path, 'utf8');
    if (!before.has(path)) before.set(path, text);
    if (text.split(find).length !== 2) throw new Error(`${file}: what is to be changed is not there once: ${find}`);
    await writeFile(
      path,
      text.replace(find, () => replace),
    );
  }
  return async () => {
    for (const [path, text] of before) await writeFile(path, text);
  };
}

/** What became of one fault: `killed` and by which words, or why not. */
async function tried(copy: string, mutation: Mutation): Promise<{ outcome: string; words?: string }> {
  const { project, file, name } = mutation.caught_by;
  const undo = await edit(copy, mutation.edits);
  try {
    const results = (await runTests(copy, project, file, name))?.filter((test) => test.title === name) ?? [];
    const [result] = results;
    if (!result || results.length > 1) return { outcome: `the test ran ${results.length} times` };
    if (result.status !== 'failed') return { outcome: `SURVIVED (${result.status})` };
    const broken = result.failureMessages.find((message) => BROKEN.test(message));
    if (broken !== undefined) return { outcome: `the edit does not run: ${broken.split('\n')[0]}` };
    const words = result.failureMessages.flatMap((message) => /^(?:\w*Error: )?(.{1,140})/.exec(message)?.[1] ?? [])[0];
    return { outcome: 'killed', ...(words === undefined ? {} : { words }) };
  } finally {
    await undo();
  }
}

const mutations = await mutationsOf(process.argv.slice(2));
if (mutations.length === 0) throw new Error('there is no such fault');
const copy = await mkdtemp(join(tmpdir(), 'lastclick-faults-'));
const leave = async (code: number): Promise<never> => {
  const ended = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of running) child.kill('SIGTERM');
  await Promise.all(ended);
  await rm(copy, { recursive: true, force: true });
  process.exit(code);
};
process.on('SIGINT', () => void leave(130));
process.on('SIGTERM', () => void leave(143));

let failed = 0;
try {
  await cp(root, copy, {
    recursive: true,
    filter: (source) => !left_out.has(source.slice(root.length + 1)) && !source.endsWith('.dev.vars'),
  });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  const sound = new Map<string, Tested[] | null>();
  for (const { caught_by } of mutations) {
    const { project, file } = caught_by;
    if (!sound.has(file)) sound.set(file, await runTests(copy, project, file));
  }
  for (const mutation of mutations) {
    const { fault, says, caught_by } = mutation;
    const green = sound.get(caught_by.file)?.find((test) => test.title === caught_by.name)?.status === 'passed';
    const { outcome, words = '' } = green
      ? await tried(copy, mutation)
      : { outcome: 'the test is not green without the fault' };
    if (outcome !== 'killed') failed += 1;
    console.log(`${fault.padEnd(4)} ${outcome.padEnd(9)} ${says}\n     by ${caught_by.file}: ${caught_by.name}`);
    if (words !== '') console.log(`     ${words}`);
  }
  console.log(`${mutations.length - failed} killed, ${failed} not`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  failed += 1;
} finally {
  await leave(failed === 0 ? 0 : 1);
}
