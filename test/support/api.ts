import { env } from 'cloudflare:workers';

import { createApi } from '../../src/http/api.ts';
import type { ProgramEnv } from '../../src/http/env.ts';
import { ingestKey, operatorKeys } from './local.ts';

const app = createApi();

/** A JSON answer with its status. */
export interface Answer {
  status: number;
  // Tests read answers field by field; what they find is asserted.
  body: Record<string, never> & { [field: string]: unknown };
}

/** Who calls: a key of the local program, a partner's token, or nobody. */
export type Caller = 'ingest' | 'ana' | 'ben' | 'nobody' | { token: string };

function bearer(caller: Caller): Record<string, string> {
  if (caller === 'nobody') return {};
  if (typeof caller === 'object') return { authorization: `Bearer ${caller.token}` };
  return { authorization: `Bearer ${caller === 'ingest' ? ingestKey : operatorKeys[caller]}` };
}

/** Asks the program's API as a caller at an instant (RFC 3339), through the real routes on the real bindings. */
export async function call(
  method: string,
  path: string,
  options: { as?: Caller; at?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const headers = {
    ...bearer(options.as ?? 'ingest'),
    ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(options.at === undefined ? {} : { 'x-clock': options.at }),
    ...options.headers,
  };
  const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
  const response = await app.request(
    `http://localhost${path}`,
    { method, headers, ...body },
    env as unknown as ProgramEnv,
  );
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

/** Sends a browser form. */
export async function sendForm(
  fields: Record<string, string>,
  options: { at?: string; cookie?: string; origin?: string } = {},
): Promise<Response> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(options.at === undefined ? {} : { 'x-clock': options.at }),
    ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  };
  return app.request(
    'http://localhost/signups',
    { method: 'POST', headers, body: new URLSearchParams(fields).toString() },
    env as unknown as ProgramEnv,
  );
}
