import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { AFTER_ROWS, BEFORE_ROWS, insertsOf } from '../../../scripts/drill/sql-text.ts';
import { freshDatabases } from '../../support/books.ts';

/** What D1 takes of one statement. */
const MOST_BYTES = 100_000;
const COLUMNS = ['id', 'content', 'n'];

beforeEach(async () => {
  await freshDatabases();
});

it('the SQL of a restore stays under 100 KB a statement and says every text as it was', async () => {
  const texts = [
    'plain, it’s “quoted”',
    Array.from({ length: 300 }, (_, i) => `line ${i}\r\n`).join(''),
    `a NUL \0, a tab \t and \\n and ";\n`,
    `${'🦊'.repeat(70_000)}'`,
    `${'x;\n'.repeat(150_000)}`,
    '',
  ];
  const statements = texts.flatMap((content, i) =>
    insertsOf('texts', COLUMNS, { id: `t${i}`, content, n: i === 0 ? null : i }),
  );
  await env.BOOKS.exec('CREATE TABLE texts (id TEXT PRIMARY KEY, content TEXT NOT NULL, n INTEGER) STRICT');
  const all = [...BEFORE_ROWS, ...statements, ...AFTER_ROWS];
  for (const statement of all) {
    expect(new TextEncoder().encode(statement).byteLength).toBeLessThan(MOST_BYTES);
    // `wrangler d1 execute` splits a file at them.
    expect(statement).not.toMatch(/[\n\r\0]/);
    await env.BOOKS.prepare(statement).run();
  }
  const { results } = await env.BOOKS.prepare('SELECT * FROM texts ORDER BY id').all();
  await env.BOOKS.exec('DROP TABLE texts');
  expect(results).toEqual(texts.map((content, i) => ({ id: `t${i}`, content, n: i === 0 ? null : i })));
  const left = await env.BOOKS.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%pieces%'").all();
  expect(left.results).toEqual([]);
});
