import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { readHome } from '../../../src/center/read-home.ts';
import { readEarnings } from '../../../src/earnings/earnings.ts';
import { readPartnerBooks } from '../../../src/ledger/balance.repo.ts';
import { totalsAt } from '../../../src/ledger/balance.rules.ts';
import { STYLE } from '../../../src/pages/style.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { begin, friday, month, outcome, pay, refund, signup, START, VESTS } from '../earnings/play.ts';
import { call, ingest } from '../partner/api.ts';
import { tripsOf } from './trips.ts';

let ann: Reader;
beforeEach(async () => {
  await begin();
  ann = await readerOf('ann');
});

const DAY = 86_400_000;

const ACCOUNTS = ['acme', 'bolt', 'core', 'dune', 'echo', 'fern'];
const paid = async (n: number, accounts: readonly string[]): Promise<void> => {
  for (const account of accounts) await pay(account, `${account}${n}`, month(n));
};
const end = async (account_id: string, cancelled_at: string) => {
  const path = `/v1/accounts/${account_id}/cancellation`;
  await call('POST', path, { as: ingest, now: cancelled_at, body: { cancelled_at } });
};

/**
 * A long life, step by step: six accounts, payments over months, refunds before and after they were paid, ends before and after a close, one
 * that comes back, pay days, a payout that came back, a hold, an address that went away.
 */
const LIFE: readonly (readonly [at: string, step: () => Promise<unknown>])[] = [
  [START, () => call('PATCH', '/v1/partners/ann', { body: { rate_bps: 5000 }, now: START })],
  [START, async () => void (await Promise.all(ACCOUNTS.map((account) => signup(account))))],
  [month(1), () => paid(1, ACCOUNTS)],
  [month(2), () => paid(2, ACCOUNTS)],
  ['2026-02-10T00:00:00Z', () => refund('r1', 'acme1', '2026-02-10T00:00:00Z', 3950)],
  ['2026-02-20T17:00:00Z', () => friday('2026-02-20')],
  [month(3), () => paid(3, ACCOUNTS)],
  ['2026-03-10T00:00:00Z', () => end('bolt', '2026-03-10T00:00:00Z')],
  ['2026-03-12T00:00:00Z', () => end('fern', '2026-03-12T00:00:00Z')],
  ['2026-03-27T17:00:00Z', () => friday('2026-03-27')],
  ['2026-04-01T00:00:00Z', () => pay('fern', 'fern4', '2026-04-01T00:00:00Z')],
  ['2026-04-10T17:00:00Z', () => friday('2026-04-10')],
  ['2026-04-17T17:00:00Z', () => friday('2026-04-17')],
  ['2026-04-20T00:00:00Z', () => outcome('2026-04-17', 'paid', '2026-04-20T00:00:00Z')],
  [month(5), () => paid(5, ACCOUNTS.slice(2))],
  ['2026-05-15T17:00:00Z', () => friday('2026-05-15')],
  ['2026-05-18T00:00:00Z', () => outcome('2026-05-15', 'returned', '2026-05-18T00:00:00Z')],
  ['2026-05-20T00:00:00Z', () => refund('r2', 'core1', '2026-05-20T00:00:00Z')],
  [
    '2026-05-24T00:00:00Z',
    () => call('PATCH', '/v1/partners/ann', { body: { paypal_email: 'jo@dune.example' }, now: '2026-05-24T00:00:00Z' }),
  ],
  [month(6), () => paid(6, ACCOUNTS.slice(2))],
  ['2026-06-06T00:00:00Z', () => signup('gold', '2026-06-06T00:00:00Z')],
  [month(7), () => pay('gold', 'gold7', month(7), 30_000)],
  ['2026-07-10T17:00:00Z', () => friday('2026-07-10')],
  [month(8), () => pay('gold', 'gold8', month(8), 30_000)],
  ['2026-12-01T00:00:00Z', async () => {}],
];

async function longLife(): Promise<void> {
  for (const [, step] of LIFE) await step();
}

