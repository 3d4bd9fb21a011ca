import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { LongId, toInstant } from '../http/schema.ts';
import { doorOf, sentBody, writtenStatus } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import {
  CancellationBody,
  CancellationOut,
  CancellationVoidBody,
  ConversionBody,
  PaymentBody,
  PaymentOut,
  RefundBody,
  RefundOut,
  ReversalBody,
  VoidBody,
} from './billing.schemas.ts';
import { recordCancellation, voidCancellation } from './cancellation.ts';
import { convertPayment, recordPayment, voidPayment } from './payment.ts';
import { recordRefund, reverseRefund, voidRefund } from './refund.ts';

/** Payments, refunds, their reversals, ends, voids (C1, C2, V2): told by billing servers, corrected by operators. */
export const billingRoutes = createRoutes();

function answers<T extends z.ZodType>(schema: T) {
  return {
    200: jsonAnswer(schema, 'Told before; a parked one as it stands now'),
    201: jsonAnswer(schema, 'Recorded'),
    202: jsonAnswer(schema, 'Parked until it can be applied'),
    ...PROBLEM_ANSWERS,
  };
}

const ingest = allow('ingest');
const operator = allow('operator');
const Payment = z.object({ payment_id: LongId });
const Refund = z.object({ refund_id: LongId });
const Account = z.object({ account_id: LongId });

const CODES = {
  conflict: 'conflict',
  busy: 'busy',
  not_found: 'not_found',
  refund_too_large: 'refund_too_large',
  own_currency: 'invalid',
} as const;

const postPayment = createRoute({
  method: 'post',
  path: '/v1/payments',
  tags: ['ingest'],
  middleware: ingest,
  request: { body: jsonBody(PaymentBody) },
  responses: answers(PaymentOut),
});
billingRoutes.openapi(postPayment, async (c) => {
  const body = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const input = {
    ...body,
    paid_at: toInstant(body.paid_at),
    tax_amount: body.tax_amount ?? 0,
    plan: body.plan ?? null,
  };
  const written = await recordPayment(doorOf(c), hasher, input, await sentBody(c));
  if (!written.ok) return failed(CODES, written.reason);
  return c.json(written.answer, writtenStatus(written.first_time, written.answer.status === 'parked'));
});

const postConversion = createRoute({
  method: 'post',
  path: '/v1/payments/{payment_id}/conversion',
  tags: ['operator'],
  middleware: operator,
  request: { params: Payment, body: jsonBody(ConversionBody) },
  responses: answers(PaymentOut),
});
billingRoutes.openapi(postConversion, async (c) => {
  const written = await convertPayment(doorOf(c), c.req.valid('param').payment_id, c.req.valid('json').amount);
  if (!written.ok)
    return failed(
      CODES,
      written.reason,
      written.reason === 'own_currency' ? "the payment is in the program's own currency" : undefined,
    );
  return c.json(written.answer, writtenStatus(written.first_time, false));
});

const postPaymentVoid = createRoute({
  method: 'post',
  path: '/v1/payments/{payment_id}/void',
  tags: ['operator'],
  middleware: operator,
  request: { params: Payment, body: jsonBody(VoidBody) },
  responses: answers(PaymentOut),
});
billingRoutes.openapi(postPaymentVoid, async (c) => {
  const written = await voidPayment(doorOf(c), c.req.valid('param').payment_id, c.req.valid('json').reason);
  return written.ok ? c.json(written.answer, 200) : failed(CODES, written.reason);
});

const postRefund = createRoute({
  method: 'post',
  path: '/v1/refunds',
  tags: ['ingest'],
  middleware: ingest,
  request: { body: jsonBody(RefundBody) },
  responses: answers(RefundOut),
});
billingRoutes.openapi(postRefund, async (c) => {
  const body = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const written = await recordRefund(
    doorOf(c),
    hasher,
    { ...body, refunded_at: toInstant(body.refunded_at) },
    await sentBody(c),
  );
  if (!written.ok) return failed(CODES, written.reason);
  return c.json(written.answer, writtenStatus(written.first_time, written.answer.status === 'parked'));
});

const postReversal = createRoute({
  method: 'post',
  path: '/v1/refunds/{refund_id}/reversal',
  tags: ['ingest'],
  middleware: ingest,
  request: { params: Refund, body: jsonBody(ReversalBody) },
  responses: answers(RefundOut),
});
billingRoutes.openapi(postReversal, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const { refund_id } = c.req.valid('param');
  const written = await reverseRefund(
    doorOf(c),
    hasher,
    refund_id,
    toInstant(c.req.valid('json').reversed_at),
    await sentBody(c),
  );
  if (!written.ok) return failed(CODES, written.reason);
  return c.json(written.answer, writtenStatus(written.first_time, written.answer.status === 'parked'));
});

const postRefundVoid = createRoute({
  method: 'post',
  path: '/v1/refunds/{refund_id}/void',
  tags: ['operator'],
  middleware: operator,
  request: { params: Refund, body: jsonBody(VoidBody) },
  responses: answers(RefundOut),
});
billingRoutes.openapi(postRefundVoid, async (c) => {
  const written = await voidRefund(doorOf(c), c.req.valid('param').refund_id, c.req.valid('json').reason);
  return written.ok ? c.json(written.answer, 200) : failed(CODES, written.reason);
});

const postCancellation = createRoute({
  method: 'post',
  path: '/v1/accounts/{account_id}/cancellation',
  tags: ['ingest'],
  middleware: ingest,
  request: { params: Account, body: jsonBody(CancellationBody) },
  responses: answers(CancellationOut),
});
billingRoutes.openapi(postCancellation, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const { account_id } = c.req.valid('param');
  const written = await recordCancellation(
    doorOf(c),
    hasher,
    account_id,
    toInstant(c.req.valid('json').cancelled_at),
    await sentBody(c),
  );
  if (!written.ok) return failed(CODES, written.reason);
  return c.json(written.answer, writtenStatus(written.first_time, written.answer.status === 'parked'));
});

const postCancellationVoid = createRoute({
  method: 'post',
  path: '/v1/accounts/{account_id}/cancellation/void',
  tags: ['operator'],
  middleware: operator,
  request: { params: Account, body: jsonBody(CancellationVoidBody) },
  responses: answers(CancellationOut),
});
billingRoutes.openapi(postCancellationVoid, async (c) => {
  const { reason, cancelled_at } = c.req.valid('json');
  const written = await voidCancellation(
    doorOf(c),
    c.req.valid('param').account_id,
    cancelled_at === undefined ? null : toInstant(cancelled_at),
    reason,
  );
  return written.ok ? c.json(written.answer, 200) : failed(CODES, written.reason);
});
