import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { numberOfCursor, page } from '../http/cursor.ts';
import { InstantOut, instantOut, PageQuery, pageOf } from '../http/schema.ts';
import { readAuditLog } from './audit.repo.ts';

/** What operators and partners did, newest first. */
export const auditRoutes = createRoutes();

const AuditOut = z
  .object({
    at: InstantOut,
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .openapi('AuditEntry');

const getAuditLog = createRoute({
  method: 'get',
  path: '/v1/audit-log',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: PageQuery.extend({ subject: z.string().max(160).optional() }) },
  responses: { 200: jsonAnswer(pageOf(AuditOut), 'Who did what, newest first'), ...PROBLEM_ANSWERS },
});

auditRoutes.openapi(getAuditLog, async (c) => {
  const { cursor, limit, subject } = c.req.valid('query');
  const rows = await readAuditLog(c.var.books, { before: numberOfCursor(cursor), limit: limit + 1, subject });
  const { data, next_cursor } = page(rows, limit, (row) => row.seq);
  return c.json(
    {
      data: data.map((row) => ({
        at: instantOut(row.at),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        details: JSON.parse(row.details),
      })),
      next_cursor,
    },
    200,
  );
});
