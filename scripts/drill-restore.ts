import { parseArgs } from 'node:util';

import { lastBackup } from '../src/backup/backup.repo.ts';
import type { Manifest } from '../src/backup/backup.rules.ts';
import type { BackupBucket } from '../src/backup/backup.ts';
import { readManifest, restoreBooks, verifyBooks, type Check } from '../src/backup/restore.ts';
import { runBackup } from '../src/backup/run.ts';
import { systemNow } from '../src/clock.ts';
import { readProgram } from '../src/program/program.repo.ts';
import { writeSql } from './drill/as-sql.ts';
import { fixtureBooks, folderBucket, freshBooks, localBooks, type DrillBooks } from './drill/source.ts';

/**
 * `npm run drill:restore`: restores the newest copy of the local program's books into fresh ones and compares the two (docs/runbook.md).
 * Where no copy was made yet, one is made by the very code that the nightly cron runs; without a local program, of the books of the upgrade
 * tests. `-- --from <folder>` takes downloaded objects instead, `--sql <file>` writes them as SQL for a real restore. Ends with 1 at the first fault.
 */
const say = (line: string): void => console.log(line);

interface Copy {
  bucket: Pick<BackupBucket, 'get'>;
  manifest: Manifest;
  of: string;
}

/** The copy in a folder: `<folder>/<program_id>/books/<day>/…`, as it lies in the bucket. */
async function downloaded(folder: string, key: string): Promise<Copy> {
  const [, program_id = '', day = ''] = /^(\w+)\/books\/(\d{4}-\d{2}-\d{2})\/?$/.exec(key) ?? [];
  const bucket = folderBucket(folder);
  const manifest = await readManifest(bucket, program_id, day);
  if (!manifest) throw new Error(`no manifest under ${folder}/${key}`);
  return { bucket, manifest, of: `${folder}/${key}` };
}

async function newest(books: DrillBooks, of: string): Promise<Copy> {
  const { db, bucket } = books;
  const { program_id } = await readProgram(db);
  let last = await lastBackup(db);
  for (let runs = 0; last === null; runs++) {
    if (runs === 20) throw new Error('no copy could be made: payouts move');
    await runBackup({ db, bucket, program_id }, {}, systemNow());
    last = await lastBackup(db);
  }
  const manifest = await readManifest(bucket, program_id, last.day, last.manifest_sha256);
  if (!manifest) throw new Error(`the copy of ${last.day} has no manifest, or another than the books know`);
  return { bucket, manifest, of };
}

/** One row a table, then everything else that was looked at. */
function show(manifest: Manifest, checks: readonly Check[]): void {
  const verdict = (...names: string[]): string =>
    checks.filter(({ what }) => names.includes(what)).every(({ ok }) => ok) ? 'same' : 'DIFFERS';
  const rows = Object.entries(manifest.tables).map(([name, { rows: count, parts }]) => ({
    table: name,
    rows: count,
    objects: parts.length,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    restored: verdict(`${name}: rows`, `${name}: hash`),
  }));
  console.table(rows.filter((row) => row.rows > 0 || row.restored !== 'same'));
  say(`${rows.filter((row) => row.rows === 0).length} tables hold nothing.`);
  const others = checks.filter(({ what }) => !/: (?:rows|hash)$/.test(what));
  console.table(
    others.map(({ what, told, found, ok }) => ({ what, copy: told.slice(0, 24), restored: found.slice(0, 24), ok })),
  );
}

async function drill(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { from: { type: 'string' }, sql: { type: 'string' } },
    allowPositionals: true,
  });
  const source = values.from === undefined ? ((await localBooks()) ?? (await fixtureBooks())) : null;
  const copy = source
    ? await newest(source, (await lastBackup(source.db)) ? 'the local program' : 'these books')
    : await downloaded(values.from ?? '', positionals[0] ?? '');
  const { manifest, bucket } = copy;
  say(
    `Copy of ${manifest.day} of ${copy.of}, ${manifest.quiet ? 'of one moment' : 'lines were booked while it was read'}; ended ${manifest.ended_at}.`,
  );
  const fresh = await freshBooks(manifest.migrations);
  const began = systemNow();
  try {
    await restoreBooks(fresh.db, bucket, manifest);
    const restored = systemNow();
    const checks = await verifyBooks(fresh.db, manifest);
    show(manifest, checks);
    if (values.sql !== undefined) {
      await writeSql(values.sql, fresh.db, bucket, manifest);
      say(`Written as SQL to ${values.sql}. It holds names and addresses: delete it afterwards.`);
    }
    const wrong = checks.filter(({ ok }) => !ok);
    say(
      `Restored in ${restored - began} ms, compared in ${systemNow() - restored} ms: ${checks.length - wrong.length} of ${checks.length} checks hold.`,
    );
    for (const { what, told, found } of wrong) say(`DIFFERS: ${what}: the copy says ${told}, restored are ${found}`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await fresh.stop();
    await source?.stop();
  }
}

try {
  process.exitCode = await drill();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
