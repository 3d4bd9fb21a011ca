import { createRoute, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, nameOf } from '../http/auth.ts';
import type { Api } from '../http/context.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { instantOut, pageOf, PageQuery } from '../http/schema.ts';
import { errorNames, logLine } from '../log.ts';
import { attentionOf, behindOf } from './attention.rules.ts';
import { RPC_CODES } from './batch.answers.ts';
import { findBatch, listBatches, payoutsOfBatch, skippedOfBatch } from './batch.repo.ts';
import {
  ApprovalBody,
  BatchDetailOut,
  BatchOut,
  BatchPayoutOut,
  OutcomesBody,
  PayDateParam,
  Proposed,
  type SendOut,
  SkippedOut,
} from './batch.schemas.ts';
import { exportCsv } from './export.ts';
import type { BatchRow, PayoutRow } from './payout.schema.ts';
import type { RpcAnswer } from './rpc.ts';
import { sendsInNeed, sendsOfBatch } from './send.repo.ts';
import type { SendRow } from './send.schema.ts';

/** Fridays, as operators see and settle them (P1, P7, P8). What moves money is asked of the payouts Worker. */
export const batchRoutes = createRoutes();

const operator = allow('operator');
/** How many rows of each kind a batch's own answer holds. */
const FIRST_ROWS = 1000;

/** What people have to look at in batches; `behind` is null where payouts did not answer. */
interface Looks {
  behind: ReadonlySet<string> | null;
  sends: readonly SendRow[];
}

async function looksOf(c: Context<Api>, pay_dates: readonly string[]): Promise<Looks> {
  const [behind, sends] = await Promise.all([daysBehind(c), sendsInNeed(c.var.books, pay_dates)]);
  return { behind, sends };
}

/** The days of which the books have forgotten something. */
async function daysBehind(c: Context<Api>): Promise<ReadonlySet<string> | null> {
  try {
    const { missing } = await c.env.PAYOUTS.state();
    return new Set(missing.map(({ pay_date }) => pay_date));
  } catch (error) {
    logLine('payouts_state_failed', { error: errorNames(error) });
    return null;
  }
}

function batchOut(row: BatchRow, { behind, sends }: Looks): z.infer<typeof BatchOut> {
  const { payout_count, payout_amount, skipped_count } = row;
  const known = payout_count !== null && payout_amount !== null && skipped_count !== null;
  return {
    pay_date: row.pay_date,
    week: { start: row.week_start_on, end: row.week_end_on },
    status: behind?.has(row.pay_date) ? 'needs_attention' : row.status,
    rail: row.rail,
    currency: row.currency,
    policy_version: row.policy_version,
    frozen_at: instantOut(row.frozen_at),
    manifest_sha256: row.manifest_sha256,
    totals: known ? { payouts: payout_count, amount: payout_amount, skipped: skipped_count } : null,
    approval_reasons: JSON.parse(row.approval_reasons),
    approved_by: row.approved_by,
    approved_at: instantOut(row.approved_at),
    settled_at: instantOut(row.settled_at),
    attention: [
      ...behindOf(row.pay_date, behind),
      ...sends.filter((send) => send.pay_date === row.pay_date).flatMap((send) => attentionOf(send) ?? []),
    ],
  };
}

function payoutOut(row: PayoutRow): z.infer<typeof BatchPayoutOut> {
  const { payout_id, partner_id, amount, line_count, status, reference, reason } = row;
  return { payout_id, partner_id, amount, line_count, status, status_at: instantOut(row.status_at), reference, reason };
}

function sendOut(row: SendRow): z.infer<typeof SendOut> {
  const { chunk, attempt, sender_batch_id, provider_batch_id, status, tries, reason } = row;
  return {
    chunk,
    attempt,
    sender_batch_id,
    payout_batch_id: provider_batch_id,
    status,
    tries,
    reason,
    first_sent_at: instantOut(row.first_sent_at),
    checked_at: instantOut(row.checked_at),
    attention: attentionOf(row),
  };
}

function noBatch(pay_date: string, behind: ReadonlySet<string> | null): string {
  const none = `There is no batch of ${pay_date}.`;
  return behind?.has(pay_date) ? `${none} The witness knows one: the books are behind, replay it.` : none;
}

async function batchOrFail(c: Context<Api>, pay_date: string): Promise<BatchRow> {
  return (await findBatch(c.var.books, pay_date)) ?? fail('not_found', `There is no batch of ${pay_date}.`);
}

const getBatches = createRoute({
  method: 'get',
  path: '/v1/payout-batches',
  tags: ['operator'],
  middleware: operator,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(BatchOut), 'Batches, the latest first'), ...PROBLEM_ANSWERS },
});
batchRoutes.openapi(getBatches, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const found = await listBatches(c.var.books, keyOfCursor(cursor), limit);
  const { data, next_cursor } = page(found, limit, (row) => row.pay_date);
  const looks = await looksOf(
    c,
    data.map((row) => row.pay_date),
  );
  return c.json({ data: data.map((row) => batchOut(row, looks)), next_cursor }, 200);
});

