import { createRoute, z } from '@hono/zod-openapi';

import { addDays, dayOf, daysBetween } from '../calendar/zone.rules.ts';
import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import type { Actor } from '../http/context.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Day, Id, PageQuery } from '../http/schema.ts';
import { findLink } from '../partner/link.repo.ts';
import { plainCode } from '../partner/link.rules.ts';
import type { Stretch } from './statistics.repo.ts';
import { linkStatistics, readCountedThrough, statisticsBy } from './statistics.ts';

/** Clicks and signups of a partner's links, sub-ids and campaigns. */
export const statisticsRoutes = createRoutes();

const MOST_DAYS = 400;
const DEFAULT_DAYS = 30;
const reader = allow('partner', 'operator');
const Count = z.int().min(0);
const TALLY = { persons: Count, bots: Count, others: Count, signups: Count };
const StretchQuery = z.strictObject({
  from: Day.optional().openapi({ description: 'a UTC day; default 30 days up to `to`' }),
  to: Day.optional().openapi({ description: 'a UTC day; default yesterday' }),
});
const Told = {
  from: Day,
  to: Day,
  counted_through: Day.nullable().openapi({ description: 'the clicks of all days up to this one are counted' }),
};

/** The days asked for, 400 at most. */
function stretchOf(query: { from?: string | undefined; to?: string | undefined }, now: number): Stretch {
  const to = query.to ?? addDays(dayOf(now, 'UTC'), -1);
  const from = query.from ?? addDays(to, 1 - DEFAULT_DAYS);
  const days = daysBetween(from, to) + 1;
  if (days < 1 || days > MOST_DAYS)
    return fail('invalid', `from is not after to, and at most ${MOST_DAYS} days`, [
      { path: 'query.from', message: `1 to ${MOST_DAYS} days up to \`to\`` },
    ]);
  return { from, to };
}

/** Whose statistics a caller may read: a partner their own, an operator those of the partner named. */
function readOf(actor: Actor, named: string | undefined): string {
  if (actor.role === 'partner') {
    const { partner_id } = partnerActor(actor, 'read');
    return named === undefined || named === partner_id ? partner_id : fail('forbidden');
  }
  return named ?? fail('malformed', undefined, [{ path: 'query.partner_id', message: 'an operator names a partner' }]);
}

const getStatistics = createRoute({
  method: 'get',
  path: '/v1/statistics',
  tags: ['partner'],
  middleware: reader,
  request: {
    query: z.strictObject({
      ...PageQuery.shape,
      ...StretchQuery.shape,
      by: z.enum(['link', 'sub_id', 'utm_campaign']).default('link'),
      partner_id: Id.optional().openapi({ description: 'needed with an operator key' }),
    }),
  },
  responses: {
    200: jsonAnswer(
      z.object({
        ...Told,
        data: z.array(
          z.object({ key: z.string().nullable().openapi({ description: 'null: the link carried none' }), ...TALLY }),
        ),
        without_link: z.array(z.object({ source: z.string(), signups: Count })).openapi({
          description:
            'signups that no click decided, by source: `code`, `how_heard`, `bulk`, `claim`, `operator`, …; in no row of `data`',
        }),
        totals: z.object(TALLY).openapi({ description: 'of the whole stretch, whatever the page' }),
        next_cursor: z.string().nullable(),
      }),
      'Clicks of counted days, and signups that a click of theirs decided, by key; signups without one by source',
    ),
    ...PROBLEM_ANSWERS,
  },
});
statisticsRoutes.openapi(getStatistics, async (c) => {
  const { by, cursor, limit, partner_id, ...days } = c.req.valid('query');
  const stretch = stretchOf(days, c.var.now);
  const query = { by, after: keyOfCursor(cursor), limit };
  const { rows, without_link, totals } = await statisticsBy(c.var, readOf(c.var.actor, partner_id), stretch, query);
  const { data, next_cursor } = page(rows, limit, (row) => (by === 'link' ? plainCode(row.key) : row.key));
  return c.json(
    {
      ...stretch,
      counted_through: await readCountedThrough(c.var, stretch),
      data: data.map((row) => ({ ...row, key: row.key === '' ? null : row.key })),
      without_link,
      totals,
      next_cursor,
    },
    200,
  );
});

const getLinkStatistics = createRoute({
  method: 'get',
  path: '/v1/links/{code}/statistics',
  tags: ['partner'],
  middleware: reader,
  request: { params: z.object({ code: Id }), query: StretchQuery },
  responses: {
    200: jsonAnswer(
      z.object({ code: Id, ...Told, totals: z.object(TALLY), days: z.array(z.object({ day: Day, ...TALLY })) }),
      'One link by UTC day; days with nothing are left out',
    ),
    ...PROBLEM_ANSWERS,
  },
});
statisticsRoutes.openapi(getLinkStatistics, async (c) => {
  const { actor, books, now } = c.var;
  const own = actor.role === 'partner' ? partnerActor(actor, 'read').partner_id : null;
  const link = await findLink(books, plainCode(c.req.valid('param').code));
  if (!link || (own !== null && link.partner_id !== own)) return fail('not_found');
  const stretch = stretchOf(c.req.valid('query'), now);
  const counted_through = await readCountedThrough(c.var, stretch);
  return c.json(
    { code: link.shown_code, ...stretch, counted_through, ...(await linkStatistics(c.var, link, stretch)) },
    200,
  );
});
