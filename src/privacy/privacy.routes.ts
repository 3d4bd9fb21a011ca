import { createRoute, z } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { Email, Id, LongId, Reason } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { readProgram } from '../program/program.repo.ts';
import { erasePerson } from './erase.ts';
import { exportPerson } from './export.ts';

/** What a person may ask of their own data, through an operator (docs/privacy.md). */
export const privacyRoutes = createRoutes();

const Rows = z.array(z.record(z.string(), z.unknown()));
const Exported = z
  .object({
    people: Rows,
    accounts: Rows,
    forms: Rows,
    partners: z.object({
      facts: Rows,
      links: Rows,
      tokens: Rows,
      payouts: Rows,
      email_changes: Rows,
      mail_choices: Rows,
    }),
    sign_ins: Rows,
    sessions: Rows,
    lists: Rows,
    claims: Rows,
    questions: Rows,
    mails: Rows,
    documents: Rows,
  })
  .openapi('PersonExport');

const getExport = createRoute({
  method: 'get',
  path: '/v1/people/export',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { query: z.object({ email: Email }) },
  responses: {
    200: jsonAnswer(Exported, 'Everything the books hold of a person by address; hand it to nobody else'),
    ...PROBLEM_ANSWERS,
  },
});
privacyRoutes.openapi(getExport, async (c) => {
  const { books } = c.var;
  const { hasher } = await readProgram(books);
  const found = await exportPerson(books, hasher, c.req.valid('query').email);
  return c.json(found, 200, { 'cache-control': 'no-store' });
});

const Erased = z
  .object({
    status: z.enum(['proposed', 'done', 'nothing']),
    people: z.int().openapi({ description: 'rows of names and addresses' }),
    account_ids: z.array(LongId),
    partner_ids: z.array(Id),
    unpayable_partner_ids: z.array(Id).openapi({ description: 'whose PayPal address goes with it (P3)' }),
  })
  .openapi('Erasure');
const postErasure = createRoute({
  method: 'post',
  path: '/v1/people/erasure',
  tags: ['operator'],
  middleware: allow('operator'),
  request: { body: jsonBody(z.strictObject({ email: Email, reason: Reason }).openapi('ErasureOrder')) },
  responses: {
    200: jsonAnswer(Erased, 'There is nothing left to erase'),
    201: jsonAnswer(Erased, 'Erased: another operator had proposed the same'),
    202: jsonAnswer(Erased, 'Proposed; done by the same call from another name. It cannot be undone'),
    ...PROBLEM_ANSWERS,
  },
});
privacyRoutes.openapi(postErasure, async (c) => {
  const { hasher } = await readProgram(c.var.books);
  const done = await erasePerson(doorOf(c), hasher, c.req.valid('json'));
  if (!done.ok)
    return failed(
      { on_the_way: 'batch_state', busy: 'busy' },
      done.reason,
      done.reason === 'on_the_way' ? 'A payout to this address is on its way: erase when its end is known.' : undefined,
    );
  const { status } = done.answer;
  return c.json(done.answer, status === 'proposed' ? 202 : status === 'done' ? 201 : 200);
});
