import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readD1Migrations } from '@cloudflare/vitest-plugin';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

import type { BackupBucket } from '../../src/backup/backup.ts';
import { openDatabase, type Database } from '../../src/program/commit.repo.ts';
import { files, root } from '../local/files.ts';

/** Books on this machine, with the bucket of their copies. */
export interface DrillBooks {
  readonly db: Database;
  readonly bucket: BackupBucket;
  stop(): Promise<void>;
}

/** Nobody asks the Worker itself anything: its bindings are used. */
const SCRIPT = 'export default { fetch: () => new Response(null, { status: 404 }) };';

/** Databases and buckets under the ids by which the local program keeps them; in memory without a folder. */
async function open(folder: string | null): Promise<DrillBooks & { d1: D1Database }> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, 'workers/payouts/wrangler.toml'));
  const { d1Databases = {}, r2Buckets = {} } = workerOptions;
  const persisted = folder === null ? {} : { resourcePersistencePath: join(folder, 'v3') };
  const modules = [{ type: 'ESModule' as const, path: join(root, 'drill.js'), contents: SCRIPT }];
  const worker = { name: 'drill', modulesRoot: root, modules, compatibilityDate: '2026-10-20', d1Databases, r2Buckets };
  // Wrangler tells of its bindings less exactly than miniflare asks for.
  type Options = Parameters<typeof convertV4MiniflareOptions>[0];
  const options = convertV4MiniflareOptions({ cf: false, ...persisted, workers: [worker] } as Options);
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  const d1 = (await miniflare.getD1Database('BOOKS')) as unknown as D1Database;
  const bucket = (await miniflare.getR2Bucket('BACKUPS')) as unknown as BackupBucket;
  return { d1, db: openDatabase(d1), bucket, stop: () => miniflare.dispose() };
}

/** Applies migrations of the books in their order: all of them, or those that are named. */
async function migrate(d1: D1Database, names: readonly string[] | null): Promise<void> {
  const all = await readD1Migrations(join(root, 'migrations/books'));
  const unknown = names?.filter((name) => !all.some((migration) => migration.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`this checkout lacks migrations of the copy: ${unknown.join(', ')}`);
  const had = await d1
    .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'd1_migrations'")
    .first<number>('n')
    .then(async (there) =>
      there ? (await d1.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()).results : [],
    );
  await d1.exec(
    'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP)',
  );
  for (const { name, queries } of all) {
    if (had.some((row) => row.name === name) || (names !== null && !names.includes(name))) continue;
    const note = d1.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name);
    await d1.batch([...queries.map((query) => d1.prepare(query)), note]);
  }
}

/** A copy of the local program's state, so that the program itself is not touched, running or not; null where there is none. */
export async function localBooks(state: string = files.state): Promise<DrillBooks | null> {
  if (!existsSync(join(state, 'v3/d1'))) return null;
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-drill-'));
  await cp(state, folder, { recursive: true });
  const books = await open(folder);
  await migrate(books.d1, null);
  const stop = async (): Promise<void> => {
    await books.stop();
    await rm(folder, { recursive: true });
  };
  return { ...books, stop };
}

/** The books that the upgrade tests keep: a small program of the first landed version, brought to the present. */
export async function fixtureBooks(): Promise<DrillBooks> {
  const books = await open(null);
  const text = await readFile(join(root, 'test/fixtures/upgrade/books.sql'), 'utf8');
  const statements = text.split(/;\n/).filter((statement) => statement.trim() !== '');
  await books.d1.batch(statements.map((statement) => books.d1.prepare(statement)));
  await migrate(books.d1, null);
  return books;
}

/** Empty books with the migrations that a copy names, and no others. */
export async function freshBooks(migrations: readonly string[]): Promise<DrillBooks> {
  const books = await open(null);
  await migrate(books.d1, migrations);
  return books;
}

/** A folder of downloaded objects as a bucket that is read. */
export function folderBucket(folder: string): Pick<BackupBucket, 'get'> {
  return {
    get: async (key: string) => {
      const bytes = await readFile(join(folder, key)).catch(() => null);
      return bytes === null ? null : (new Response(new Uint8Array(bytes)) as unknown as R2ObjectBody);
    },
  } as Pick<BackupBucket, 'get'>;
}
