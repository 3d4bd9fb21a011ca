import type { Context } from 'hono';

import type { Door } from '../account/write.ts';
import type { Json } from '../program/canonical.rules.ts';
import { nameOf } from './auth.ts';
import type { Api } from './context.ts';

/** What a route hands to an operation: the books, the time and the caller's name. */
export function doorOf(c: Context<Api>): Door {
  return { books: c.var.books, now: c.var.now, by: nameOf(c.var.actor), via: 'api' };
}

/** The body as it was sent, for telling a replay from a conflict. It has been validated, so it is JSON. */
export async function sentBody(c: Context<Api>): Promise<Json> {
  return c.req.json<Json>();
}

/** 201 the first time, 202 where it is parked, 200 for a replay. */
export function writtenStatus(first_time: boolean, parked: boolean): 200 | 201 | 202 {
  if (!first_time) return 200;
  return parked ? 202 : 201;
}
