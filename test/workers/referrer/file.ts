import { env } from 'cloudflare:workers';

import { keepClicks } from '../../../src/attribution/click.repo.ts';
import type { ClickClass } from '../../../src/attribution/click.ts';
import { newClickId } from '../../../src/attribution/token.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { call, type Answer } from '../../support/api.ts';
import { giveToken } from '../../support/world.ts';

const tokens = new Map<string, string>();

/** A partner's token with its default scopes, minted once a file. */
export async function tokenOf(partner_id: string, at = '2026-06-01T00:00:00Z'): Promise<{ token: string }> {
  const known = tokens.get(partner_id);
  if (known !== undefined) return { token: known };
  const body = { scope: 'read links claims', expires_in: 400 * 24 * 60 * 60 };
  const minted = await call('POST', `/v1/partners/${partner_id}/tokens`, { as: 'ana', at, body });
  const token = String(minted.body['token']);
  tokens.set(partner_id, token);
  return { token };
}

/** Tokens of former books do not hold in new ones. */
export function forgetTokens(): void {
  tokens.clear();
}

/** A partner files a claim or an audit. */
export async function file(
  partner_id: string,
  at: string,
  named: { account_id: string } | { account_email: string },
  kind: 'claim' | 'audit' = 'claim',
  note?: string,
): Promise<Answer> {
  const body = { ...named, kind, ...(note === undefined ? {} : { note }) };
  return call('POST', '/v1/claims', { as: await tokenOf(partner_id), at, body });
}

/** Support records the client's answer. */
export function confirm(claim_id: unknown, at: string, confirmed = true, as: 'ana' | 'ben' = 'ana'): Promise<Answer> {
  const body = { confirmed, evidence: 'mail of the client, ticket 42' };
  return call('POST', `/v1/claims/${String(claim_id)}/confirmation`, { as, at, body });
}

/** The company's server tells a signup. */
export function signup(account_id: string, at: string, more: object = {}): Promise<Answer> {
  const body = { account_id, email: `${account_id}@client.example`, signed_up_at: at, ...more };
  return call('POST', '/v1/signups', { at, body });
}

/** The billing server tells a payment of 79.00, at once unless told otherwise. */
export function pay(account_id: string, payment_id: string, paid_at: string, told_at = paid_at): Promise<Answer> {
  const body = { payment_id, account_id, amount: 7900, currency: 'USD', paid_at };
  return call('POST', '/v1/payments', { at: told_at, body });
}

/** The account as an operator sees it. */
export async function account(account_id: string): Promise<Answer['body']> {
  return (await call('GET', `/v1/accounts/${account_id}`, { as: 'ana', at: '2027-12-01T00:00:00Z' })).body;
}

/** A partner's own claims. */
export async function ownClaims(partner_id: string, at: string): Promise<Record<string, unknown>[]> {
  const list = await call('GET', '/v1/claims', { as: await tokenOf(partner_id), at });
  return list.body['data'] as unknown as Record<string, unknown>[];
}

/** Visitor ids by name, as long as real ones. */
export const visitor = (name: string): string => name.padEnd(16, '_');

/** A click that the queue has brought into the clicks database. */
export async function recordClick(
  code: string,
  at: string,
  visitor_id: string,
  kind: ClickClass = 'person',
): Promise<string> {
  const clicked_at = Date.parse(at);
  const click_id = newClickId(clicked_at);
  const row = { click_id, visitor_id, clicked_at, code, partner_id: code, class: kind };
  await keepClicks(openDatabase(env.CLICKS), [{ ...row, day: at.slice(0, 10) }]);
  return click_id;
}

/** The referral token of a visitor's click, not in the clicks database yet. */
export function clicked(code: string, at: string, name: string): Promise<string> {
  return giveToken({ code, at, visitor_id: visitor(name) });
}

/** Rows of the books by a plain query, for looking behind the API. */
export async function rows(query: string): Promise<Record<string, unknown>[]> {
  const { results } = await env.BOOKS.prepare(query).all();
  return results;
}
