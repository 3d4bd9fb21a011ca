import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import type { Api } from '../http/context.ts';
import { keyOfCursor, numberOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, instantOut, PageQuery } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { IdempotencyHeader } from '../partner/partner.schemas.ts';
import { readProgram } from '../program/program.repo.ts';
import { acceptList, verdictsOfList } from './accept.ts';
import { findList, pageOfClients, pageOfLists, rowsAsReceived, type ListRow } from './expected.repo.ts';
import {
  AcceptanceBody,
  AcceptanceOut,
  ListBody,
  ListRowsOut,
  ListsOut,
  OwnListsOut,
  ReceivedOut,
  type ListOut,
  type SentRow,
} from './expected.schemas.ts';
import { countVerdicts, LISTS_A_DAY, MAX_ROWS } from './list.rules.ts';
import { readCsv } from './read-csv.ts';
import { receiveList } from './receive.ts';

/** Lists of expected clients (B1): handed in by partners, accepted by operators. */
export const expectedRoutes = createRoutes();

const CSV_FAULTS = {
  not_csv: 'the body is not CSV: a quote is not closed',
  no_email: 'the first line names the columns, and one of them is email',
  column: 'the columns are email, name and company, each once',
} as const;

/** The rows of a body: JSON has been validated, CSV is read here; anything else is 415. */
async function sentRows(c: Context<Api>, json: readonly SentRow[]): Promise<readonly SentRow[]> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return json;
  if (type !== 'text/csv') return fail('unsupported_media_type', 'send text/csv or application/json');
  const read = await readCsv(await c.req.text());
  if (read.ok) return read.rows;
  return fail('malformed', CSV_FAULTS[read.reason], [{ path: 'body', message: CSV_FAULTS[read.reason] }]);
}

const postList = createRoute({
  method: 'post',
  path: '/v1/expected-clients',
  tags: ['partner'],
  middleware: allow('partner'),
  request: {
    headers: IdempotencyHeader,
    // Not `required`: a body of the one type is not looked for in one of the other.
    body: {
      description: `CSV with a header of email, name, company in any order, or JSON; ${MAX_ROWS} rows and 2 MiB at most, ${LISTS_A_DAY} lists a program day`,
      content: {
        'application/json': { schema: ListBody },
        'text/csv': { schema: z.string().openapi({ example: 'email,name\nann@example.com,Ann\n' }) },
      },
    },
  },
  responses: {
    200: jsonAnswer(ReceivedOut, 'Handed in before: the first answer'),
    201: jsonAnswer(ReceivedOut, 'Kept; it does nothing until an operator accepts it'),
    ...PROBLEM_ANSWERS,
  },
});
expectedRoutes.openapi(postList, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'claims');
  const json = c.req.valid('json');
  const rows = await sentRows(c, Array.isArray(json) ? json : []);
  const { hasher } = await readProgram(c.var.books);
  const idempotency_key = c.req.valid('header')['idempotency-key'] ?? null;
  const done = await receiveList(doorOf(c), hasher, partner_id, { rows, idempotency_key });
  if (!done.ok) {
    const details: Partial<Record<typeof done.reason, string>> = {
      no_rows: 'the list has no rows',
      too_many_rows: `at most ${MAX_ROWS} rows a list`,
      too_many_lists: `at most ${LISTS_A_DAY} lists a program day`,
    };
    const codes = {
      no_rows: 'invalid',
      too_many_rows: 'invalid',
      too_many_lists: 'rate_limited',
      conflict: 'conflict',
      busy: 'busy',
    } as const;
    return failed(codes, done.reason, details[done.reason]);
  }
  const { list_id } = done.answer;
  const told = await rowsAsReceived(c.var.books, list_id);
  return c.json(
    { list_id, rows: told.map(({ row, received }) => ({ row, verdict: received })) },
    done.first_time ? 201 : 200,
  );
});

function countsOf({ row_count, malformed_count, duplicate_count }: ListRow) {
  const received = row_count - malformed_count - duplicate_count;
  return { rows: row_count, received, malformed: malformed_count, duplicate: duplicate_count };
}

function ownListOut(list: ListRow) {
  return { list_id: list.list_id, received_at: instantOut(list.received_at), ...countsOf(list) };
}

