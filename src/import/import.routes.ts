import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import type { Api } from '../http/context.ts';
import { cursorOf, keyOfCursor } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Id, instantOut, InstantOut, PageQuery, pageOf } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { importContext } from './context.ts';
import type { FormatName } from './formats/formats.rules.ts';
import { listRuns } from './import.repo.ts';
import { count, KINDS, noCounts, type Kind } from './import.rules.ts';
import { ImportParam, ImportQuery, SummaryLine, VerdictLine } from './import.schemas.ts';
import { formatName, readingFor } from './reading.ts';
import { dryRun, MOST_ROWS_WHOLE, runImport, type Summary } from './run.ts';
import { openSource, NotReadable, type Reading, type SourceRow } from './source.ts';
import { jsonLines } from './stream.ts';

/** Imports, by operators: files of a former program, or of any other origin, through the very operations of the API. */
export const importRoutes = createRoutes();

const operator = allow('operator');
const NDJSON = 'application/x-ndjson';

const file = z
  .string()
  .openapi({ example: 'payment_id,account_id,amount,currency,paid_at\npay_1,acct_1,7900,USD,2026-01-12T10:00:00Z\n' });

/** Lines of JSON in a route's document, whose types know a text and its schema apart. */
export function linesAnswer(schema: z.ZodType, description: string) {
  const media: string = NDJSON;
  return { content: { [media]: { schema: schema as unknown as { type: 'string' } } }, description };
}
const verdictLines = (description: string) => linesAnswer(z.union([VerdictLine, SummaryLine]), description);

const postImport = createRoute({
  method: 'post',
  path: '/v1/{kind}/import',
  tags: ['operator'],
  middleware: operator,
  request: {
    params: ImportParam,
    query: ImportQuery,
    body: {
      description: 'a header of column names and a row a line, or a JSON object a line',
      content: { 'text/csv': { schema: file }, [NDJSON]: { schema: z.string() } },
    },
  },
  responses: {
    200: verdictLines(
      'A verdict a line as rows are done, and a summary as the last line. A body without one broke off: send the file again',
    ),
    ...PROBLEM_ANSWERS,
  },
});

/** How the body of an import is to be read; 415 for a type that is no file of rows. */
function readingOf(c: Context<Api>, kind: Kind, format: FormatName, country: string | undefined): Reading {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'text/csv' && type !== NDJSON) return fail('unsupported_media_type', `send text/csv or ${NDJSON}`);
  const reading = readingFor({ kind, format, country, content_type: type });
  return reading ?? fail('invalid', `${formatName(format)} has no export of ${kind}: use the plain format`);
}

const UNREADABLE = 'the body is not text of rows: a quote is not closed, or it is not UTF-8';

async function whole(rows: AsyncIterable<SourceRow[]>): Promise<SourceRow[]> {
  const all: SourceRow[] = [];
  try {
    for await (const portion of rows) {
      all.push(...portion);
      if (all.length > MOST_ROWS_WHOLE)
        return fail(
          'too_large',
          `at most ${MOST_ROWS_WHOLE} rows of a file are looked at as a whole: send it in parts`,
        );
    }
  } catch (error) {
    if (error instanceof NotReadable) return fail('malformed', UNREADABLE);
    throw error;
  }
  return all;
}

importRoutes.openapi(postImport, async (c) => {
  const { kind } = c.req.valid('param');
  const { format, dry_run, expect_due, country } = c.req.valid('query');
  if (expect_due !== undefined && kind !== 'payments') return fail('invalid', 'expect_due is for payments');
  const opened = await openSource(c.req.raw.body, readingOf(c, kind, format, country));
  if (!opened.ok) {
    if (opened.reason === 'empty') return fail('malformed', 'the first line names the columns');
    if (opened.reason === 'unreadable') return fail('malformed', UNREADABLE);
    const told = format === 'plain' ? 'not a known column, or twice' : 'this export has it';
    return fail(
      'malformed',
      'the columns are not those of this format',
      opened.columns.slice(0, 50).map((column) => ({ path: `body.${column}`.slice(0, 200), message: told })),
    );
  }
  const context = await importContext(c, doorOf(c));
  const headers = { 'content-type': NDJSON, 'cache-control': 'no-store' };
  let portions: AsyncIterable<SourceRow[]> | Iterable<SourceRow[]> = opened.rows;
  let due: { due_total?: number } = {};
  if (dry_run === 'true' || expect_due !== undefined) {
    const rows = await whole(opened.rows);
    const dry = await dryRun(context, kind, rows);
    if (!dry.ok) return fail('too_large', 'too much to be looked at as a whole: send it in parts');
    due = kind === 'payments' ? { due_total: dry.due_total } : {};
    if (expect_due !== undefined && dry.due_total !== Number(expect_due))
      return fail('invalid', `the file makes ${dry.due_total} due, not what was expected`, [
        { path: 'query.expect_due', message: String(dry.due_total) },
      ]);
    if (dry_run === 'true') {
      const counts = noCounts();
      count(counts, dry.verdicts);
      const summary: Summary = { import_id: null, ...counts, ...due, next: null };
      return c.body(jsonLines(inPortions([...dry.verdicts, summary])), 200, headers);
    }
    portions = [rows];
  }
  const import_id = `imp_${crypto.randomUUID().replaceAll('-', '')}`;
  const parts = runImport(context, { kind, format, import_id }, portions);
  return c.body(jsonLines(asLines(parts, due)), 200, headers);
});

async function* inPortions(lines: readonly object[]): AsyncGenerator<readonly object[]> {
  for (let i = 0; i < lines.length; i += 1000) yield lines.slice(i, i + 1000);
}

async function* asLines(
  parts: ReturnType<typeof runImport>,
  due: { due_total?: number },
): AsyncGenerator<readonly object[]> {
  for await (const part of parts) yield 'next' in part ? [{ ...part, ...due }] : part;
}

const RunOut = z
  .object({
    import_id: Id,
    kind: z.enum(KINDS),
    format: z.string(),
    by: z.string(),
    started_at: InstantOut,
    rows_done: z.int(),
    created: z.int(),
    parked: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    ended: z.boolean().openapi({ description: 'every row of the file has a verdict; elsewhere send the file again' }),
  })
  .openapi('ImportRun');

const getRuns = createRoute({
  method: 'get',
  path: '/v1/imports',
  tags: ['operator'],
  middleware: operator,
  request: { query: PageQuery },
  responses: {
    200: jsonAnswer(pageOf(RunOut), 'Imports, the latest first, and how far each came'),
    ...PROBLEM_ANSWERS,
  },
});
importRoutes.openapi(getRuns, async (c) => {
  const { cursor, limit } = c.req.valid('query');
  const [at = '', import_id = ''] = keyOfCursor(cursor)?.split(' ') ?? [];
  const before = import_id === '' || !/^\d{1,15}$/.test(at) ? null : { started_at: Number(at), import_id };
  const rows = await listRuns(c.var.books, before, limit + 1);
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const next_cursor = rows.length > limit && last ? cursorOf(`${last.started_at} ${last.import_id}`) : null;
  const out = data.map((run) => ({ ...run, started_at: instantOut(run.started_at), ended: run.ended === 1 }));
  return c.json({ data: out, next_cursor }, 200);
});
