import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { CLAUSES } from '../../src/policy/clauses.ts';

const root = join(import.meta.dirname, '../..');
const NAME = /\b(?:it|describe|test)(?:\.\w+(?:\([^)]*\))?)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;

/** The names of all tests and groups of tests, as they stand in the files. */
function testNames(): string[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...readFileSync(join(root, 'test', file), 'utf8').matchAll(NAME)].map(([, , name = '']) => name),
    );
}

/** Every clause that the written policy cites: `**R4**`, and the gates of W as a whole. */
function clausesOfThePolicy(): string[] {
  const policy = readFileSync(join(root, 'docs/policy.md'), 'utf8');
  const numbered = [...policy.matchAll(/\b([LRSCVPB]\d)\b/g)].map(([, clause = '']) => clause);
  return [...new Set([...numbered, ...(/\bW\b/.test(policy) ? ['W'] : [])])];
}

describe('the clauses of the policy', () => {
  const names = testNames();

  it('each is named by a test that guards it', () => {
    const clauses = clausesOfThePolicy();
    expect(names.length).toBeGreaterThan(500);
    expect(clauses).toEqual(expect.arrayContaining([...Object.keys(CLAUSES), 'W']));
    const unguarded = clauses.filter((clause) => !names.some((name) => new RegExp(`\\b${clause}\\b`).test(name)));
    expect(unguarded).toEqual([]);
  });

  it('a clause without a test would show', () => {
    expect(names.some((name) => /\bR9\b/.test(name))).toBe(false);
  });
});
