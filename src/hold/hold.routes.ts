import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { Id, InstantOut, instantOut, LongId, pageOf, PageQuery, Reason } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { decideHold } from './decide.ts';
import { listHolds } from './hold.repo.ts';
import type { HoldRow } from './hold.rules.ts';
import { holds } from './hold.schema.ts';

/** Everything that waits for an operator's word (S3, R3, P3, P4, P7). */
export const holdRoutes = createRoutes();

const Kind = z.enum(holds.kind.enumValues);
const Decision = z.enum(['release', 'deny']);

const Hold = z
  .object({
    hold_id: Id,
    kind: Kind,
    clause: z.string(),
    partner_id: Id.nullable(),
    account_id: LongId.nullable(),
    payment_id: LongId.nullable(),
    payout_id: Id.nullable(),
    facts: z.record(z.string(), z.unknown()),
    opened_at: InstantOut,
    decision: Decision.nullable(),
    decided_at: InstantOut.nullable(),
    decided_by: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .openapi('Hold');

function holdOut(row: HoldRow): z.infer<typeof Hold> {
  const { hold_id, kind, clause, partner_id, account_id, payment_id, payout_id, decision, decided_by, reason } = row;
  const facts: Record<string, unknown> = JSON.parse(row.facts);
  return {
    hold_id,
    kind,
    clause,
    partner_id,
    account_id,
    payment_id,
    payout_id,
    facts,
    opened_at: instantOut(row.opened_at),
    decision,
    decided_at: instantOut(row.decided_at),
    decided_by,
    reason,
  };
}

const getHolds = createRoute({
  method: 'get',
  path: '/v1/holds',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: PageQuery.extend({ status: z.enum(['open', 'decided']).default('open'), kind: Kind.optional() }) },
  responses: { 200: jsonAnswer(pageOf(Hold), 'Holds, the open ones unless asked otherwise'), ...PROBLEM_ANSWERS },
});
holdRoutes.openapi(getHolds, async (c) => {
  const { cursor, limit, status, kind } = c.req.valid('query');
  const rows = await listHolds(c.var.books, { open: status === 'open', kind, after: keyOfCursor(cursor), limit });
  const { data, next_cursor } = page(rows, limit, (row) => row.hold_id);
  return c.json({ data: data.map(holdOut), next_cursor }, 200);
});

const Decided = z.object({ hold_id: Id, decision: Decision }).openapi('HoldDecision');
const postDecision = createRoute({
  method: 'post',
  path: '/v1/holds/{hold_id}/decision',
  tags: ['operator'],
  middleware: allow('operator'),
  request: {
    params: z.object({ hold_id: Id }),
    body: jsonBody(z.strictObject({ decision: Decision, reason: Reason })),
  },
  responses: {
    200: jsonAnswer(Decided, 'Decided before, in the same words'),
    201: jsonAnswer(Decided, 'Decided'),
    ...PROBLEM_ANSWERS,
  },
});
holdRoutes.openapi(postDecision, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const word = { hold_id: c.req.valid('param').hold_id, ...c.req.valid('json') };
  const decided = await decideHold(doorOf(c), hasher, c.env.PAYOUTS, word);
  if (!decided.ok)
    return failed(
      { not_found: 'not_found', already_decided: 'already_decided', conflict: 'conflict', busy: 'busy' },
      decided.reason,
    );
  return c.json(decided.answer, decided.first_time ? 201 : 200);
});
