import type { ProgramEnv } from '../http/env.ts';
import { logLine } from '../log.ts';
import { openDatabase, type Database } from '../program/commit.repo.ts';
import { checkProgramConfig } from '../program/config.rules.ts';
import { takeDue } from './delivery.repo.ts';
import { DAY_MS, KEPT_DAYS, PUSHED_FOR_MS, type DeliveryMessage } from './delivery.rules.ts';
import { forgetSecrets, resealSecret, secretsSealedOtherwise } from './endpoint.repo.ts';
import { forgetEvents } from './feed.repo.ts';
import { noteEvents } from './note.ts';
import { openSecret, sealingKid, sealSecret } from './seal.ts';

/** A queue takes so many messages at once. */
const MESSAGES = 100;
const PUSHES_A_RUN = 20;
const FORGOTTEN_A_RUN = 1000;

/** Pushes the deliveries that are due into the queue; says how many. */
export async function pushDue(
  books: Database,
  queue: Pick<Queue<DeliveryMessage>, 'sendBatch'>,
  now: number,
): Promise<number> {
  let pushed = 0;
  for (let i = 0; i < PUSHES_A_RUN; i++) {
    const due = await takeDue(books, now, now + PUSHED_FOR_MS, MESSAGES);
    if (due.length > 0)
      await queue.sendBatch(
        due.map(({ delivery_id, round }) => ({ body: { v: 1 as const, delivery_id, round, at: now } })),
      );
    pushed += due.length;
    if (due.length < MESSAGES) break;
  }
  return pushed;
}

/** Seals secrets anew that a former key sealed, so that it can be retired; one that no key opens stays, and its endpoint fails. */
export async function resealSecrets(books: Database, cookie_keys: string): Promise<void> {
  for (const row of await secretsSealedOtherwise(books, await sealingKid(cookie_keys))) {
    const secret = await openSecret(cookie_keys, row.endpoint_id, row);
    if (secret === null) logLine('webhook_secret_unreadable', { endpoint_id: row.endpoint_id, kid: row.kid });
    else await resealSecret(books, row, await sealSecret(cookie_keys, row.endpoint_id, secret));
  }
}

/**
 * One run of the cron: notes what has come to be, pushes what is due, and forgets what is older than `KEPT_DAYS`. `now` is the cron's own
 * time. Safe twice and at once. Throws where the program is not configured: the names of variables only.
 */
export async function runWebhooks(env: ProgramEnv, now: number): Promise<{ noted: number; pushed: number }> {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  const books = openDatabase(env.BOOKS);
  const noted = await noteEvents(books, now);
  const pushed = await pushDue(books, env.WEBHOOK_QUEUE, now);
  await resealSecrets(books, checked.config.cookie_keys);
  await forgetSecrets(books, now);
  await forgetEvents(books, now - KEPT_DAYS * DAY_MS, FORGOTTEN_A_RUN);
  if (noted + pushed > 0) logLine('webhook_run', { noted, pushed });
  return { noted, pushed };
}
