import type { ProgramEnv } from '../http/env.ts';
import { count } from '../metrics/metrics.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig, type ProgramConfig } from '../program/config.rules.ts';
import { deliverMail, type Delivered } from './deliver.ts';
import { queueGateLetters, queueStatements } from './news.ts';

/** The cron's part, at its own time: queues what the calendar brings (statements, gates), and sends what is due. Throws as `sendMail` does. */
export async function runMail(env: ProgramEnv, now: number): Promise<Delivered> {
  const config = configOf(env);
  const books = openDatabase(env.BOOKS);
  await queueGateLetters(books, now);
  await queueStatements(books, now);
  return send(env, config, now);
}

/** Sends the mail that is due at `now`. Throws where the program is not configured: the names of variables only. */
export async function sendMail(env: ProgramEnv, now: number): Promise<Delivered> {
  return send(env, configOf(env), now);
}

function configOf(env: ProgramEnv): ProgramConfig {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  return checked.config;
}

async function send(env: ProgramEnv, config: ProgramConfig, now: number): Promise<Delivered> {
  const { program_name, public_url, mail_from, auth_secret } = config;
  const delivered = await deliverMail({
    books: openDatabase(env.BOOKS),
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
