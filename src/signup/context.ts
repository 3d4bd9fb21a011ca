import type { Context } from 'hono';

import type { Api } from '../http/context.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import type { SignupContext } from './record.ts';

/** What the operations of signups need, out of a request. */
export async function signupContext(c: Context<Api>): Promise<SignupContext> {
  const { hasher } = await readProgram(c.var.books);
  const { config } = c.var;
  return {
    door: doorOf(c),
    hasher,
    clicks: c.var.clicks,
    cookie_keys: config.cookie_keys,
    cookie_name: config.cookie_name,
    receipts: { env: c.env, public_url: config.public_url },
  };
}
