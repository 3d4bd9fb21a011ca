import { env } from 'cloudflare:workers';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { call, sendForm } from '../../support/api.ts';
import { giveToken } from '../../support/world.ts';

const app = createApi();

/** Asks for a page as a browser would. */
export async function visit(
  path: string,
  options: { at: string; method?: string; answer?: string; body?: string; type?: string; env?: Partial<ProgramEnv> },
): Promise<{ status: number; text: string; headers: Headers }> {
  const { at, method = 'GET', answer, type = 'application/x-www-form-urlencoded' } = options;
  const body = options.body ?? (answer === undefined ? undefined : `answer=${answer}`);
  const headers = { 'x-clock': at, ...(body === undefined ? {} : { 'content-type': type }) };
  const response = await app.request(
    `http://localhost${path}`,
    { method, headers, ...(body === undefined ? {} : { body }) },
    { ...(env as unknown as ProgramEnv), ...options.env },
  );
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** Presses a button of the page. */
export function press(path: string, answer: 'yes' | 'no', at: string) {
  return visit(path, { method: 'POST', answer, at });
}

/** An account that nobody is tracked for. */
export async function openAccount(account_id: string, email: string, at: string): Promise<void> {
  const { status } = await call('POST', '/v1/signups', { body: { account_id, email, signed_up_at: at }, at });
  if (status !== 201) throw new Error(`the signup answered ${status}`);
}

/** A partner's token for claims. */
export async function claimToken(partner_id: string, at: string): Promise<{ token: string }> {
  const body = { expires_in: 300 * 86_400 };
  const { body: answer } = await call('POST', `/v1/partners/${partner_id}/tokens`, { as: 'ana', at, body });
  return { token: answer['token'] as unknown as string };
}

/** Files a claim by account and answers with its id. */
export async function claim(partner_id: string, account_id: string, at: string): Promise<string> {
  const as = await claimToken(partner_id, at);
  const { status, body } = await call('POST', '/v1/claims', { as, at, body: { account_id, kind: 'claim' } });
  if (status !== 201 && status !== 200) throw new Error(`the claim answered ${status}: ${JSON.stringify(body)}`);
  return body['claim_id'] as unknown as string;
}

/** An account joined to a form by address alone: the partner is shown, its lines held (R3). */
export async function joinByAddress(partner_id: string, account_id: string, email: string, at: string): Promise<void> {
  const form_at = new Date(Date.parse(at) - 3_600_000).toISOString();
  const referral_token = await giveToken({ code: partner_id, at: form_at });
  await sendForm({ email, referral_token }, { at: form_at });
  const { body } = await call('POST', '/v1/signups', { body: { account_id, email, signed_up_at: at }, at });
  if (!JSON.stringify(body['flags']).includes('form_join')) throw new Error(`not joined: ${JSON.stringify(body)}`);
}

export async function referrerOf(account_id: string): Promise<{ partner_id: string } | null> {
  const { body } = await call('GET', `/v1/accounts/${account_id}`, { as: 'ana' });
  return body['referrer'] as unknown as { partner_id: string } | null;
}
