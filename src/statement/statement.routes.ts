import { createRoute } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { PageQuery } from '../http/schema.ts';
import { openJournal } from './journal.ts';
import { JournalQuery, YearOut, YearParam } from './statement.schemas.ts';
import { textBody } from './stream.ts';
import { readYear, yearCsv } from './yearly.ts';

/** Statements for bookkeeping and taxes, out of the books. */
export const statementRoutes = createRoutes();

const operator = allow('operator');
const text = (type: 'text/plain' | 'text/csv', description: string) => {
  return { content: { [type]: { schema: { type: 'string' } as const } }, description };
};

const getJournal = createRoute({
  method: 'get',
  path: '/v1/journal',
  tags: ['operator'],
  middleware: operator,
  request: { query: JournalQuery },
  responses: { 200: text('text/plain', 'The books as an hledger journal'), ...PROBLEM_ANSWERS },
});
statementRoutes.openapi(getJournal, async (c) => {
  const { from = null, until = null } = c.req.valid('query');
  if (from !== null && until !== null && from > until) {
    const errors = [{ path: 'query.until', message: 'not before from' }];
    return fail('invalid', 'the window ends before it begins', errors);
  }
  const journal = await openJournal(c.var.books, { from, until });
  if (!journal.ok) return fail('invalid', 'too much for one answer: ask for it in parts, by from and until');
  return c.body(textBody(journal.pieces, 'journal'), 200, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  });
});

const getYear = createRoute({
  method: 'get',
  path: '/v1/statements/{year}',
  tags: ['operator'],
  middleware: operator,
  request: { params: YearParam, query: PageQuery },
  responses: {
    200: jsonAnswer(YearOut, 'Everyone paid in a calendar year of the program’s zone, by partner'),
    ...PROBLEM_ANSWERS,
  },
});
statementRoutes.openapi(getYear, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const year = Number(c.req.valid('param').year);
  const asked = { after: keyOfCursor(cursor), limit };
  const { frame, partners } = await readYear(c.var.books, year, c.var.now, asked);
  return c.json({ ...frame, ...page(partners, limit, (row) => row.partner_id) }, 200);
});

const getYearCsv = createRoute({
  method: 'get',
  path: '/v1/statements/{year}/export.csv',
  tags: ['operator'],
  middleware: operator,
  request: { params: YearParam },
  responses: { 200: text('text/csv', 'The whole year, a row for each partner and method'), ...PROBLEM_ANSWERS },
});
statementRoutes.openapi(getYearCsv, async (c) => {
  const { year } = c.req.valid('param');
  return c.body(textBody(yearCsv(c.var.books, Number(year), c.var.now), 'year'), 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="statement-${year}.csv"`,
    'cache-control': 'no-store',
  });
});
