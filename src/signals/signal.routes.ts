import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { cursorOf, keyOfCursor } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, PageQuery, pageOf } from '../http/schema.ts';
import { listSignals, type SignalKey } from './signal.repo.ts';
import type { SignalRow } from './signal.rules.ts';
import { SIGNAL_KINDS } from './signal.schema.ts';
import { SignalOut, signalOut } from './signal.schemas.ts';

/** What operators may want to look at: noticed, never decided on. */
export const signalRoutes = createRoutes();

const Key = z.tuple([z.int(), z.string(), z.enum(SIGNAL_KINDS), z.string()]);

function keyOf(row: SignalRow): string {
  const key: SignalKey = [row.at, row.partner_id, row.kind, row.subject];
  return cursorOf(JSON.stringify(key));
}

function afterOf(cursor: string | undefined): SignalKey | null {
  const text = keyOfCursor(cursor);
  if (text === null) return null;
  const key = Key.safeParse(jsonOf(text));
  return key.success
    ? key.data
    : fail('malformed', 'the cursor is not one of ours', [
        { path: 'query.cursor', message: 'a next_cursor of a former page' },
      ]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const getSignals = createRoute({
  method: 'get',
  path: '/v1/signals',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: PageQuery.extend({ kind: z.enum(SIGNAL_KINDS).optional(), partner_id: Id.optional() }) },
  responses: {
    200: jsonAnswer(pageOf(SignalOut), 'What is worth a look, newest first. None of it decides anything'),
    ...PROBLEM_ANSWERS,
  },
});
signalRoutes.openapi(getSignals, async (c) => {
  const { cursor, limit, kind, partner_id } = c.req.valid('query');
  const rows = await listSignals(c.var.books, { kind, partner_id, after: afterOf(cursor), limit });
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const next_cursor = rows.length > limit && last ? keyOf(last) : null;
  return c.json({ data: data.map(signalOut), next_cursor }, 200);
});
