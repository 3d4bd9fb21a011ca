import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { Day, Id } from '../http/schema.ts';
import { citedIn, letterHtml, letterText } from './letter.rules.ts';
import { readClaimLetter } from './read-claim.ts';

/** Letters as their readers may ask for them (R6); the same words go by mail. */
export const letterRoutes = createRoutes();

const LetterOut = z
  .object({
    dated_on: Day,
    subject: z.string(),
    text: z.string(),
    html: z.string().openapi({ description: 'a whole document, the same words' }),
    clauses: z.array(z.object({ clause: z.string(), says: z.string() })),
  })
  .openapi('Letter');

const getClaimLetter = createRoute({
  method: 'get',
  path: '/v1/claims/{claim_id}/letter',
  tags: ['partner', 'operator'],
  middleware: allow('partner', 'operator'),
  request: { params: z.object({ claim_id: Id }) },
  responses: {
    200: jsonAnswer(LetterOut, 'What became of a claim or an audit; 404 while nothing may be told'),
    ...PROBLEM_ANSWERS,
  },
});
letterRoutes.openapi(getClaimLetter, async (c) => {
  const { actor, books, config, now } = c.var;
  if (actor.role === 'partner' && !actor.scopes.has('read')) return fail('forbidden');
  const { program_name } = config;
  const read = await readClaimLetter(books, c.req.valid('param').claim_id, { program_name, now });
  if (!read?.letter || (actor.role === 'partner' && actor.partner_id !== read.partner_id)) return fail('not_found');
  const { letter } = read;
  return c.json(
    {
      dated_on: letter.dated_on,
      subject: letter.subject,
      text: letterText(letter, program_name),
      html: letterHtml(letter, program_name),
      clauses: citedIn(letter),
    },
    200,
  );
});
