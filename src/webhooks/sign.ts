import { Webhook } from 'standardwebhooks';

import { dateOf } from '../clock.ts';

/** The headers of Standard Webhooks: one signature for each secret that is valid, the present one's first. `at`: epoch ms. */
export function signedHeaders(
  secrets: readonly string[],
  webhook_id: string,
  at: number,
  body: string,
): Record<string, string> {
  const signatures = secrets.map((secret) => new Webhook(secret).sign(webhook_id, dateOf(at), body));
  return {
    'webhook-id': webhook_id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
