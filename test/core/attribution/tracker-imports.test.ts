import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;]*?\bfrom\s+)?'([^']+)'/gm;

/** Every module that the file evaluates, and every package that any of them names. */
function evaluated(
  file: string,
  modules = new Set<string>(),
  packages = new Set<string>(),
): { modules: Set<string>; packages: Set<string> } {
  if (modules.has(file)) return { modules, packages };
  modules.add(file);
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    if (from.startsWith('.')) evaluated(join(dirname(file), from), modules, packages);
    else packages.add(from);
  }
  return { modules, packages };
}

it('the front door evaluates its own small modules and isbot, nothing else: a visitor waits for what it evaluates', () => {
  const { modules, packages } = evaluated(join(root, 'workers/tracker/index.ts'));
  expect([...packages]).toEqual(['isbot']);
  expect(modules.size).toBeGreaterThan(10);
  expect(modules.size).toBeLessThan(45);
});
