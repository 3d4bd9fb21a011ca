import type { ProgramEnv } from '../http/env.ts';
import { count } from '../metrics/metrics.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig } from '../program/config.rules.ts';
import { deliverMail, type Delivered } from './deliver.ts';
import { queueGateLetters, queueStatements } from './news.ts';

/** Sends the mail that is due at `now`, the cron's own time. Throws where the program is not configured: the names of variables only. */
export async function runMail(env: ProgramEnv, now: number): Promise<Delivered> {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  const { program_name, public_url, mail_from, auth_secret } = checked.config;
  const books = openDatabase(env.BOOKS);
  await queueGateLetters(books, now);
  await queueStatements(books, now);
  const delivered = await deliverMail({
    books,
    env,
    email: env.EMAIL,
    program_name,
    public_url,
    mail_from,
    auth_secret,
    now,
  });
  for (const [outcome, mails] of Object.entries(delivered)) count(env, 'mail', [outcome], mails);
  return delivered;
}
