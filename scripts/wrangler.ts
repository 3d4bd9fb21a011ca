import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What wrangler printed, and whether it ended well. */
export interface WranglerResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Runs the project's wrangler without asking anything and without telemetry. */
export function tryWrangler(...args: readonly string[]): Promise<WranglerResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
      cwd: root,
      env: { ...process.env, CI: 'true', NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, output] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => resolve({ ok: false, stdout, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, stdout, output }));
  });
}

/** Runs wrangler and answers with its standard output; throws with all it printed where it fails. */
export async function wrangler(...args: readonly string[]): Promise<string> {
  const { ok, stdout, output } = await tryWrangler(...args);
  if (!ok) throw new Error(`wrangler ${args.join(' ')} failed:\n${output}`);
  return stdout;
}
