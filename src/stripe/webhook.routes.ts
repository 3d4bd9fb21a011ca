import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { fail } from '../http/fail.ts';
import { signupContext } from '../signup/context.ts';
import { eventOf } from './extract.rules.ts';
import { receiveEvent } from './receive.ts';
import { verifySignature } from './signature.ts';
import { StripeBusy } from './tell.ts';

/** Stripe's webhooks: signed by Stripe, no key of ours (docs/stripe.md). */
export const stripeRoutes = createRoutes();

const Received = z
  .object({
    received: z.literal(true),
    heard: z.boolean().openapi({ description: 'false: this type means nothing here' }),
  })
  .openapi('StripeReceived');

const postStripe = createRoute({
  method: 'post',
  path: '/v1/webhooks/stripe',
  tags: ['webhooks'],
  security: [],
  responses: { 200: jsonAnswer(Received, 'Kept, and told to the books'), ...PROBLEM_ANSWERS },
});
stripeRoutes.openapi(postStripe, async (c) => {
  const secrets = c.var.config.stripe_webhook_secrets;
  if (secrets.length === 0) return fail('not_found', 'STRIPE_WEBHOOK_SECRET is not set');
  const body = new Uint8Array(await c.req.arrayBuffer());
  const signature = await verifySignature(body, c.req.header('stripe-signature') ?? '', secrets, c.var.now);
  if (!signature.ok) return fail('unauthorized', `the Stripe-Signature is ${SIGNATURE_WORDS[signature.reason]}`);
  const event = eventOf(jsonOf(body));
  if (!event) return fail('malformed', 'the body is no event', [{ path: 'body', message: 'not an event of Stripe' }]);
  const context = await signupContext(c);
  try {
    return c.json(await receiveEvent({ ...context, door: { ...context.door, by: 'stripe' } }, event), 200);
  } catch (error) {
    if (error instanceof StripeBusy) return fail('busy');
    throw error;
  }
});

const SIGNATURE_WORDS = {
  malformed: 'missing or malformed',
  mismatch: 'not by a secret of this endpoint',
  expired: 'more than 300 seconds from now',
} as const;

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
