import type { OpenAPIHono } from '@hono/zod-openapi';

import { describeWebhooks } from '../webhooks/webhook.document.ts';
import type { Api } from './context.ts';
import { PROBLEMS } from './problem.ts';
import { describeVisitors } from './visitors.document.ts';

/** What the OpenAPI document says beside the routes' own schemas. */
const INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Lastclick',
    version: '1',
    description: [
      'A partner program: clicks, signups, payments, commissions, payouts.',
      'Money is an integer of minor units with an ISO 4217 currency; instants are RFC 3339 UTC; program days are YYYY-MM-DD.',
      `Problems are RFC 9457 with a code of a closed list: ${Object.keys(PROBLEMS).join(', ')}.`,
    ].join('\n\n'),
    license: { name: 'MIT', identifier: 'MIT' },
  },
  security: [{ bearer: [] }],
};

/** The OpenAPI 3.1 document of the API, out of the schemas that validate its requests. Built ahead; a test holds it to the routes. */
export function buildDocument(app: OpenAPIHono<Api>): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'an ingest key, an operator key, or a partner token (EdDSA JWT)',
  });
  describeVisitors(app);
  describeWebhooks(app);
  return app.getOpenAPI31Document(INFO, { sortComponents: 'alphabetically' });
}
