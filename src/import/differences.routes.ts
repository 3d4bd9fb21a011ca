import { createRoute, z } from '@hono/zod-openapi';

import { PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Instant, toInstant } from '../http/schema.ts';
import { readProgram } from '../program/program.repo.ts';
import { queryBudget } from './budget.ts';
import { DIFFERENCES } from './differences.rules.ts';
import { findDifferences } from './differences.ts';
import { FORMAT_NAMES } from './formats/formats.rules.ts';
import { linesAnswer } from './import.routes.ts';
import { commissionReading } from './reading.ts';
import { IMPORT_QUERIES } from './run.ts';
import { openSource } from './source.ts';
import { jsonLines } from './stream.ts';

/** What a former program says that it owes, beside what stands here (docs/moving.md). */
export const differencesRoutes = createRoutes();

const NDJSON = 'application/x-ndjson';
const Side = z.object({ amount: z.int() });
const Line = z.object({
  row: z.int().nullable(),
  payment_id: z.string().nullable(),
  account_id: z.string().nullable(),
  reasons: z
    .array(z.enum([...(Object.keys(DIFFERENCES) as [keyof typeof DIFFERENCES]), 'malformed', 'skipped']))
    .openapi({
      description: Object.entries(DIFFERENCES)
        .map(([reason, meaning]) => `\`${reason}\`: ${meaning}`)
        .join('; '),
    }),
  detail: z.string().optional(),
  theirs: Side.extend({ partner: z.string().nullable(), paid: z.boolean() }).nullable(),
  ours: Side.extend({ partner_id: z.string(), paid_elsewhere: z.boolean() }).nullable(),
});
const Last = z.object({
  rows: z.int(),
  same: z.int(),
  different: z.int(),
  theirs_total: z.int(),
  ours_total: z.int(),
  next: z.int().nullable(),
});

const postDifferences = createRoute({
  method: 'post',
  path: '/v1/import/differences',
  tags: ['operator'],
  middleware: allow('operator'),
  request: {
    query: z.strictObject({
      format: z.enum(FORMAT_NAMES).default('plain'),
      from: Instant.optional().openapi({
        description: 'with `until`: also payments of this time that the file does not have',
      }),
      until: Instant.optional(),
    }),
    body: {
      description:
        'commissions of the former program: its own export, or `payment_id`, `amount`, `partner_id` or `partner_email`, `paid_at`',
      content: {
        'text/csv': {
          schema: z.string().openapi({ example: 'payment_id,amount,partner_email\nin_1,1975,ann@example.com\n' }),
        },
        [NDJSON]: { schema: z.string() },
      },
    },
  },
  responses: {
    200: linesAnswer(
      z.union([Line, Last]),
      'A line a payment that differs, with its reasons, and the sums as the last line',
    ),
    ...PROBLEM_ANSWERS,
  },
});
differencesRoutes.openapi(postDifferences, async (c) => {
  const { format, from, until } = c.req.valid('query');
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'text/csv' && type !== NDJSON) return fail('unsupported_media_type', `send text/csv or ${NDJSON}`);
  if ((from === undefined) !== (until === undefined)) return fail('invalid', 'from and until come together');
  const opened = await openSource(c.req.raw.body, commissionReading(format, type));
  if (!opened.ok)
    return fail(
      'malformed',
      'the columns are not those of this format',
      opened.columns
        .slice(0, 50)
        .map((column) => ({ path: `body.${column}`.slice(0, 200), message: 'unknown, or missing' })),
    );
  const { hasher } = await readProgram(c.var.books);
  const period = from === undefined || until === undefined ? null : { from: toInstant(from), until: toInstant(until) };
  const { budget, counted } = queryBudget(IMPORT_QUERIES);
  const lines = findDifferences({ books: counted(c.var.books), hasher, budget }, opened.rows, period);
  return c.body(jsonLines(lines), 200, { 'content-type': NDJSON, 'cache-control': 'no-store' });
});
