import { gunzip } from '../archive/gzip.ts';
import { sha256 } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { readBalances, type Row } from './backup.repo.ts';
import { backupKeys, type BackupPart, type Manifest } from './backup.rules.ts';
import { tableHash, type BackupBucket } from './backup.ts';
import { chainOfClose } from './chain.ts';
import { closesOf, countRows, dropTriggers, emptyTable, fillTable, hashedRows, makeTriggers } from './restore.repo.ts';

/** The manifest of a day's copy; null where there is none, or where it is not the one whose hash is told. */
export async function readManifest(
  bucket: Pick<BackupBucket, 'get'>,
  program_id: string,
  day: string,
  told_sha256: string | null = null,
): Promise<Manifest | null> {
  const object = await bucket.get(backupKeys(program_id).manifest(day));
  if (!object) return null;
  const text = await object.text();
  if (told_sha256 !== null && (await sha256(text)) !== told_sha256) return null;
  return JSON.parse(text);
}

/** The lines of an object. Throws where it is gone, or holds other rows than the manifest says. */
async function linesOf(bucket: Pick<BackupBucket, 'get'>, part: BackupPart): Promise<string[]> {
  const object = await bucket.get(part.key);
  if (!object) throw new Error(`the copy lacks ${part.key}`);
  const text = await gunzip(new Uint8Array(await object.arrayBuffer()));
  if ((await sha256(text)) !== part.sha256)
    throw new Error(`the copy holds other rows than its manifest says: ${part.key}`);
  return text.split('\n').slice(0, -1);
}

/** The rows of an object, as its manifest says. */
export async function rowsOf(bucket: Pick<BackupBucket, 'get'>, part: BackupPart): Promise<Row[]> {
  return (await linesOf(bucket, part)).map((line): Row => JSON.parse(line));
}

/**
 * Fills fresh books, which have had the manifest's migrations and no others, with a copy. Triggers are taken away while it is done and put
 * back as they were, so nothing follows from the filling. Throws at the first thing that is not as the manifest says.
 */
export async function restoreBooks(db: Database, bucket: Pick<BackupBucket, 'get'>, manifest: Manifest): Promise<void> {
  const triggers = await dropTriggers(db);
  for (const [name, table] of Object.entries(manifest.tables)) {
    if ((await tableHash(table.parts)) !== table.sha256) throw new Error(`the manifest contradicts itself: ${name}`);
    await emptyTable(db, name);
    for (const part of table.parts) await fillTable(db, name, table.columns, await linesOf(bucket, part));
  }
  await makeTriggers(db, triggers);
}

/** One thing that was looked at in restored books. */
export interface Check {
  what: string;
  told: string;
  found: string;
  ok: boolean;
}

const check = (what: string, told: string | number, found: string | number): Check => ({
  what,
  told: String(told),
  found: String(found),
  ok: told === found,
});

/**
 * Compares restored books with their manifest: the rows of every table and their hashes, read back out of the database; the chain of every
 * close, computed anew over lines and transfers; the balances of the books, which meet in zero.
 */
export async function verifyBooks(db: Database, manifest: Manifest): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, table] of Object.entries(manifest.tables)) {
    const parts = await hashedRows(db, name, table.columns, table.parts);
    checks.push(check(`${name}: rows`, table.rows, await countRows(db, name)));
    checks.push(check(`${name}: hash`, table.sha256, await tableHash(parts)));
  }
  let former = null;
  for (const close of await closesOf(db)) {
    checks.push(check(`close ${close.pay_date}: chain`, close.hash, await chainOfClose(db, former, close)));
    former = close;
  }
  checks.push(check('latest close', manifest.close?.hash ?? 'none', former?.hash ?? 'none'));
  const { line_seq, transfer_seq } = manifest.cut;
  const balances = await readBalances(db, { line_seq, transfer_seq, batches: '' });
  for (const [account, amount] of Object.entries(manifest.balances))
    checks.push(check(`balance of ${account}`, amount, balances[account] ?? 0));
  const moved = Object.entries(balances).filter(([account]) => account !== 'lines');
  checks.push(
    check(
      'transfers meet in',
      0,
      moved.reduce((sum, [, amount]) => sum + amount, 0),
    ),
  );
  return checks;
}
