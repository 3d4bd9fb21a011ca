import { env } from 'cloudflare:workers';

import { createApi } from '../../../src/http/api.ts';
import { audit, type Audit } from '../../core/statement/auditor.ts';
import { operatorKeys } from '../../support/local.ts';

const app = createApi();

/** A request whose answer is read as text. */
export async function ask(
  path: string,
  as: string | null = operatorKeys.ana,
  now = '2026-12-01T00:00:00Z',
): Promise<{ status: number; type: string | null; text: string }> {
  const headers = { 'x-clock': now, ...(as === null ? {} : { authorization: `Bearer ${as}` }) };
  const response = await app.fetch(new Request(`http://localhost${path}`, { headers }), env);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** The journal of a window with what an independent reading finds in it; it must be whole. */
export async function journal(query = ''): Promise<Audit & { text: string }> {
  const { status, text } = await ask(`/v1/journal${query}`);
  const found = audit(text);
  if (status !== 200) throw new Error(text);
  if (!text.endsWith(`; end of journal, ${found.transactions} transactions\n`)) throw new Error('cut off');
  return { ...found, text };
}
