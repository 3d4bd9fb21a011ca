import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { GATES } from '../../src/explain/gate.ts';
import { CLAUSES } from '../../src/policy/clauses.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('the documentation', () => {
  it('links to what exists', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].flatMap(([, target = '']) =>
        /^[a-z]+:/.test(target) || existsSync(join(root, dirname(page), target)) ? [] : [`${page} → ${target}`],
      ),
    );
    expect(broken).toEqual([]);
  });

  it('describes every table of both databases', () => {
    const sql = ['books', 'clicks'].flatMap((database) =>
      readdirSync(join(root, 'migrations', database)).map((file) => read(`migrations/${database}/${file}`)),
    );
    const tables = sql.flatMap((text) => [...text.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name));
    const headings = new Set([...read('docs/data-model.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name));
    expect(tables.filter((name) => !headings.has(name))).toEqual([]);
    expect([...headings].filter((name) => !tables.includes(name))).toEqual([]);
  });

  it('states every clause and every gate', () => {
    expect(Object.keys(CLAUSES).filter((clause) => !read('docs/policy.md').includes(`**${clause}**`))).toEqual([]);
    expect(Object.keys(GATES).filter((gate) => !read('docs/explain.md').includes(`| \`${gate}\` |`))).toEqual([]);
  });

  it('explains every variable and secret of the Workers', () => {
    const text = ['src/http/env.ts', 'workers/tracker/env.ts', 'workers/payouts/env.ts'].map(read).join('\n');
    const names = new Set([...text.matchAll(/^ {2}(?:readonly )?([A-Z][A-Z_]+)\??:/gm)].map(([, name = '']) => name));
    const architecture = read('docs/architecture.md');
    expect([...names].filter((name) => !architecture.includes(`\`${name}\``))).toEqual([]);
  });

  it('speaks of the present product alone', () => {
    expect(pages.filter((page) => /\bTODO\b|\bFIXME\b|\.\.\/shared/.test(read(page)))).toEqual([]);
  });
});
