import { env } from 'cloudflare:workers';

import { createApi } from '../../../src/http/api.ts';
import { ingestKey, operatorKeys } from '../../support/local.ts';

/** A whole program behind its HTTP API, played on a clock of the test's own. */
const app = createApi();

export interface Call {
  as?: string;
  now?: string;
  key?: string;
  body?: unknown;
  env?: Partial<typeof env>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // Tests read answers as they come.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export const NOON = '2026-03-02T20:00:00Z';

/** One request; `as` is a bearer credential, by default an operator's. */
export async function call(method: string, path: string, options: Call = {}): Promise<Answer> {
  const { as = operatorKeys.ana, now = NOON, key, body } = options;
  const headers: Record<string, string> = { authorization: `Bearer ${as}`, 'x-clock': now };
  if (key !== undefined) headers['idempotency-key'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const request = new Request(`http://localhost${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bindings = options.env ? { ...env, ...options.env } : env;
  const response = await app.fetch(request, bindings);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}

export const ben = operatorKeys.ben;
export const ingest = ingestKey;

/** A partner that is paid unless a test says otherwise. */
export async function newPartner(
  partner_id: string,
  fields: Record<string, unknown> = {},
  now = NOON,
): Promise<Answer> {
  const body = {
    partner_id,
    name: `Partner ${partner_id}`,
    email: `${partner_id}@partners.example`,
    country: 'US',
    ...fields,
  };
  return call('POST', '/v1/partners', { body, now });
}

/** A partner's token, for as long as its scope allows. */
export async function tokenOf(partner_id: string, scope?: string, now = NOON): Promise<string> {
  const life = scope?.includes('payout') ? {} : { expires_in: 400 * 86_400 };
  const { body } = await call('POST', `/v1/partners/${partner_id}/tokens`, {
    body: scope === undefined ? life : { scope, ...life },
    now,
  });
  return body.token;
}

/** A row or more of the books, for looking behind the API. */
export async function rows<Row = Record<string, unknown>>(query: string, ...values: unknown[]): Promise<Row[]> {
  const { results } = await env.BOOKS.prepare(query)
    .bind(...values)
    .all<Row>();
  return results;
}
