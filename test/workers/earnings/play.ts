import { env } from 'cloudflare:workers';
import { expect } from 'vitest';

import { runDue } from '../../../src/payout/advance.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { call, ingest, newPartner, rows, tokenOf } from '../partner/api.ts';

/** A partner's program, played from its first signup on: everything is told when it happens, through the API. */
export const START = '2026-01-05T20:00:00Z';
/** 90 calendar days later at the same wall-clock time, in summer time by then (V1). */
export const VESTS = '2026-04-05T19:00:00Z';
/** The same day of a month in 2026. */
export const month = (n: number) => `2026-0${n}-05T20:00:00Z`;

let ann = '';

/** Fresh books with one partner that is paid unless something keeps it; gives its token. */
export async function begin(): Promise<string> {
  await freshDatabases();
  await newPartner('ann', { paypal_email: 'ann@pay.example' }, START);
  ann = await tokenOf('ann', 'read', START);
  return ann;
}

/** An account that the partner refers. */
export async function signup(account_id: string, now = START): Promise<void> {
  const body = {
    account_id,
    email: `jo@${account_id}.example`,
    company: `${account_id} Inc.`,
    how_heard: 'ann@partners.example',
  };
  await call('POST', '/v1/signups', { as: ingest, now, body });
}

/** A payment told when it was made. */
export async function pay(account_id: string, payment_id: string, paid_at: string, amount = 7900): Promise<void> {
  const body = { payment_id, account_id, amount, currency: 'USD', paid_at };
  await call('POST', '/v1/payments', { as: ingest, now: paid_at, body });
}

/** A refund told when it was made. */
export async function refund(refund_id: string, payment_id: string, refunded_at: string, amount = 7900): Promise<void> {
  await call('POST', '/v1/refunds', {
    as: ingest,
    now: refunded_at,
    body: { refund_id, payment_id, amount, refunded_at },
  });
}

/** What the partner is told of its earnings. */
export async function earnings(now: string, as_of?: string) {
  return (await call('GET', `/v1/earnings${as_of === undefined ? '' : `?as_of=${as_of}`}`, { as: ann, now })).body;
}

/** What the partner is told of its commissions. */
export async function commissions(now: string, query = '') {
  return (await call('GET', `/v1/earnings/commissions${query}`, { as: ann, now })).body;
}

/** Runs the pay day's cron at 17:00 UTC. */
export async function friday(day: string): Promise<void> {
  const now = Date.parse(`${day}T17:00:00Z`);
  await runDue(openDatabase(env.BOOKS), { cron: '0 17 * * FRI', now, rail: 'export', approval: 'none' });
}

/** Tells what became of the one payout of a pay day. */
export async function outcome(pay_date: string, status: 'paid' | 'failed' | 'returned', now: string): Promise<void> {
  const [payout] = await rows<{ payout_id: string }>('SELECT payout_id FROM payouts WHERE pay_date = ?', pay_date);
  const items = [{ payout_id: payout?.payout_id ?? '', status, reason: 'because' }];
  const told = await recordOutcomes(openDatabase(env.BOOKS), { pay_date, items, by: 'ana', now: Date.parse(now) });
  expect(told).toMatchObject({ ok: true });
}
