import { spawnSync } from 'node:child_process';

/** The version of the hledger on this machine; null where there is none. Nothing is installed. */
export const hledgerVersion: string | null = (() => {
  const { status, stdout } = spawnSync('hledger', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
})();

/** Runs hledger over a journal: its exit status and all that it said. */
export function hledger(journal: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('hledger', ['-f', '-', ...args], {
    input: journal,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  });
  return { status, said: stdout + stderr };
}
