import { env } from 'cloudflare:workers';

import { createApi } from '../../src/http/api.ts';
import type { ProgramEnv } from '../../src/http/env.ts';
import { localSecrets } from './local.ts';
import type { SentEvent } from './stripe-story.ts';

export type { SentEvent } from './stripe-story.ts';

const app = createApi();
const encoder = new TextEncoder();

/** A `Stripe-Signature` over a body, made here from the scheme. */
export async function signatureOf(body: string, timestamp: number, secret: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(`${timestamp}.${body}`)));
  return `t=${timestamp},v1=${[...mac].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Delivers an event with its signature, to the program as it is or with other bindings. */
export async function deliver(
  event: SentEvent,
  at: number,
  bindings: ProgramEnv = env as unknown as ProgramEnv,
): Promise<number> {
  const body = JSON.stringify(event);
  const header = await signatureOf(body, Math.floor(at / 1000), localSecrets.STRIPE_WEBHOOK_SECRET);
  const response = await app.request(
    'http://localhost/v1/webhooks/stripe',
    {
      method: 'POST',
      headers: { 'stripe-signature': header, 'x-clock': new Date(at).toISOString() },
      body,
    },
    bindings,
  );
  await response.text();
  return response.status;
}
