import type { Context } from 'hono';

import type { Pages } from '../pages/context.ts';
import { openAuth, type Auth } from './auth.ts';

/** The auth library for one request. */
export function authOf(c: Context<Pages>): Promise<Auth> {
  const { books, config, now } = c.var;
  const { public_url, program_name, auth_secret } = config;
  return openAuth({ books, public_url, program_name, auth_secret, now });
}
