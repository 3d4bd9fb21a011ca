import { env } from 'cloudflare:workers';

import { call, type Answer } from '../../support/api.ts';

export const ANN = 'ann@client.biz';
export const T0 = '2026-03-01T12:00:00Z';
export const LATER = '2026-03-20T12:00:00Z';

/** Rows of the books. */
export async function rows<Row = Record<string, unknown>>(query: string, ...values: unknown[]): Promise<Row[]> {
  const { results } = await env.BOOKS.prepare(query)
    .bind(...values)
    .all<Row>();
  return results;
}

/** Every table of the books as text, for looking whether something stands anywhere in it. */
export async function everywhere(): Promise<string> {
  const tables = await rows<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => `${name} ${JSON.stringify(await rows(`SELECT * FROM ${name}`))}`),
  );
  return texts.join('\n');
}

/** Both operators order the same erasure; the second answer. */
export async function erase(email: string, at = LATER, reason = 'they asked for it'): Promise<Answer> {
  const body = { email, reason };
  await call('POST', '/v1/people/erasure', { as: 'ana', at, body });
  return call('POST', '/v1/people/erasure', { as: 'ben', at, body });
}

export const exported = async (email: string, at = LATER) =>
  call('GET', `/v1/people/export?email=${encodeURIComponent(email)}`, { as: 'ana', at });
