import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { allMutations } from '../faults/all.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const mutations = await allMutations();

/** Names as they stand in a file of tests; `%s` and its kin stand for anything. */
function namesIn(file: string): RegExp[] {
  const texts = [...read(file).matchAll(/(['"`])((?:\\.|(?!\1)[^\n\\])*)\1/g)].map(([, , text = '']) => text);
  return texts
    .filter((text) => /[^%\s\w]|\s/.test(text))
    .map((text) => {
      const plain = text.replaceAll(/\\(.)/g, '$1').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return new RegExp(`^${plain.replaceAll(/%[a-z]/g, '.+')}$`);
    });
}

describe('each fault of other systems that is put back by `npm run faults`', () => {
  it('is there, and none twice', () => {
    const numbers = mutations.map(({ fault }) => fault);
    expect(new Set(numbers).size).toBe(numbers.length);
    const thirteen = Array.from({ length: 13 }, (_, i) => String(i + 1));
    expect([...new Set(numbers.map((number) => number.replace(/\D/g, '')))]).toEqual(thirteen);
  });

  it.each(mutations.map((mutation) => [mutation.fault, mutation] as const))(
    '%s: what it changes is there once',
    (_, { edits }) => {
      const times = edits.map(({ file, find }) => [file, find, read(file).split(find).length - 1]);
      expect(times).toEqual(edits.map(({ file, find }) => [file, find, 1]));
      expect(edits.filter(({ find, replace }) => find === replace)).toEqual([]);
    },
  );

  it.each(mutations.map((mutation) => [mutation.fault, mutation] as const))(
    '%s: the test that it turns red is there, in a project that runs it',
    (_, { caught_by: { project, file, name } }) => {
      expect(file.startsWith(`test/${project}/`)).toBe(true);
      expect(namesIn(file).filter((pattern) => pattern.test(name))).not.toEqual([]);
    },
  );

  it('stands in docs/faults.md with its test', () => {
    const rows = [...read('docs/faults.md').matchAll(/^\| (\d+[a-z]?) \|.*\| `([^`]+)`: (.+) \|$/gm)];
    expect(rows.map(([, fault, file, name]) => [fault, file, name])).toEqual(
      mutations.map(({ fault, caught_by: { file, name } }) => [fault, file, name]),
    );
  });
});
