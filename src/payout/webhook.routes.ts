import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { fail } from '../http/fail.ts';
import { errorNames, logLine } from '../log.ts';
import { pokeOf } from './webhook.rules.ts';

/** PayPal's webhooks: pokes to look, and nothing more (P7). */
export const webhookRoutes = createRoutes();

const Heard = z.object({ heard: z.boolean() }).openapi('Heard');

const postPaypal = createRoute({
  method: 'post',
  path: '/v1/webhooks/paypal',
  tags: ['webhooks'],
  security: [],
  responses: { 200: jsonAnswer(Heard, 'Heard; only what PayPal says when it is asked counts'), ...PROBLEM_ANSWERS },
});
webhookRoutes.openapi(postPaypal, async (c) => {
  // Whoever is over it loses pokes alone, which polling does without.
  const { success } = await c.env.WEBHOOK_LIMIT.limit({ key: c.req.header('cf-connecting-ip') ?? 'local' });
  if (!success) return fail('rate_limited');
  const poke = pokeOf(await c.req.text());
  if (poke.payout_batch_id === null && poke.payout_item_id === null) return c.json({ heard: true }, 200);
  try {
    await c.env.PAYOUTS.look(poke, c.var.now);
  } catch (error) {
    logLine('paypal_webhook_failed', { error: errorNames(error) });
    return fail('unavailable');
  }
  return c.json({ heard: true }, 200);
});
