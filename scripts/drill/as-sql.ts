import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

import type { Manifest } from '../../src/backup/backup.rules.ts';
import type { BackupBucket } from '../../src/backup/backup.ts';
import { triggersOf } from '../../src/backup/restore.repo.ts';
import { rowsOf } from '../../src/backup/restore.ts';
import type { Database } from '../../src/program/commit.repo.ts';
import { AFTER_ROWS, BEFORE_ROWS, insertsOf } from './sql-text.ts';

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
  for (const statement of BEFORE_ROWS) out.write(`${statement};\n`);
  for (const [name, { columns, parts }] of Object.entries(manifest.tables)) {
    out.write(`DELETE FROM "${name}";\n`);
    for (const part of parts)
      for (const row of await rowsOf(bucket, part))
        for (const statement of insertsOf(name, columns, row))
          if (!out.write(`${statement};\n`)) await once(out, 'drain');
  }
  for (const statement of AFTER_ROWS) out.write(`${statement};\n`);
  for (const { made_by } of triggers) out.write(`${made_by.replace(/\s+/g, ' ')};\n`);
  out.end();
  await once(out, 'finish');
}
