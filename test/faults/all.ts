import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Mutation } from './mutation.ts';

/** Every fault that is kept here, in the order of their numbers. */
export async function allMutations(): Promise<Mutation[]> {
  const names = (await readdir(import.meta.dirname)).filter((name) => /^\d.*\.ts$/.test(name)).toSorted();
  const modules = await Promise.all(
    names.map(
      (name) => import(/* @vite-ignore */ join(import.meta.dirname, name)) as Promise<{ readonly default: Mutation }>,
    ),
  );
  return modules.map((module) => module.default);
}
