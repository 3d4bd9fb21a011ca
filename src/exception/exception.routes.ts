import { createRoute, z } from '@hono/zod-openapi';

import { moveAccount } from '../account/merge.ts';
import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { Id, Instant, InstantOut, instantOut, LongId, pageOf, PageQuery, Reason, toInstant } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { countExceptions, listExceptions } from './exception.repo.ts';
import { overrule, OVERRULABLE } from './overrule.ts';

/** What operators order of an account against, or beside, the policy: exceptions, merges, handovers. */
export const exceptionRoutes = createRoutes();

const operator = allow('operator');
const Params = z.object({ account_id: LongId });

const Ordered = z
  .object({
    status: z.enum(['proposed', 'done']),
    exception_id: Id,
    account_id: LongId,
    clause: z.string(),
    decision_id: Id.nullable(),
  })
  .openapi('ExceptionAnswer');
const postException = createRoute({
  method: 'post',
  path: '/v1/accounts/{account_id}/exceptions',
  tags: ['operator'],
  middleware: operator,
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({
          clause: z.enum(OVERRULABLE),
          partner_id: Id.nullable().openapi({ description: 'the referrer from now on; null: nobody' }),
          earns_from: Instant.optional().openapi({ description: 'payments made before earn nothing' }),
          reason: Reason,
        })
        .openapi('ExceptionOrder'),
    ),
  },
  responses: {
    200: jsonAnswer(Ordered, 'Done before, by the same words'),
    201: jsonAnswer(Ordered, 'Done: another operator had proposed the same'),
    202: jsonAnswer(Ordered, 'Proposed; done by the same call from another name'),
    ...PROBLEM_ANSWERS,
  },
});
exceptionRoutes.openapi(postException, async (c) => {
  const { clause, partner_id, earns_from, reason } = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const order = {
    account_id: c.req.valid('param').account_id,
    clause,
    partner_id,
    earns_from: earns_from === undefined ? null : toInstant(earns_from),
    reason,
  };
  const done = await overrule(doorOf(c), hasher, order);
  if (!done.ok)
    return failed(
      { not_found: 'not_found', unknown_partner: 'invalid', conflict: 'conflict', busy: 'busy' },
      done.reason,
      done.reason === 'unknown_partner' ? 'there is no such partner' : undefined,
    );
  return c.json(done.answer, done.answer.status === 'proposed' ? 202 : done.first_time ? 201 : 200);
});

const Exception = z
  .object({
    exception_id: Id,
    account_id: LongId,
    decision_id: Id,
    clause: z.string(),
    proposed_by: z.string(),
    agreed_by: z.string(),
    at: InstantOut,
    reason: z.string().nullable(),
  })
  .openapi('Exception');
const getExceptions = createRoute({
  method: 'get',
  path: '/v1/exceptions',
  tags: ['operator'],
  middleware: operator,
  request: { query: PageQuery.extend({ account_id: LongId.optional(), clause: z.enum(OVERRULABLE).optional() }) },
  responses: {
    200: jsonAnswer(
      pageOf(Exception).extend({
        counts: z.array(z.object({ clause: z.string(), count: z.int() })).openapi({ description: 'of all, by clause' }),
      }),
      'Clauses that were overruled, by id, with the reasons',
    ),
    ...PROBLEM_ANSWERS,
  },
});
exceptionRoutes.openapi(getExceptions, async (c) => {
  const { cursor, limit, account_id, clause } = c.req.valid('query');
  const { books } = c.var;
  const [rows, counts] = await Promise.all([
    listExceptions(books, { account_id, clause, after: keyOfCursor(cursor), limit }),
    countExceptions(books),
  ]);
  const { data, next_cursor } = page(rows, limit, (row) => row.exception_id);
  return c.json({ data: data.map((row) => ({ ...row, at: instantOut(row.at) })), next_cursor, counts }, 200);
});

const Moved = z
  .object({
    account_id: LongId,
    into_account_id: LongId,
    kind: z.enum(['merged', 'handed_over']),
    governed_by: LongId.openapi({ description: 'the account opened first: its signup, term and referrer count' }),
    referrer: z.object({ partner_id: Id, source: z.string().nullable() }).nullable(),
  })
  .openapi('AccountMove');
const postMove = createRoute({
  method: 'post',
  path: '/v1/accounts/{account_id}/move',
  tags: ['operator'],
  middleware: operator,
  request: {
    params: Params,
    body: jsonBody(
      z
        .strictObject({ into_account_id: LongId, kind: z.enum(['merged', 'handed_over']), reason: Reason })
        .openapi('AccountMoveOrder'),
    ),
  },
  responses: {
    200: jsonAnswer(Moved, 'Moved before'),
    201: jsonAnswer(Moved, 'From now on the two are one'),
    ...PROBLEM_ANSWERS,
  },
});
exceptionRoutes.openapi(postMove, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const { account_id } = c.req.valid('param');
  const done = await moveAccount(doorOf(c), hasher, { account_id, ...c.req.valid('json') });
  if (!done.ok)
    return failed(
      {
        not_found: 'not_found',
        same_account: 'invalid',
        already_moved: 'already_decided',
        held: 'account_held',
        conflict: 'conflict',
        busy: 'busy',
      },
      done.reason,
    );
  return c.json(done.answer, done.first_time ? 201 : 200);
});
