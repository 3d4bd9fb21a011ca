import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { numberOfCursor, page } from '../http/cursor.ts';
import { Instant, InstantOut, instantOut, PageQuery, pageOf, toInstant } from '../http/schema.ts';
import { readAuditLog } from './audit.repo.ts';
import { VIAS } from './audit.rules.ts';

/** What operators and partners did, newest first. */
export const auditRoutes = createRoutes();

const told = z.record(z.string(), z.unknown());
const AuditOut = z
  .object({
    at: InstantOut,
    actor: z.string(),
    via: z.enum(VIAS).nullable().openapi({ description: 'by which door; null: not recorded' }),
    action: z.string(),
    subject: z.string(),
    details: told,
    before: told
      .nullable()
      .openapi({ description: 'what it found, as far as it was changed; of personal data nothing' }),
    after: told.nullable().openapi({ description: 'what it left; of personal data only that it `changed`' }),
  })
  .openapi('AuditEntry');
const Search = PageQuery.extend({
  actor: z.string().max(160).optional(),
  action: z.string().max(60).optional().openapi({ description: '`partner.change`, or all of `partner`' }),
  subject: z.string().max(160).optional().openapi({ description: '`partner:p_1a2b`, `batch:2026-11-20`, …' }),
  via: z.enum(VIAS).optional(),
  from: Instant.optional(),
  until: Instant.optional(),
});

const getAuditLog = createRoute({
  method: 'get',
  path: '/v1/audit-log',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: Search },
  responses: { 200: jsonAnswer(pageOf(AuditOut), 'Who did what, newest first'), ...PROBLEM_ANSWERS },
});

auditRoutes.openapi(getAuditLog, async (c) => {
  const { cursor, limit, from, until, ...search } = c.req.valid('query');
  const rows = await readAuditLog(c.var.books, {
    ...search,
    from: from === undefined ? undefined : toInstant(from),
    until: until === undefined ? undefined : toInstant(until),
    before: numberOfCursor(cursor),
    limit: limit + 1,
  });
  const { data, next_cursor } = page(rows, limit, (row) => row.seq);
  return c.json(
    {
      data: data.map(({ at, actor, via, action, subject, details, before, after }) => ({
        at: instantOut(at),
        actor,
        via,
        action,
        subject,
        details: JSON.parse(details),
        before: before === null ? null : JSON.parse(before),
        after: after === null ? null : JSON.parse(after),
      })),
      next_cursor,
    },
    200,
  );
});
