import { createRoute } from '@hono/zod-openapi';

import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { fail } from '../http/fail.ts';
import { doorOf } from '../http/written.ts';
import { pokeCancellations } from '../payout/cancel.ts';
import { readProgram } from '../program/program.repo.ts';
import { noticeOwnBrowser } from '../signals/own-browser.ts';
import { changePartner } from './change-partner.ts';
import { readPartner } from './partner.repo.ts';
import { MeOut, MePatchBody, ResidencyBody } from './partner.schemas.ts';
import { partnerView, type PartnerView } from './view.ts';

/** What a partner sees and sets of itself. */
export const meRoutes = createRoutes();

const partner = allow('partner');
// A partner is never told that an address is another's, so the decision for a partner has no such answer.
const CODES = {
  not_found: 'not_found',
  address_taken: 'internal',
  withhold_needs_close: 'internal',
  conflict: 'conflict',
  busy: 'busy',
} as const;

function meOf({ partner_id, name, email, country, paypal_email, residency, status }: PartnerView) {
  return { partner_id, name, email, country, paypal_email, residency, status };
}

const answers = { 200: jsonAnswer(MeOut, 'What is on file'), ...PROBLEM_ANSWERS };

const getMe = createRoute({
  method: 'get',
  path: '/v1/me',
  tags: ['partner'],
  middleware: partner,
  responses: answers,
});
meRoutes.openapi(getMe, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  await noticeOwnBrowser(c.var.books, c.req.raw, c.var.config, partner_id, c.var.now);
  const { partner: own } = await readPartner(c.var.books, partner_id);
  return own ? c.json(meOf(partnerView(own, c.var.now)), 200) : fail('not_found');
});

const patchMe = createRoute({
  method: 'patch',
  path: '/v1/me',
  tags: ['partner'],
  middleware: partner,
  request: { body: jsonBody(MePatchBody) },
  responses: answers,
});
meRoutes.openapi(patchMe, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'payout');
  const { hasher } = await readProgram(c.var.books);
  const done = await changePartner(doorOf(c), hasher, 'partner', partner_id, c.req.valid('json'));
  if (!done.ok) return failed(CODES, done.reason);
  if (done.fields.includes('paypal')) await pokeCancellations(c.env.PAYOUTS, c.var.books, partner_id, c.var.now);
  return c.json(meOf(done.partner), 200);
});

const putResidency = createRoute({
  method: 'put',
  path: '/v1/me/residency',
  tags: ['partner'],
  middleware: partner,
  request: { body: jsonBody(ResidencyBody) },
  responses: answers,
});
meRoutes.openapi(putResidency, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'payout');
  const { hasher } = await readProgram(c.var.books);
  const done = await changePartner(doorOf(c), hasher, 'partner', partner_id, { residency: c.req.valid('json') });
  return done.ok ? c.json(meOf(done.partner), 200) : failed(CODES, done.reason);
});
