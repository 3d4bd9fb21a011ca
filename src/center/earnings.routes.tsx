import { z } from 'zod';

import { COMMISSION_KINDS, COMMISSION_STATUSES } from '../earnings/commissions.rules.ts';
import { readPaymentCommissions } from '../earnings/commissions.ts';
import { cursorOf } from '../http/cursor.ts';
import { failurePage } from '../pages/app.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { numberAt } from './cursor.ts';
import { EarningsPage, filterQuery, PaymentPage } from './earnings.page.tsx';
import { shownFailure } from './failure.ts';
import { linesCsv, readLines } from './read-lines.ts';

/** What a partner has earned, line by line. */
export const earningsPages = createCenterPages();

const Filter = z.object({
  status: z.enum(COMMISSION_STATUSES).optional(),
  kind: z.enum(COMMISSION_KINDS).optional(),
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/)
    .optional(),
});

earningsPages.get('/earnings', async (c) => {
  const { books, person, now, config } = c.var;
  const asked = Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ''));
  const { cursor, ...filter } = asked;
  const [{ timezone, currency }] = await readPolicy(books);
  const told = { timezone, currency };
  const parsed = Filter.safeParse(filter);
  const frame = (body: ReturnType<typeof EarningsPage>, status = 200) =>
    centerPage(config.program_name, '/partners/earnings', { title: 'Earnings', body, status });
  if (!parsed.success) {
    const fault = 'There is no such filter. A month is written like 2026-04.';
    return frame(<EarningsPage entries={[]} filter={filter} fault={fault} older={null} told={told} />, 400);
  }
  const before = numberAt(cursor);
  const { entries, next } = await readLines(books, person.partner_id, { filter: parsed.data, before, now, timezone });
  const older = next === null ? null : `/partners/earnings?${filterQuery(parsed.data, cursorOf(next))}`;
  return frame(<EarningsPage entries={entries} filter={filter} older={older} told={told} />);
});

earningsPages.get('/earnings.csv', async (c) => {
  const { books, person, now } = c.var;
  const [{ currency }] = await readPolicy(books);
  return new Response(linesCsv(books, person.partner_id, { now, currency }), {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': 'attachment; filename="earnings.csv"',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    },
  });
});

earningsPages.get('/earnings/:account_id/:payment_id', async (c) => {
  const { books, person, now, config } = c.var;
  const { account_id, payment_id } = c.req.param();
  const entries = await readPaymentCommissions(books, person.partner_id, { account_id, payment_id }, now);
  if (entries.length === 0) return failurePage(shownFailure(c), 404);
  const [{ timezone, currency }] = await readPolicy(books);
  const body = (
    <PaymentPage payment_id={payment_id} account_id={account_id} entries={entries} told={{ timezone, currency }} />
  );
  return centerPage(config.program_name, '/partners/earnings', { title: `Payment ${payment_id}`, body });
});
