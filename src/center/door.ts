import type { Context } from 'hono';

import type { Door } from '../account/write.ts';
import type { CenterPages } from '../pages/context.ts';

/** What a page hands to an operation: the books, the program's time, and the partner under the name that the API's door gives. */
export function partnerDoor<Path extends string>(c: Context<CenterPages, Path>): Door {
  return { books: c.var.books, now: c.var.now, by: `partner:${c.var.person.partner_id}`, via: 'center' };
}
