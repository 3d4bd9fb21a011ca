import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { root } from '../local/files.ts';

/** Brings an empty database (`BOOKS`, `CLICKS`) to the latest migration. */
export async function migrate(database: D1Database, name: string): Promise<void> {
  const folder = join(root, 'migrations', name.toLowerCase());
  for (const file of (await readdir(folder)).toSorted()) {
    if (!file.endsWith('.sql')) continue;
    const text = (await readFile(join(folder, file), 'utf8')).replace(/--.*$/gm, '');
    const statements = text.split(/;\s*\n/).map((part) => part.trim());
    await database.batch(statements.filter((part) => part !== '').map((part) => database.prepare(part)));
  }
}

/** Gives a partner a link, both live since long ago. */
export async function giveLink(books: D1Database, code: string, partner_id: string): Promise<void> {
  await books.batch([
    books.prepare('INSERT INTO partners VALUES (?1, 0) ON CONFLICT DO NOTHING').bind(partner_id),
    books
      .prepare("INSERT INTO partner_facts VALUES (?1, 1, 'status', 'active', 0, 'bench', NULL) ON CONFLICT DO NOTHING")
      .bind(partner_id),
    books.prepare("INSERT INTO links VALUES (?1, ?1, ?2, 'https://www.example.com/', NULL, 0)").bind(code, partner_id),
    books.prepare('INSERT INTO link_states VALUES (?1, 0, 0)').bind(code),
  ]);
}
