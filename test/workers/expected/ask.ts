import { env } from 'cloudflare:workers';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call, type Answer } from '../../support/api.ts';

export const RECEIVED = '2026-03-01T12:00:00Z';
export const ACCEPTED = '2026-03-02T12:00:00Z';
/** 30 calendar days later at noon UTC is an hour earlier on the wall clock there: clocks change on 8 March. */
export const LAST = '2026-04-01T11:00:00Z';
/** The program behind its HTTP API. */
export const app = createApi();

/** A partner hands a list in, as JSON. */
export const handIn = (token: string, emails: readonly string[], at = RECEIVED, headers: Record<string, string> = {}) =>
  call('POST', '/v1/expected-clients', { as: { token }, at, body: emails.map((email) => ({ email })), headers });

/** A partner hands a list in, as CSV. */
export async function csv(
  token: string,
  text: string,
  at = RECEIVED,
  type = 'text/csv; charset=utf-8',
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'x-clock': at };
  const response = await app.request(
    'http://localhost/v1/expected-clients',
    { method: 'POST', headers, body: text },
    env as unknown as ProgramEnv,
  );
  return { status: response.status, body: await response.json() };
}

/** The list that an answer is about. */
export const idOf = (answer: Answer) => String(answer.body['list_id']);
/** An operator accepts a list. */
export const accept = (list_id: string, at = ACCEPTED, reason = 'They run the courses of the town.') =>
  call('POST', `/v1/expected-clients/${list_id}/acceptance`, { as: 'ana', at, body: { reason } });
/** An operator looks at a list. */
export const look = (list_id: string, at = ACCEPTED, query = '') =>
  call('GET', `/v1/expected-clients/${list_id}${query}`, { as: 'ben', at });
/** The company's server tells a signup. */
export const signup = (account_id: string, email: string, at: string, more: object = {}) =>
  call('POST', '/v1/signups', { at, body: { account_id, email, signed_up_at: at, ...more } });

/** What an operator is told of each row. */
export async function verdicts(list_id: string, at = ACCEPTED): Promise<unknown[]> {
  const { body } = await look(list_id, at);
  return (body['data'] as unknown as { verdict: string | null }[]).map((row) => row.verdict);
}
