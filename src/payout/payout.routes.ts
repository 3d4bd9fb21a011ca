import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, nameOf, partnerActor } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Day, Id, instantOut, InstantOut, line, Reason } from '../http/schema.ts';
import { RPC_CODES, type PayoutRow } from './batch.answers.ts';
import { findPayout } from './batch.repo.ts';
import { BatchPayoutOut, PayDateParam, Proposed } from './batch.schemas.ts';
import { askCancellation, pokeCancellations } from './cancel.ts';
import { PAYOUT_STATUSES } from './payout.schema.ts';
import type { RpcAnswer } from './rpc.ts';

/** What a person settles of payouts (P7). What moves money is asked of the payouts Worker. */
export const payoutRoutes = createRoutes();

const operator = allow('operator');
const ProviderId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of the provider’s');

const settled = {
  200: jsonAnswer(BatchPayoutOut, 'Done before: the payout as it stands'),
  201: jsonAnswer(BatchPayoutOut, 'Done: the payout as it stands'),
  ...PROBLEM_ANSWERS,
};
const proposed = { 202: jsonAnswer(Proposed, 'Proposed: another person makes the same call') };

function payoutOut(row: PayoutRow): z.infer<typeof BatchPayoutOut> {
  const { payout_id, partner_id, amount, line_count, status, reference, reason } = row;
  return { payout_id, partner_id, amount, line_count, status, status_at: instantOut(row.status_at), reference, reason };
}

/** 202 where a second person is needed, else 201 the first time and 200 for a replay; problems end the route. */
function statusOf(answer: RpcAnswer): 200 | 201 | 202 {
  if (!answer.ok) return failed(RPC_CODES, answer.reason, answer.detail);
  if (answer.proposed) return 202;
  return answer.first_time ? 201 : 200;
}

const PayoutParam = z.object({ payout_id: Id });

const postResolution = createRoute({
  method: 'post',
  path: '/v1/payouts/{payout_id}/resolution',
  tags: ['operator'],
  middleware: operator,
  request: {
    params: PayoutParam,
    body: jsonBody(
      z.strictObject({
        outcome: z.enum(['paid', 'not_paid', 'written_off']),
        reason: Reason,
        reference: line(200).optional(),
      }),
    ),
  },
  responses: { ...settled, ...proposed },
});
payoutRoutes.openapi(postResolution, async (c) => {
  const { payout_id } = c.req.valid('param');
  const answer = await c.env.PAYOUTS.resolve(payout_id, c.req.valid('json'), nameOf(c.var.actor), c.var.now, 'api');
  const status = statusOf(answer);
  if (status === 202) return c.json({ status: 'proposed' as const }, 202);
  const payout = (await findPayout(c.var.books, payout_id)) ?? fail('not_found');
  return c.json(payoutOut(payout), status);
});

const postWithholding = createRoute({
  method: 'post',
  path: '/v1/payouts/{payout_id}/withholding',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayoutParam, body: jsonBody(z.strictObject({ reason: Reason })) },
  responses: settled,
});
payoutRoutes.openapi(postWithholding, async (c) => {
  const { payout_id } = c.req.valid('param');
  const { reason } = c.req.valid('json');
  const answer = await c.env.PAYOUTS.withhold(payout_id, reason, nameOf(c.var.actor), c.var.now, 'api');
  const status = statusOf(answer) === 201 ? 201 : 200;
  const payout = (await findPayout(c.var.books, payout_id)) ?? fail('not_found');
  return c.json(payoutOut(payout), status);
});

const Cancellation = z
  .object({
    payout_id: Id,
    pay_date: z.string(),
    amount: z.int(),
    status: z.enum(PAYOUT_STATUSES),
    status_at: InstantOut,
    asked_at: InstantOut,
  })
  .openapi('PayoutCancellation');