function listOut(list: ListRow): z.infer<typeof ListOut> {
  return {
    ...ownListOut(list),
    partner_id: list.partner_id,
    accepted_at: instantOut(list.accepted_at),
    accepted_by: list.accepted_by,
    accepted_until: instantOut(list.accepted_until),
    reason: list.reason,
  };
}

/** A page's last list as the key of the next page. */
const keyOf = (list: ListRow) => `${list.received_at}:${list.list_id}`;

function beforeOf(cursor: string | undefined) {
  const key = keyOfCursor(cursor);
  if (key === null) return null;
  const [received_at = '', list_id = ''] = key.split(':');
  if (!/^\d{1,15}$/.test(received_at))
    return fail('malformed', 'the cursor is not one of ours', [
      { path: 'query.cursor', message: 'a next_cursor of a former page' },
    ]);
  return { received_at: Number(received_at), list_id };
}

const getLists = createRoute({
  method: 'get',
  path: '/v1/expected-clients',
  tags: ['operator', 'partner'],
  middleware: allow('operator', 'partner'),
  request: {
    query: PageQuery.extend({
      status: z.enum(['waiting', 'accepted']).optional().openapi({ description: 'operators only' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      z.union([ListsOut, OwnListsOut]),
      'Lists, the newest first: all to operators, own ones to partners',
    ),
    ...PROBLEM_ANSWERS,
  },
});
expectedRoutes.openapi(getLists, async (c) => {
  const { cursor, limit, status } = c.req.valid('query');
  const operator = c.var.actor.role === 'operator';
  // Whether a list has been accepted is between the operators.
  if (!operator && status !== undefined) return fail('forbidden');
  const partner_id = operator ? null : partnerActor(c.var.actor, 'claims').partner_id;
  const before = beforeOf(cursor);
  const rows = await pageOfLists(c.var.books, { partner_id, status, before, limit: limit + 1 });
  const { data, next_cursor } = page(rows, limit, keyOf);
  return operator
    ? c.json({ data: data.map(listOut), next_cursor }, 200)
    : c.json({ data: data.map(ownListOut), next_cursor }, 200);
});

const List = z.object({ list_id: Id });

const getList = createRoute({
  method: 'get',
  path: '/v1/expected-clients/{list_id}',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: List, query: PageQuery },
  responses: {
    200: jsonAnswer(ListRowsOut, 'The list with a page of its rows and their verdicts'),
    ...PROBLEM_ANSWERS,
  },
});
expectedRoutes.openapi(getList, async (c) => {
  const { books, now } = c.var;
  const { cursor, limit } = c.req.valid('query');
  const list = await findList(books, c.req.valid('param').list_id);
  if (!list) return fail('not_found');
  const { verdicts, earlier } = await verdictsOfList(books, list, now);
  const rows = await pageOfClients(books, list.list_id, numberOfCursor(cursor) ?? 0, limit + 1);
  const { data, next_cursor } = page(rows, limit, ({ row }) => row);
  return c.json(
    {
      ...listOut(list),
      verdicts: countVerdicts(verdicts.values()),
      data: data.map((client) => ({
        ...client,
        verdict: verdicts.get(client.row) ?? null,
        earlier_list_id: earlier.get(client.row) ?? null,
      })),
      next_cursor,
    },
    200,
  );
});

const postAcceptance = createRoute({
  method: 'post',
  path: '/v1/expected-clients/{list_id}/acceptance',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { params: List, body: jsonBody(AcceptanceBody) },
  responses: {
    200: jsonAnswer(AcceptanceOut, 'Accepted before, in the same words'),
    201: jsonAnswer(AcceptanceOut, 'Accepted: verdicts are kept as they are now'),
    ...PROBLEM_ANSWERS,
  },
});
expectedRoutes.openapi(postAcceptance, async (c) => {
  const { list_id } = c.req.valid('param');
  const done = await acceptList(doorOf(c), { list_id, ...c.req.valid('json') });
  if (!done.ok)
    return failed({ not_found: 'not_found', already_decided: 'already_decided', busy: 'busy' }, done.reason);
  const { accepted_at, accepted_until, ...rest } = done.answer;
  const answer = { ...rest, accepted_at: instantOut(accepted_at), accepted_until: instantOut(accepted_until) };
  return c.json(answer, done.first_time ? 201 : 200);
});
