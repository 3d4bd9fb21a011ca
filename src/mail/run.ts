import type { ProgramEnv } from '../http/env.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig } from '../program/config.rules.ts';
import { deliverMail, type Delivered } from './deliver.ts';

/** Sends the mail that is due at `now`, the cron's own time. Throws where the program is not configured: the names of variables only. */
export async function runMail(env: ProgramEnv, now: number): Promise<Delivered> {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  const { program_name, public_url, mail_from } = checked.config;
  const books = openDatabase(env.BOOKS);
  return deliverMail({ books, env, email: env.EMAIL, program_name, public_url, mail_from, now });
}
