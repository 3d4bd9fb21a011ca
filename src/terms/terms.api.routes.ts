import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { instantOut, text } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { publishTerms } from './publish.ts';
import { listTerms, type TermsVersion } from './terms.repo.ts';

/** The program's terms for partners, by version. */
export const termsRoutes = createRoutes();

const operator = allow('operator');
const TermsBody = z.strictObject({ body: text(100_000) }).openapi('TermsBody');
const TermsOut = z
  .object({
    version: z.int(),
    body: z.string(),
    published_at: z.string(),
    published_by: z.string(),
  })
  .openapi('Terms');
const ListedTerms = TermsOut.extend({ accepted: z.int() });

const out = ({ version, body, published_at, published_by }: TermsVersion) => ({
  version,
  body,
  published_at: instantOut(published_at),
  published_by,
});

const getTerms = createRoute({
  method: 'get',
  path: '/v1/terms',
  tags: ['operator'],
  middleware: operator,
  responses: {
    200: jsonAnswer(z.object({ data: z.array(ListedTerms) }), 'All versions, the latest first, with how many accepted'),
    ...PROBLEM_ANSWERS,
  },
});
termsRoutes.openapi(getTerms, async (c) => {
  const versions = await listTerms(c.var.books);
  return c.json({ data: versions.map((terms) => ({ ...out(terms), accepted: terms.accepted })) }, 200);
});

const postTerms = createRoute({
  method: 'post',
  path: '/v1/terms',
  tags: ['operator'],
  middleware: operator,
  request: { body: jsonBody(TermsBody) },
  responses: {
    200: jsonAnswer(TermsOut, 'These words are in force already'),
    201: jsonAnswer(TermsOut, 'The next version, in force from now on'),
    ...PROBLEM_ANSWERS,
  },
});
termsRoutes.openapi(postTerms, async (c) => {
  const done = await publishTerms(doorOf(c), c.req.valid('json').body);
  return done.ok ? c.json(out(done.terms), done.first_time ? 201 : 200) : failed({ busy: 'busy' }, done.reason);
});
