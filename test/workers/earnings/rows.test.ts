import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';

import { nextPayout, dueMoney, openSumsAt } from '../../../src/earnings/earnings.rules.ts';
import { readEarnings } from '../../../src/earnings/earnings.ts';
import { readPartnerBooks } from '../../../src/ledger/balance.repo.ts';
import { totalsAt } from '../../../src/ledger/balance.rules.ts';
import { readPartnerRecord } from '../../../src/partner/record.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { call } from '../partner/api.ts';
import { begin, friday } from './play.ts';

/** A Wednesday; the last Friday's close covers what is past. */
const NOW = '2026-06-10T19:00:00Z';
const SUNDAY = Date.parse('2026-06-07T07:00:00Z');
const BEFORE = Date.parse('2026-06-05T12:00:00Z');
const DAY = 86_400_000;

/** Lines payable in this week, and lines booked since the close. */
const THIS_WEEK = 5;
const SINCE = 7;

let token = '';
beforeEach(async () => {
  token = await begin();
});

/** Books `count` lines of `account` with one statement; SQL says when the `i`-th becomes payable. */
async function lines(count: number, account: string, payable_at: string, at: number, amount: number): Promise<void> {
  await env.BOOKS.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
     INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at)
     SELECT 'ann', ?2, ?2 || '_' || i, 'commission', ?2 || '_' || i, CAST(?3 AS INTEGER), CAST(${payable_at} AS INTEGER), CAST(?4 AS INTEGER), 2500, CAST(?3 AS INTEGER)
     FROM n WHERE ?1 > 0`,
  )
    .bind(count, account, at, amount)
    .run();
}

/** A partner with so many lines before the last close: half of them paid, half open and payable in the thirteen weeks to come. */
async function history(past: number): Promise<void> {
  await lines(past / 2, 'paid', `${BEFORE - 90 * DAY} + i`, BEFORE - 80 * DAY, 10_000);
  await friday('2026-05-22');
  await lines(past / 2, 'vesting', `${SUNDAY + 7 * DAY} + (i % 90) * ${DAY}`, BEFORE - 10 * DAY, 100);
  await lines(THIS_WEEK, 'week', `${SUNDAY} + i * ${DAY}`, BEFORE, 100);
  await friday('2026-06-05');
  await lines(SINCE, 'since', `${SUNDAY + 20 * DAY} + i * ${DAY}`, BEFORE + 2 * DAY, 100);
}

/** What an answer of /v1/earnings read. */
async function rowsRead(): Promise<number> {
  const answer = await call('GET', '/v1/earnings', { as: token, now: NOW, env: { COST_HEADERS: 'on' } });
  expect(answer.status).toBe(200);
  return Number(/rows_read=(\d+)/.exec(answer.headers.get('server-timing') ?? '')?.[1]);
}

it.each([10, 1_000, 100_000])(
  '/v1/earnings reads the same rows after %i past lines',
  { timeout: 180_000 },
  async (past) => {
    await history(past);
    const read = await rowsRead();
    expect(read).toBe(31 + THIS_WEEK + SINCE);
    expect(read).toBeLessThanOrEqual(60 + THIS_WEEK + SINCE);
  },
);

it('what it says of the present is what the whole history says', async () => {
  await history(1_000);
  const db = openDatabase(env.BOOKS);
  for (const now of [Date.parse(NOW), Date.parse(NOW) + 3 * DAY, Date.parse(NOW) + 30 * DAY]) {
    const { totals, next_payout } = await readEarnings(db, 'ann', now, now);
    const whole = await readPartnerBooks(db, 'ann');
    expect(totals).toEqual(totalsAt(whole, now));
    const record = await readPartnerRecord(db, 'ann');
    expect(next_payout).toEqual(
      nextPayout(next_payout.day, now, record, dueMoney(openSumsAt(whole, now), next_payout.day, false)),
    );
    expect(totals).toMatchObject({ in_flight: 500 * 10_000, paid: 0 });
    expect(totals.pending + totals.payable).toBe(100 * (500 + THIS_WEEK + SINCE));
  }
});
