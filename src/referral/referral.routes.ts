import { createRoute, z } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { keyOfCursor, page } from '../http/cursor.ts';
import { fail } from '../http/fail.ts';
import { Day, Id, InstantOut, instantOut, LongId, PageQuery, pageOf } from '../http/schema.ts';
import { GateOut } from '../payout/batch.schemas.ts';
import { REFERRAL_STATUSES, type ReferralView } from './referral.rules.ts';
import { readReferral, readReferrals } from './referral.ts';

/** Accounts that a partner refers. */
export const referralRoutes = createRoutes();

const partner = allow('partner');

const ReferralOut = z
  .object({
    account_id: LongId,
    company: z.string().nullable(),
    email: z.string().nullable().openapi({ example: 'j•••@acme.com' }),
    source: z.string().nullable(),
    signed_up_at: InstantOut,
    flags: z.array(z.enum(['self_referral', 'form_join'])),
    status: z.enum(REFERRAL_STATUSES),
    vests_at: InstantOut.nullable(),
  })
  .openapi('Referral');
const Unearning = z.object({
  payment_id: LongId,
  paid_at: InstantOut,
  reason: z.enum(['foreign_currency', 'before_claim', 'paid_elsewhere']),
});
const WHOSE = z.enum(['yours', 'another_partner', 'nobody']);
const DecisionTold = z
  .object({
    decision_id: Id,
    at: InstantOut,
    kind: z.enum(['signup', 'claim', 'audit', 'operator']),
    outcome: z.string(),
    clause: z.string(),
    policy_version: z.int(),
    referrer: WHOSE.nullable().openapi({ description: 'whom it made the referrer; null where it changed nothing' }),
    timeline: z.array(
      z.object({
        clicked_at: InstantOut,
        class: z.string(),
        verdict: z.string(),
        whose: WHOSE,
        code: z.string().nullable(),
      }),
    ),
  })
  .openapi('DecisionTold');
const ReferralDetailOut = ReferralOut.extend({
  gates: z.array(GateOut),
  first_pay_date: Day.nullable().openapi({
    description: 'the first pay day on which something of the account can be paid',
  }),
  earning_nothing: z.array(Unearning),
  decisions: z.array(DecisionTold).openapi({
    description: 'decisions about the referrer that the partner had a part in, with the clicks that decided (R6)',
  }),
}).openapi('ReferralDetail');

function viewOut(view: ReferralView) {
  const { account_id, company, email, source, flags, status } = view;
  return {
    account_id,
    company,
    email,
    source,
    signed_up_at: instantOut(view.signed_up_at),
    flags,
    status,
    vests_at: instantOut(view.vests_at),
  };
}

const getReferrals = createRoute({
  method: 'get',
  path: '/v1/referrals',
  tags: ['partner'],
  middleware: partner,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(ReferralOut), 'Accounts tracked to the partner, by id'), ...PROBLEM_ANSWERS },
});
referralRoutes.openapi(getReferrals, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  const { cursor, limit } = c.req.valid('query');
  const views = await readReferrals(c.var.books, partner_id, { after: keyOfCursor(cursor), limit, now: c.var.now });
  const { data, next_cursor } = page(views, limit, (view) => view.account_id);
  return c.json({ data: data.map(viewOut), next_cursor }, 200);
});

const getReferral = createRoute({
  method: 'get',
  path: '/v1/referrals/{account_id}',
  tags: ['partner'],
  middleware: partner,
  request: { params: z.object({ account_id: LongId }) },
  responses: { 200: jsonAnswer(ReferralDetailOut, 'The account with its gates, in order'), ...PROBLEM_ANSWERS },
});
referralRoutes.openapi(getReferral, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  const detail = await readReferral(c.var.books, partner_id, c.req.valid('param').account_id, c.var.now);
  if (!detail) return fail('not_found');
  const { gates, first_pay_date } = detail;
  const earning_nothing = detail.earning_nothing.map((payment) => ({
    ...payment,
    paid_at: instantOut(payment.paid_at),
  }));
  const decisions = detail.decisions.map((told) => ({
    ...told,
    at: instantOut(told.at),
    timeline: told.timeline.map((click) => ({ ...click, clicked_at: instantOut(click.clicked_at) })),
  }));
  return c.json({ ...viewOut(detail), gates, first_pay_date, earning_nothing, decisions }, 200);
});
