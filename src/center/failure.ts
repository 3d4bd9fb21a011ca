import type { Context } from 'hono';

import type { CenterPages, Pages } from '../pages/context.ts';

/** The context of a partner's page as failures take it: who reads makes no difference to what does not exist. */
export function shownFailure<Path extends string>(c: Context<CenterPages, Path>): Context<Pages> {
  return c as unknown as Context<Pages>;
}