const getBatch = createRoute({
  method: 'get',
  path: '/v1/payout-batches/{pay_date}',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam },
  responses: {
    200: jsonAnswer(BatchDetailOut, 'The batch with the first 1,000 of its payouts and of those it skipped'),
    ...PROBLEM_ANSWERS,
  },
});
batchRoutes.openapi(getBatch, async (c) => {
  const { pay_date } = c.req.valid('param');
  const behind = await daysBehind(c);
  const batch = (await findBatch(c.var.books, pay_date)) ?? fail('not_found', noBatch(pay_date, behind));
  const [payouts, skipped, sends] = await Promise.all([
    payoutsOfBatch(c.var.books, pay_date, null, FIRST_ROWS),
    skippedOfBatch(c.var.books, pay_date, null, FIRST_ROWS),
    sendsOfBatch(c.var.books, pay_date),
  ]);
  const first = { payouts: payouts.slice(0, FIRST_ROWS).map(payoutOut), skipped: skipped.slice(0, FIRST_ROWS) };
  return c.json({ ...batchOut(batch, { behind, sends }), ...first, sends: sends.map(sendOut) }, 200);
});

const getPayouts = createRoute({
  method: 'get',
  path: '/v1/payout-batches/{pay_date}/payouts',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam, query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(BatchPayoutOut), 'The batch’s payouts by partner'), ...PROBLEM_ANSWERS },
});
batchRoutes.openapi(getPayouts, async (c) => {
  const { pay_date } = c.req.valid('param');
  const { cursor, limit } = c.req.valid('query');
  await batchOrFail(c, pay_date);
  const found = await payoutsOfBatch(c.var.books, pay_date, keyOfCursor(cursor), limit);
  const { data, next_cursor } = page(found, limit, (row) => row.partner_id);
  return c.json({ data: data.map(payoutOut), next_cursor }, 200);
});

const getSkipped = createRoute({
  method: 'get',
  path: '/v1/payout-batches/{pay_date}/skipped',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam, query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(SkippedOut), 'Everyone with something due whom the batch did not pay, with their gates'),
    ...PROBLEM_ANSWERS,
  },
});
batchRoutes.openapi(getSkipped, async (c) => {
  const { pay_date } = c.req.valid('param');
  const { cursor, limit } = c.req.valid('query');
  await batchOrFail(c, pay_date);
  const found = await skippedOfBatch(c.var.books, pay_date, keyOfCursor(cursor), limit);
  return c.json(
    page(found, limit, (row) => row.partner_id),
    200,
  );
});

async function answered(c: Context<Api>, pay_date: string, answer: RpcAnswer) {
  if (!answer.ok) return failed(RPC_CODES, answer.reason, answer.detail);
  const batch = batchOut(await batchOrFail(c, pay_date), await looksOf(c, [pay_date]));
  return { batch, status: answer.first_time ? 201 : 200 } as const;
}

const changed = {
  200: jsonAnswer(BatchOut, 'Done before: the batch as it stands'),
  201: jsonAnswer(BatchOut, 'Done: the batch as it stands'),
  ...PROBLEM_ANSWERS,
};

const postApproval = createRoute({
  method: 'post',
  path: '/v1/payout-batches/{pay_date}/approval',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam, body: jsonBody(ApprovalBody) },
  responses: {
    ...changed,
    202: jsonAnswer(Proposed, 'Proposed (PAYOUT_APPROVERS=2): another person makes the same call'),
  },
});
batchRoutes.openapi(postApproval, async (c) => {
  const { pay_date } = c.req.valid('param');
  const { manifest_sha256 } = c.req.valid('json');
  const answer = await c.env.PAYOUTS.approve(pay_date, manifest_sha256, nameOf(c.var.actor), c.var.now, 'api');
  if (answer.ok && answer.proposed) return c.json({ status: 'proposed' as const }, 202);
  const { batch, status } = await answered(c, pay_date, answer);
  return c.json(batch, status);
});

const postOutcomes = createRoute({
  method: 'post',
  path: '/v1/payout-batches/{pay_date}/outcomes',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam, body: jsonBody(OutcomesBody) },
  responses: changed,
});
batchRoutes.openapi(postOutcomes, async (c) => {
  const { pay_date } = c.req.valid('param');
  const { items } = c.req.valid('json');
  const answer = await c.env.PAYOUTS.recordOutcomes(pay_date, items, nameOf(c.var.actor), c.var.now, 'api');
  const { batch, status } = await answered(c, pay_date, answer);
  return c.json(batch, status);
});

const getExport = createRoute({
  method: 'get',
  path: '/v1/payout-batches/{pay_date}/export.csv',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam },
  responses: {
    200: {
      content: { 'text/csv': { schema: { type: 'string' } as const } },
      description: 'PayPal’s mass-payment file: receiver, amount, currency, payout id, note',
    },
    ...PROBLEM_ANSWERS,
  },
});
batchRoutes.openapi(getExport, async (c) => {
  const { pay_date } = c.req.valid('param');
  const file = await exportCsv(c.var.books, pay_date, c.var.config.program_name);
  if (!file.ok) return failed(RPC_CODES, file.reason, file.detail);
  // Handed out only once the witness outside the books knows the batch (P7).
  const kept = await c.env.PAYOUTS.prepareExport(pay_date, c.var.now);
  if (!kept.ok) return failed(RPC_CODES, kept.reason, kept.detail);
  return c.body(file.csv, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="payouts-${pay_date}.csv"`,
    'cache-control': 'no-store',
  });
});