const postCancellation = createRoute({
  method: 'post',
  path: '/v1/payouts/{payout_id}/cancellation',
  tags: ['partner', 'operator'],
  middleware: allow('partner', 'operator'),
  request: { params: PayoutParam, body: jsonBody(z.strictObject({})) },
  responses: {
    200: jsonAnswer(Cancellation, 'Over: PayPal has said what became of it, and the status says so'),
    202: jsonAnswer(Cancellation, 'Asked for; while it is `unclaimed`, PayPal has not said yet that it is returned'),
    ...PROBLEM_ANSWERS,
  },
});
payoutRoutes.openapi(postCancellation, async (c) => {
  const { actor, books, now } = c.var;
  const { payout_id } = c.req.valid('param');
  const whose = actor.role === 'partner' ? partnerActor(actor, 'payout').partner_id : null;
  const answer = await askCancellation(books, { payout_id, whose, by: nameOf(actor), now, via: 'api' });
  if (!answer.ok) return failed(RPC_CODES, answer.reason, answer.detail);
  if (answer.payout.status === 'unclaimed')
    await pokeCancellations(c.env.PAYOUTS, books, answer.payout.partner_id, now);
  const { pay_date, amount, status, status_at } = (await findPayout(books, payout_id)) ?? answer.payout;
  const instants = { status_at: instantOut(status_at), asked_at: instantOut(answer.asked_at) };
  return c.json({ payout_id, pay_date, amount, status, ...instants }, status === 'unclaimed' ? 202 : 200);
});

const Done = z.object({ pay_date: Day, status: z.enum(['done']) }).openapi('Done');
const done = {
  200: jsonAnswer(Done, 'Done before'),
  201: jsonAnswer(Done, 'Done'),
  ...proposed,
  ...PROBLEM_ANSWERS,
};

const postAdoption = createRoute({
  method: 'post',
  path: '/v1/payout-batches/{pay_date}/chunks/{n}/adoption',
  tags: ['operator'],
  middleware: operator,
  request: {
    params: PayDateParam.extend({ n: z.coerce.number().int().min(1).max(100_000) }),
    body: jsonBody(z.strictObject({ payout_batch_id: ProviderId })),
  },
  responses: done,
});
payoutRoutes.openapi(postAdoption, async (c) => {
  const { pay_date, n } = c.req.valid('param');
  const { payout_batch_id } = c.req.valid('json');
  const answer = await c.env.PAYOUTS.adopt(pay_date, n, payout_batch_id, nameOf(c.var.actor), c.var.now, 'api');
  const status = statusOf(answer);
  if (status === 202) return c.json({ status: 'proposed' as const }, 202);
  return c.json({ pay_date, status: 'done' as const }, status);
});

const postReplay = createRoute({
  method: 'post',
  path: '/v1/payout-batches/{pay_date}/replay',
  tags: ['operator'],
  middleware: operator,
  request: { params: PayDateParam, body: jsonBody(z.strictObject({})) },
  responses: done,
});
payoutRoutes.openapi(postReplay, async (c) => {
  const { pay_date } = c.req.valid('param');
  const answer = await c.env.PAYOUTS.replay(pay_date, nameOf(c.var.actor), c.var.now, 'api');
  const status = statusOf(answer);
  if (status === 202) return c.json({ status: 'proposed' as const }, 202);
  return c.json({ pay_date, status: 'done' as const }, status);
});

const State = z
  .object({
    books_behind: z.boolean(),
    missing: z.array(
      z.object({ what: z.enum(['batch', 'manifest', 'send', 'word']), pay_date: z.string(), key: z.string() }),
    ),
  })
  .openapi('PayoutsState');

const getState = createRoute({
  method: 'get',
  path: '/v1/payouts-state',
  tags: ['operator'],
  middleware: operator,
  responses: {
    200: jsonAnswer(State, 'Whether the books are whole; while they are behind, nothing is frozen, sent or exported'),
    ...PROBLEM_ANSWERS,
  },
});
payoutRoutes.openapi(getState, async (c) => c.json(await c.env.PAYOUTS.state(), 200));
