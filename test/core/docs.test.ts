import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { GATES } from '../../src/explain/gate.ts';
import { HOLD_CLAUSES } from '../../src/hold/hold.rules.ts';
import { CLAUSES } from '../../src/policy/clauses.ts';
import { DEFAULT_POLICY } from '../../src/policy/policy.rules.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The cells of the table rows on a page, where the first one is code: `| \`name\` | … |`. */
function rowsOf(page: string): Map<string, string[]> {
  const rows = [...read(page).matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)];
  return new Map(rows.map(([, name = '', rest = '']) => [name, rest.split(' | ').map((cell) => cell.trim())]));
}

/** The anchors that a page's headings make. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#+ (.+)$/gm)];
  return new Set(
    headings.map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('the documentation', () => {
  it('links to what exists', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].flatMap(([, target = '']) =>
        /^[a-z]+:/.test(target) || existsSync(join(root, dirname(page), target)) ? [] : [`${page} → ${target}`],
      ),
    );
    expect(broken).toEqual([]);
  });

  it('links to headings that exist', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)].flatMap(([, target = '', anchor = '']) => {
        if (/^[a-z]+:/.test(target)) return [];
        const file = target === '' ? page : join(dirname(page), target);
        return anchorsOf(file).has(anchor) ? [] : [`${page} → ${target}#${anchor}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('describes every table of both databases', () => {
    const sql = ['books', 'clicks'].flatMap((database) =>
      readdirSync(join(root, 'migrations', database)).map((file) => read(`migrations/${database}/${file}`)),
    );
    const created = sql.flatMap((text) => [...text.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name));
    const made_anew = new Set(
      sql.flatMap((text) => [...text.matchAll(/^DROP TABLE (\w+)/gm)].map(([, name]) => `${name}_next`)),
    );
    const tables = created.filter((name) => !made_anew.has(name ?? ''));
    const headings = new Set([...read('docs/data-model.md').matchAll(/^### (\w+)$/gm)].map(([, name]) => name));
    expect(tables.filter((name) => !headings.has(name))).toEqual([]);
    expect([...headings].filter((name) => !tables.includes(name))).toEqual([]);
  });

  it('states every clause and every gate', () => {
    expect(Object.keys(CLAUSES).filter((clause) => !read('docs/policy.md').includes(`**${clause}**`))).toEqual([]);
    expect(Object.keys(GATES).filter((gate) => !read('docs/explain.md').includes(`| \`${gate}\` |`))).toEqual([]);
  });

  it('lists every field of the policy with its default', () => {
    const rows = rowsOf('docs/policy.md');
    const documented = Object.keys(DEFAULT_POLICY).map((field) => [field, rows.get(field)?.[0]?.replaceAll('`', '')]);
    expect(documented).toEqual(Object.entries(DEFAULT_POLICY).map(([field, value]) => [field, String(value)]));
  });

  it('tells operators of every kind of hold that a door opens', () => {
    const told = rowsOf('docs/runbook.md');
    expect(Object.keys(HOLD_CLAUSES).filter((kind) => !told.has(kind))).toEqual([]);
  });

  it('explains every variable and secret of the Workers', () => {
    const text = ['src/http/env.ts', 'workers/tracker/env.ts', 'workers/payouts/env.ts'].map(read).join('\n');
    const names = new Set([...text.matchAll(/^ {2}(?:readonly )?([A-Z][A-Z_]+)\??:/gm)].map(([, name = '']) => name));
    const rows = rowsOf('docs/architecture.md');
    expect(names.size).toBeGreaterThan(20);
    expect([...names].filter((name) => !rows.has(name))).toEqual([]);
    expect([...rows.keys()].filter((name) => /^[A-Z_]+$/.test(name) && !names.has(name))).toEqual([]);
  });

  it('tells what each page and act of the console is for', () => {
    const code = readdirSync(join(root, 'src/console'))
      .filter((name) => name.endsWith('.routes.tsx'))
      .map((name) => read(`src/console/${name}`))
      .join('\n');
    const routes = [...code.matchAll(/(?:\bpath: |Pages\.get\()'(\/[^']*)'/g)].map(([, path = '']) =>
      path.replaceAll(/:(\w+)(?:\{.*\})?/g, '{$1}'),
    );
    expect(routes.length).toBeGreaterThan(60);
    const told = read('docs/console.md');
    expect(routes.filter((path) => !told.includes(`\`${path}\``))).toEqual([]);
  });

  it('speaks of the present product alone', () => {
    expect(pages.filter((page) => /\bTODO\b|\bFIXME\b|\.\.\/shared/.test(read(page)))).toEqual([]);
  });
});
