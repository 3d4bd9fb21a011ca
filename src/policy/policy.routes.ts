import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { cursorOf, keyOfCursor, numberOfCursor, page } from '../http/cursor.ts';
import { PageQuery } from '../http/schema.ts';
import { doorOf, sentBody } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { policyHistory, policyQuery, readPolicy } from './policy.repo.ts';
import { policyAt } from './policy.rules.ts';
import {
  askedVersion,
  PolicyOut,
  PreviewOut,
  savedOut,
  VersionBody,
  VersionOut,
  versionOut,
} from './policy.schemas.ts';
import { previewAccounts } from './preview-accounts.ts';
import { previewPayDays, type PlayedWeek } from './preview-pay-days.ts';
import { saveVersion } from './save-version.ts';
import { changedFields, latestOf, proposeVersion, withVersion } from './version.rules.ts';

/** The program's rules as dated versions: read by operators and partners, saved by operators. */
export const policyRoutes = createRoutes();

const CODES = {
  retroactive: 'retroactive',
  not_the_last: 'invalid',
  fixed_for_life: 'fixed_for_life',
  conflict: 'conflict',
  busy: 'busy',
} as const;
const DETAILS: Partial<Record<keyof typeof CODES, string>> = {
  retroactive: 'a version takes effect later than now',
  not_the_last: 'a version takes effect later than the last one that has been saved',
  fixed_for_life: 'currency, timezone and week_starts_on are the program’s for life',
};

const getPolicy = createRoute({
  method: 'get',
  path: '/v1/policy',
  tags: ['operator', 'partner'],
  middleware: allow('operator', 'partner'),
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(PolicyOut, 'The version in force, and all versions, oldest first'), ...PROBLEM_ANSWERS },
});
policyRoutes.openapi(getPolicy, async (c) => {
  const { actor, books, now } = c.var;
  if (actor.role === 'partner') partnerActor(actor, 'read');
  const { cursor, limit } = c.req.valid('query');
  const rows = await policyQuery(books);
  const history = policyHistory(rows);
  const after = numberOfCursor(cursor) ?? 0;
  const { data, next_cursor } = page(
    history.filter(({ version }) => version > after).slice(0, limit + 1),
    limit,
    ({ version }) => version,
  );
  const rowOf = (version: number) =>
    actor.role === 'operator' ? rows.find((row) => row.version === version) : undefined;
  return c.json(
    {
      in_force: versionOut(policyAt(history, now)),
      data: data.map((version) => savedOut(version, rowOf(version.version))),
      next_cursor,
    },
    200,
  );
});

const postPolicy = createRoute({
  method: 'post',
  path: '/v1/policy',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { body: jsonBody(VersionBody) },
  responses: {
    200: jsonAnswer(VersionOut, 'Saved before: the first answer'),
    201: jsonAnswer(VersionOut, 'The new version; fields that were left out are those of the latest one'),
    ...PROBLEM_ANSWERS,
  },
});
policyRoutes.openapi(postPolicy, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const done = await saveVersion(doorOf(c), hasher, askedVersion(c.req.valid('json')), await sentBody(c));
  if (!done.ok) return failed(CODES, done.reason, DETAILS[done.reason]);
  return c.json(versionOut(done.answer), done.first_time ? 201 : 200);
});

const weekOut = ({ week, ...rest }: PlayedWeek) => ({ week: { start: week.start_on, end: week.end_on }, ...rest });

const postPreview = createRoute({
  method: 'post',
  path: '/v1/policy/preview',
  tags: ['operator'],
  middleware: allow('operator'),
  request: {
    query: z.strictObject({
      cursor: z.string().max(400).optional().openapi({ description: 'goes on with the illustration’s accounts' }),
    }),
    body: jsonBody(VersionBody),
  },
  responses: { 200: jsonAnswer(PreviewOut, 'What the version would change; nothing is saved'), ...PROBLEM_ANSWERS },
});
policyRoutes.openapi(postPreview, async (c) => {
  const { books, now } = c.var;
  const history = await readPolicy(books);
  const proposed = proposeVersion(history, askedVersion(c.req.valid('json')), now);
  if (!proposed.ok) return failed(CODES, proposed.reason, DETAILS[proposed.reason]);
  const { version } = proposed;
  const after = keyOfCursor(c.req.valid('query').cursor) ?? '';
  const both = { as_is: history, proposed: withVersion(history, version) };
  const pay_days = await previewPayDays(books, both, version.effective_from, now);
  const { next, ...illustration } = await previewAccounts(books, history, version, { now, after });
  return c.json(
    {
      version: versionOut(version),
      changes: changedFields(latestOf(history), version),
      pay_days: { ...pay_days, weeks: pay_days.weeks.map(weekOut) },
      illustration: { ...illustration, next_cursor: next === null ? null : cursorOf(next) },
    },
    200,
  );
});
