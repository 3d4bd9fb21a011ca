import * as z from 'zod';

import { systemNow } from '../clock.ts';
import type { ProgramEnv } from '../http/env.ts';
import { errorNames, logLine } from '../log.ts';
import { count } from '../metrics/metrics.ts';
import { openDatabase } from '../program/commit.repo.ts';
import { checkProgramConfig } from '../program/config.rules.ts';
import type { DeliveryMessage } from './delivery.rules.ts';
import { sendDeliveries, type SendContext } from './send.ts';

const Body: z.ZodType<DeliveryMessage> = z.strictObject({
  v: z.literal(1),
  delivery_id: z.string().max(128),
  round: z.int(),
  at: z.int(),
});

/** How long books that do not answer are left alone before the messages come again. */
const RETRY_SECONDS = 30;

/** The runtime's own, which takes no other `this`. */
const post: SendContext['fetch'] = (url, init) => fetch(url, init);

/** What sending needs out of a Worker's environment. A program whose time is played takes it from the message. */
function contextOf(env: ProgramEnv, at: number): SendContext {
  const checked = checkProgramConfig(env);
  if (!checked.ok) throw new Error(`misconfigured: ${checked.errors.join('; ')}`);
  const { cookie_keys, public_url } = checked.config;
  const local = env.ENVIRONMENT === 'local';
  const now = env.CLOCK === 'header' ? at : systemNow();
  return { books: openDatabase(env.BOOKS), cookie_keys, public_url, local, fetch: post, now, signingNow: systemNow };
}

/**
 * Tries the deliveries of a queue batch. A try that failed is not the queue's: when it comes again stands in the books. A message comes
 * again only where the books did not answer, and a delivery whose outcome could not be noted is sent again under the same `webhook-id`.
 */
export async function consumeDeliveries(batch: MessageBatch, env: ProgramEnv): Promise<void> {
  const known = batch.messages.flatMap((message) => {
    const parsed = Body.safeParse(message.body);
    return parsed.success ? [{ message, body: parsed.data }] : [];
  });
  const malformed = batch.messages.length - known.length;
  if (malformed > 0) logLine('webhook_messages_malformed', { count: malformed });
  const at = Math.max(0, ...known.map(({ body }) => body.at));
  try {
    const context = contextOf(env, at);
    const { sent, failed, again } = await sendDeliveries(
      context,
      known.map(({ body }) => body),
    );
    count(env, 'webhook', ['delivered'], sent);
    count(env, 'webhook', ['failed'], failed);
    for (const { message, body } of known)
      if (again.has(body.delivery_id)) message.retry({ delaySeconds: RETRY_SECONDS });
  } catch (error) {
    logLine('webhook_batch_failed', { count: known.length, error: errorNames(error) });
    batch.retryAll({ delaySeconds: RETRY_SECONDS });
  }
}
