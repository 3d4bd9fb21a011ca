import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * `node scripts/bootstrap.mjs <script.ts> [arguments]`: runs a script on the project's own node (24, a devDependency), installing first
 * where what is installed is not what the lockfile says. Plain JavaScript for any Node ≥ 20: it runs before anything is installed.
 */
const root = join(import.meta.dirname, '..');
const node24 = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;

/** Whether every package of the lockfile is installed in its version; optional ones are for some systems only. */
function isInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || !existsSync(node24)) return false;
  const present = packagesOf(installed);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, { optional, version }]) => path === '' || optional || present[path]?.version === version,
  );
}

function install() {
  console.log('Installing what the lockfile names (npm ci) …');
  // Not with the node that is about to be replaced: `node_modules/.bin` comes first in the PATH of npm scripts.
  const PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const env = { ...process.env, PATH: PATH.join(delimiter) };
  const { npm_node_execpath, npm_execpath } = process.env;
  const options = { cwd: root, env, stdio: 'inherit' };
  const { status } =
    npm_node_execpath && npm_execpath
      ? spawnSync(npm_node_execpath, [npm_execpath, 'ci', '--loglevel=error'], options)
      : spawnSync('npm', ['ci', '--loglevel=error'], { ...options, shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!isInstalled()) install();

const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };
const child = spawn(node24, process.argv.slice(2), { cwd: root, env, stdio: 'inherit' });
// A terminal's Ctrl-C reaches the child by itself; a signal sent to this process alone is handed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('close', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
