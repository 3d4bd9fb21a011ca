import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

import type { Manifest } from '../../src/backup/backup.rules.ts';
import type { BackupBucket } from '../../src/backup/backup.ts';
import { triggersOf } from '../../src/backup/restore.repo.ts';
import { rowsOf } from '../../src/backup/restore.ts';
import type { Database } from '../../src/program/commit.repo.ts';

type Cell = string | number | null;

/** A value as SQL text of one line: `wrangler d1 execute` splits files at line ends that it takes for ends of statements. */
function literal(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'NULL';
  if (typeof cell === 'number') return String(cell);
  const text = `'${cell.replaceAll("'", "''")}'`;
  return text
    .replaceAll('\n', "' || char(10) || '")
    .replaceAll('\r', "' || char(13) || '")
    .replaceAll('\0', "' || char(0) || '");
}

/**
 * Writes a copy as one file of SQL that fills books which have had its migrations: triggers away, tables emptied and filled, triggers back.
 * `restored` are books that hold the copy already, for their triggers.
 */
export async function writeSql(
  file: string,
  restored: Database,
  bucket: Pick<BackupBucket, 'get'>,
  manifest: Manifest,
): Promise<void> {
  const out = createWriteStream(file, { mode: 0o600 });
  const triggers = await triggersOf(restored);
  for (const { name } of triggers) out.write(`DROP TRIGGER IF EXISTS "${name}";\n`);
  for (const [name, { columns, parts }] of Object.entries(manifest.tables)) {
    out.write(`DELETE FROM "${name}";\n`);
    const into = `INSERT INTO "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) VALUES`;
    for (const part of parts)
      for (const row of await rowsOf(bucket, part))
        out.write(`${into} (${columns.map((column) => literal(row[column])).join(', ')});\n`);
  }
  for (const { made_by } of triggers) out.write(`${made_by.replace(/\s+/g, ' ')};\n`);
  out.end();
  await once(out, 'finish');
}
