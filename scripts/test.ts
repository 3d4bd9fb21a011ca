import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `npm test`: lint, format, types, then every test. Goes on after a fault, so that one run shows them all. The last
 * line printed is `N passed, N failed`. Arguments are handed to vitest: `npm test -- test/core`.
 */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const root = join(import.meta.dirname, '..');
const failures: string[] = [];
const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };

function run(command: string, ...args: readonly string[]): Promise<boolean> {
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin', command), args, { cwd: root, env, stdio: 'inherit' });
    child.on('error', () => resolve(false));
    child.on('close', (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      const name = `${command} ${args.slice(0, 2).join(' ')}`;
      console.log(`${code === 0 ? 'ok' : 'FAILED'}: ${name} (${seconds} s)`);
      if (code !== 0) failures.push(name);
      resolve(code === 0);
    });
  });
}

async function runTests(args: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const ok = await run('vitest', 'run', ...reporters, ...args);
  const report = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  );
  await rm(folder, { recursive: true });
  // A file that could not even be loaded has no test that failed: it counts as one.
  const unloaded = report?.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0) ?? [];
  return {
    ok,
    passed: report?.numPassedTests ?? 0,
    failed: (report?.numFailedTests ?? 1) + unloaded.length,
  };
}

const checks = [
  await run('oxlint', '--deny-warnings'),
  await run('oxfmt', '--check'),
  ...(await Promise.all(
    ['tsconfig.json', 'tsconfig.test.json', 'tsconfig.node.json'].map((project) => run('tsc', '-p', project)),
  )),
];
const tests = await runTests(process.argv.slice(2));
process.exitCode = checks.every(Boolean) && tests.ok && tests.passed > 0 ? 0 : 1;
// What failed early has long scrolled away.
if (failures.length > 0) console.log(`FAILED: ${failures.join(', ')}`);
console.log(`${tests.passed} passed, ${tests.failed} failed`);
