import type { Context } from 'hono';

import { sendMailSoon } from '../mail/send-soon.ts';
import type { Pages } from '../pages/context.ts';
import { readProgram } from '../program/program.repo.ts';
import { admitContact } from './invite.ts';
import { passwordMail } from './password-mail.repo.ts';
import { countTry } from './sign-in.ts';

/**
 * Orders a mail with a link to set a password, to whoever signs in by an address; to nobody where nobody does, which looks the same. An
 * address gets a few at most in a while (`throttle.rules.ts`).
 */
export async function orderPasswordMail(c: Context<Pages>, email: string): Promise<'ordered' | 'throttled'> {
  const { books, machine_now, now } = c.var;
  const { hasher } = await readProgram(books);
  const door = { books, hasher, machine_now, headers: c.req.raw.headers };
  const { throttled } = await countTry(door, [['password_mail', email.trim().toLowerCase()]]);
  if (throttled) return 'throttled';
  await admitContact(books, hasher, email, machine_now);
  await passwordMail(books, { email }, 'reset', now);
  sendMailSoon(c);
  return 'ordered';
}
