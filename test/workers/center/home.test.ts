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

  it('what it reads does not grow with the lines of its past and of its vesting', async () => {
    const read: number[] = [];
    const sunday = Date.parse('2026-06-07T07:00:00Z');
    const book = (from: number, many: number) =>
      env.BOOKS.prepare(
        `WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + ?2 - 1)
         INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at, payout_id)
         SELECT 'ann', 'acme', 'p' || i, 'commission', 'p' || i, CAST(?3 AS INTEGER),
           CAST(?3 + (CASE i % 2 WHEN 0 THEN -100 ELSE 14 + i % 76 END) * 86400000 AS INTEGER), 100, 2500, CAST(?3 AS INTEGER),
           CASE i % 2 WHEN 0 THEN 'po_past' END FROM n`,
      )
        .bind(from, many, sunday - 3 * DAY)
        .run();
    await signup('acme');
    for (const [from, many, pay_date] of [
      [0, 200, '2026-06-05'],
      [200, 20_000, '2026-06-12'],
    ] as const) {
      await book(from, many);
      await friday(pay_date);
      const at = new Date(Date.parse(`${pay_date}T17:00:00Z`) + 5 * DAY).toISOString();
      const { headers } = await page('/partners', { as: ann, at, bindings: { COST_HEADERS: 'on' } });
      read.push(Number(/rows_read=(\d+)/.exec(headers.get('server-timing') ?? '')?.[1]));
    }
    expect(read[0]).toBeGreaterThan(0);
    // A pay day more to show, and no line more.
    expect((read[1] ?? 0) - (read[0] ?? 0)).toBeLessThanOrEqual(10);
  });

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
