import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from './local/client.ts';
import { dump } from './upgrade/dump.ts';
import { play, totals, type Stage } from './upgrade/play.ts';

/**
 * How `test/fixtures/upgrade/` was made: the Workers of the first landed version, out of the repository's history, play a small
 * program, and both databases are written down as they are then, with
 * what that version says each partner's books come to. `node scripts/upgrade-fixture.ts <commit> <folder>`; it does not have to
 * be run again, and what is kept is not made anew.
 */
const root = join(import.meta.dirname, '..');
/** The last commit with the migrations 0001 and 0002 of the books and 0001 of the clicks, and no more. */
const FIRST_LANDED = '195f0f9';

const [commit = FIRST_LANDED, target = join(tmpdir(), 'lastclick-upgrade')] = process.argv.slice(2);
const former = await mkdtemp(join(tmpdir(), 'lastclick-former-'));
try {
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', former], { input: archive });
  await symlink(join(root, 'node_modules'), join(former, 'node_modules'));
  const support = (name: string): Promise<unknown> => import(join(former, 'test/support', name));
  // The former version's own harness. The shapes used of it are still the present one's.
  const { startLocal, paypalRail } = (await support('harness.ts')) as typeof import('../test/support/harness.ts');
  const { startPaypal } = (await support('paypal.ts')) as typeof import('../test/support/paypal.ts');
  const { ingestKey, operatorKeys } = (await support('local.ts')) as typeof import('../test/support/local.ts');
  const paypal = await startPaypal();
  const local = await startLocal({ ...paypalRail(paypal.base), PAYOUT_APPROVAL: 'manual' });
  try {
    const stage: Stage = {
      client: createClient(`http://localhost:${local.url.port}`),
      keys: { ingest: ingestKey, ...operatorKeys },
      wake: (cron, at) => local.scheduled(cron, at),
      paypalAt: async (now) => {
        await paypal.control('POST', 'clock', { now });
      },
    };
    await play(stage);
    await local.clicksWritten(12);
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'books.sql'), await dump(local.books));
    await writeFile(join(target, 'clicks.sql'), await dump(local.clicks));
    await writeFile(join(target, 'totals.json'), `${JSON.stringify(await totals(stage), null, 2)}\n`);
  } finally {
    await local.close();
    await paypal.close();
  }
  console.log(`written to ${target}`);
} finally {
  await rm(former, { recursive: true });
}
