import type { Context } from 'hono';

import type { Door } from '../account/write.ts';
import type { Api } from '../http/context.ts';
import { mirrorLinks } from '../partner/link-mirror.ts';
import { signupContext } from '../signup/context.ts';
import { queryBudget } from './budget.ts';
import type { ImportContext } from './operation.ts';
import { IMPORT_QUERIES } from './run.ts';

/** What a run of an import works with, out of a request: everything that it asks of the platform counts against one budget. */
export async function importContext(c: Context<Api>, caller: Door): Promise<Omit<ImportContext, 'progress'>> {
  const { budget, counted } = queryBudget(IMPORT_QUERIES);
  const signup = await signupContext(c);
  const door = { ...caller, books: counted(caller.books) };
  const mirror = async (codes: readonly string[]): Promise<void> => {
    budget.use(codes.length);
    await mirrorLinks(c.env.LINKS, door.books, { codes }, door.now);
  };
  return { ...signup, door, mirror, clicks: counted(signup.clicks), setting: c.var.config, budget };
}
