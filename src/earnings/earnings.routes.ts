import { createRoute } from '@hono/zod-openapi';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import { cursorOf, keyOfCursor, numberOfCursor, page } from '../http/cursor.ts';
import { instantOut, PageQuery, pageOf, toInstant } from '../http/schema.ts';
import { payoutsOfPartner } from '../payout/batch.repo.ts';
import type { CommissionEntry } from './commissions.rules.ts';
import { readCommissions } from './commissions.ts';
import { CommissionOut, EarningsOut, EarningsQuery, PayoutOut } from './earnings.schemas.ts';
import { readEarnings } from './earnings.ts';

/** What a partner has earned, is paid, and why not. */
export const earningsRoutes = createRoutes();

const partner = allow('partner');

const getEarnings = createRoute({
  method: 'get',
  path: '/v1/earnings',
  tags: ['partner'],
  middleware: partner,
  request: { query: EarningsQuery },
  responses: { 200: jsonAnswer(EarningsOut, 'Totals, and the next pay day with its gates'), ...PROBLEM_ANSWERS },
});
earningsRoutes.openapi(getEarnings, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  const { as_of } = c.req.valid('query');
  const earnings = await readEarnings(
    c.var.books,
    partner_id,
    as_of === undefined ? c.var.now : toInstant(as_of),
    c.var.now,
  );
  const { day, amount, will_pay, gates } = earnings.next_payout;
  const week = { start: day.week.start_on, end: day.week.end_on };
  return c.json(
    {
      ...earnings,
      as_of: instantOut(earnings.as_of),
      next_payout: { pay_date: day.pay_date, week, amount, will_pay, gates },
    },
    200,
  );
});

function commissionOut({ anchor: _, ...entry }: CommissionEntry) {
  return {
    ...entry,
    at: instantOut(entry.at),
    paid_at: instantOut(entry.paid_at),
    vests_at: instantOut(entry.vests_at),
  };
}

const getCommissions = createRoute({
  method: 'get',
  path: '/v1/earnings/commissions',
  tags: ['partner'],
  middleware: partner,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(CommissionOut), 'Entries, the newest first'), ...PROBLEM_ANSWERS },
});
earningsRoutes.openapi(getCommissions, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  const { cursor, limit } = c.req.valid('query');
  const { entries, next } = await readCommissions(c.var.books, partner_id, {
    before: numberOfCursor(cursor),
    limit,
    now: c.var.now,
  });
  return c.json({ data: entries.map(commissionOut), next_cursor: next === null ? null : cursorOf(next) }, 200);
});

const getPayouts = createRoute({
  method: 'get',
  path: '/v1/payouts',
  tags: ['partner'],
  middleware: partner,
  request: { query: PageQuery },
  responses: { 200: jsonAnswer(pageOf(PayoutOut), 'Own payouts, the latest first'), ...PROBLEM_ANSWERS },
});
earningsRoutes.openapi(getPayouts, async (c) => {
  const { partner_id } = partnerActor(c.var.actor, 'read');
  const { cursor, limit } = c.req.valid('query');
  const { data, next_cursor } = page(
    await payoutsOfPartner(c.var.books, partner_id, keyOfCursor(cursor), limit),
    limit,
    (row) => row.pay_date,
  );
  const rows = data.map(
    ({ payout_id, pay_date, week_start_on, week_end_on, amount, currency, status, status_at, reason }) => {
      return {
        payout_id,
        pay_date,
        week: { start: week_start_on, end: week_end_on },
        amount,
        currency,
        status,
        status_at: instantOut(status_at),
        reason,
      };
    },
  );
  return c.json({ data: rows, next_cursor }, 200);
});