describe('the first page', () => {
  it('two round trips to the books: the session, then one batch; under 40 kB with its style', async () => {
    await longLife();
    for (const at of ['2026-08-05T21:00:00Z', '2026-10-06T18:00:00Z']) {
      const { html, trips } = await tripsOf('/partners', ann, at);
      expect(trips).toBe(2);
      expect(new TextEncoder().encode(html + STYLE).length).toBeLessThan(40_000);
    }
  });

  it('two round trips before the first pay day too', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1), 50_000);
    for (const at of ['2026-01-06T00:00:00Z', '2026-04-06T18:00:00Z', '2026-04-12T06:59:59Z'])
      expect((await tripsOf('/partners', ann, at)).trips).toBe(2);
  });

  it('what one round trip says is what /v1/earnings and the whole history say, whenever it is asked', async () => {
    const db = openDatabase(env.BOOKS);
    for (const [i, [at, step]] of LIFE.entries()) {
      await step();
      const until = Date.parse(LIFE[i + 1]?.[0] ?? at);
      // Also at the instants at which weeks end, before and after clocks change.
      const edges = ['2026-03-08T08:00:00Z', '2026-03-15T07:00:00Z', '2026-05-24T07:00:00Z'].flatMap((edge) => [
        Date.parse(edge) - 1,
        Date.parse(edge),
      ]);
      const asked = edges.filter((edge) => edge >= Date.parse(at) && edge < until);
      for (let now = Date.parse(at); now < until; now += 2.3 * DAY) asked.push(now);
      for (const now of asked) {
        const { earnings } = await readHome(db, 'ann', now);
        expect(earnings).toEqual(await readEarnings(db, 'ann', now, now));
        expect(earnings.totals).toEqual(totalsAt(await readPartnerBooks(db, 'ann'), now));
      }
    }
  }, 120_000);

  it.each([10, 1_000, 100_000])(
    'reads the same rows, the session’s included, after %i past lines and twelve pay days: at most 60 and those of the week and since the close',
    { timeout: 240_000 },
    async (past) => {
      const SUNDAY = Date.parse('2026-06-07T07:00:00Z');
      const [this_week, since] = [5, 7];
      /** Books lines with one statement; SQL says when the `i`-th becomes payable. */
      const book = (many: number, of: string, at: number, payable_at: string, amount: number) =>
        env.BOOKS.prepare(
          `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
           INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at)
           SELECT 'ann', 'acme', ?2 || i, 'commission', ?2 || i, CAST(?3 AS INTEGER), CAST(${payable_at} AS INTEGER), CAST(?4 AS INTEGER), 2500, CAST(?3 AS INTEGER) FROM n`,
        )
          .bind(many, of, at, amount)
          .run();
      await signup('acme');
      // Twelve weeks that each pay, then as many lines that vest later as were paid.
      const paid_lines = Math.max(12, past / 2);
      await book(paid_lines, 'paid', SUNDAY - 180 * DAY, `${SUNDAY - 90 * DAY} + (i % 12) * ${7 * DAY}`, 10_000);
      for (let week = 12; week >= 1; week--) {
        if (week === 1) {
          await book(past / 2, 'vesting', SUNDAY - 4 * DAY, `${SUNDAY + 7 * DAY} + (i % 90) * ${DAY}`, 100);
          await book(this_week, 'week', SUNDAY - 4 * DAY, `${SUNDAY} + i * ${DAY}`, 100);
        }
        await friday(new Date(SUNDAY - (week * 7 - 5) * DAY).toISOString().slice(0, 10));
      }
      await book(since, 'since', SUNDAY - DAY, `${SUNDAY + 20 * DAY} + i * ${DAY}`, 100);
      const asked = { as: ann, at: '2026-06-10T19:00:00Z', bindings: { COST_HEADERS: 'on' } };
      const { headers } = await page('/partners', asked);
      const read = Number(/rows_read=(\d+)/.exec(headers.get('server-timing') ?? '')?.[1]);
      expect(read).toBe(58 + this_week + since);
      expect(read).toBeLessThanOrEqual(60 + this_week + since);
    },
  );

  it('W: says what the next pay day pays, each gate, and of a shut one what to do and when it opens', async () => {
    await signup('acme');
    await pay('acme', 'pay1', month(1), 50_000);
    const before = textOf((await page('/partners', { as: ann, at: '2026-02-05T20:00:00Z' })).html);
    expect(before).toContain('Nothing will be paid on 6 February 2026');
    expect(before).toContain('Vested – shut');
    expect(before).toContain('Opens on 5 April 2026.');
    expect(before).toContain('125.00 USD');
    expect(VESTS.slice(0, 10)).toBe('2026-04-05');
    await call('PATCH', '/v1/partners/ann', { body: { paypal_email: null }, now: '2026-04-06T00:00:00Z' });
    await friday('2026-04-10');
    const shut = await page('/partners', { as: ann, at: '2026-04-15T00:00:00Z' });
    expect(textOf(shut.html)).toContain('Nothing will be paid on 17 April 2026');
    expect(textOf(shut.html)).toContain('125.00 USD is due by then and carries over');
    expect(textOf(shut.html)).toContain('A PayPal address – shut');
    expect(shut.html).toContain('href="/partners/settings"');
    await call('PATCH', '/v1/partners/ann', { body: { paypal_email: 'ann@pay.example' }, now: '2026-04-15T00:00:00Z' });
    const open = textOf((await page('/partners', { as: ann, at: '2026-04-16T00:00:00Z' })).html);
    expect(open).toContain('125.00 USD will be paid on 17 April 2026.');
    await friday('2026-04-17');
    await outcome('2026-04-17', 'paid', '2026-04-20T00:00:00Z');
    const after = textOf((await page('/partners', { as: ann, at: '2026-04-21T00:00:00Z' })).html);
    expect(after).toContain('Paid 125.00 USD');
    expect(after).toContain('17 April 2026 125.00 USD paid');
  });

  it('the chart is one image with a name, a description and a table; nothing inline', async () => {
    await longLife();
    const { html } = await page('/partners', { as: ann, at: '2026-06-06T18:00:00Z' });
    expect(html.match(/<svg /g)).toHaveLength(1);
    expect(html).toMatch(/<svg[^>]+role="img"[^>]+aria-labelledby="chart-title chart-desc"/);
    expect(html).toContain('<title id="chart-title">');
    expect(html).toContain('<desc id="chart-desc">');
    expect(html).not.toMatch(/ style=|<script/);
    expect(html).toContain('<details>');
  });
});
