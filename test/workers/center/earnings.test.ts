import { env } from 'cloudflare:workers';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, it } from 'vitest';

import { page, readerOf, textOf, type Reader } from '../../support/pages.ts';
import { begin, commissions, friday, month, outcome, pay, refund, signup, START } from '../earnings/play.ts';
import { call, newPartner, rows } from '../partner/api.ts';

let ann: Reader;
let bob: Reader;
beforeEach(async () => {
  await begin();
  await newPartner('bob', {}, START);
  ann = await readerOf('ann');
  bob = await readerOf('bob');
});

const LATER = '2026-07-03T00:00:00Z';

/** Six payments that were paid, one of which was refunded after. */
async function paidAndRefunded(): Promise<string> {
  await signup('acme');
  for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
  await friday('2026-06-19');
  await outcome('2026-06-19', 'paid', '2026-06-22T00:00:00Z');
  await refund('r1', 'pay2', '2026-07-01T00:00:00Z');
  const [payout] = await rows<{ payout_id: string }>('SELECT payout_id FROM payouts');
  return payout?.payout_id ?? '';
}

const open = async (path: string, as = ann, at = LATER) => page(path, { as, at });

describe('/partners/earnings', () => {
  it('C3: a negative line says which refund of which payment, and leads to the line that it takes back', async () => {
    await paidAndRefunded();
    const { status, html } = await open('/partners/earnings');
    expect(status).toBe(200);
    expect(textOf(html)).toContain('-19.75 USD');
    expect(textOf(html)).toContain('Refund or lost dispute r1 of payment pay2');
    expect(html).toContain('<a href="/partners/earnings/acme/pay2">the line it changes</a>');
    const lines = await open('/partners/earnings/acme/pay2');
    const text = textOf(lines.html);
    expect(text.indexOf('-19.75 USD')).toBeLessThan(text.indexOf('Commission at 25.00 %'));
    expect(text).toContain('19.75 USD paid');
  });

  it('lists every line once over its pages, and filters by how it stands, what it is, and month', async () => {
    await signup('acme');
    for (let i = 0; i < 60; i++)
      await pay('acme', `p${i}`, `2026-0${1 + Math.floor(i / 30)}-${10 + (i % 15)}T20:00:00Z`);
    const first = await open('/partners/earnings', ann, month(3));
    const next = /href="(\/partners\/earnings\?cursor=[^"]+)"/.exec(first.html)?.[1] ?? '';
    const second = await open(next, ann, month(3));
    const told = [first, second].flatMap(({ html }) => html.match(/id="line-\d+-/g) ?? []);
    expect(new Set(told).size).toBe(60);
    expect(told).toHaveLength(60);
    const february = await open('/partners/earnings?month=2026-02&status=pending', ann, month(3));
    expect(february.html.match(/id="line-/g)).toHaveLength(30);
    expect((await open('/partners/earnings?month=2026-02&status=paid', ann, month(3))).html).not.toContain('id="line-');
    expect((await open('/partners/earnings?kind=clawback', ann, month(3))).html).not.toContain('id="line-');
    expect((await open('/partners/earnings?month=2026-13', ann, month(3))).status).toBe(400);
    expect((await open('/partners/earnings?cursor=%25', ann, month(3))).status).toBe(200);
  });

  it('a filtered list goes on where it stopped', async () => {
    await signup('acme');
    for (let i = 0; i < 70; i++) await pay('acme', `p${i}`, `2026-01-${10 + (i % 15)}T20:00:00Z`);
    const first = await open('/partners/earnings?status=pending', ann, month(3));
    const next =
      /href="(\/partners\/earnings\?[^"]*cursor=[^"]+)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await open(next, ann, month(3));
    const told = [first, second].flatMap(({ html }) => html.match(/id="line-\d+-/g) ?? []);
    expect([told.length, new Set(told).size]).toEqual([70, 70]);
  });

  it('the CSV has all lines, as the API tells them, and no formula', async () => {
    await paidAndRefunded();
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: -500, reason: '=HYPERLINK("https://evil.example"), "now"' },
      now: LATER,
    });
    const file = await open('/partners/earnings.csv');
    expect(file.headers.get('content-type')).toContain('text/csv');
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(file.html.endsWith('\r\n')).toBe(true);
    const read: Record<string, string>[] = parse(file.html, { columns: true, record_delimiter: '\r\n' });
    const told: { amount: number; payment_id: string | null; status: string }[] = (await commissions(LATER)).data;
    expect(read.map(({ amount, payment_id, status }) => [amount, payment_id, status])).toEqual(
      told.map(({ amount, payment_id, status }) => [(amount / 100).toFixed(2), payment_id ?? '', status]),
    );
    expect(read[0]?.['reason']).toBe('\'=HYPERLINK("https://evil.example"), "now"');
    for (const row of read)
      for (const [column, cell] of Object.entries(row))
        if (column !== 'amount') expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });
});

describe('a long list', () => {
  it('the CSV goes on over as many reads as it takes, each line once', async () => {
    const booked = Date.parse(START);
    await env.BOOKS.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2499)
       INSERT INTO lines (partner_id, kind, cause_id, at, payable_at, amount, recorded_at)
       SELECT 'ann', 'adjustment', 'adj' || i, CAST(?1 AS INTEGER), CAST(?1 AS INTEGER), 100 + i, CAST(?1 AS INTEGER) FROM n`,
    )
      .bind(booked)
      .run();
    const read: Record<string, string>[] = parse((await open('/partners/earnings.csv')).html, { columns: true });
    expect(read).toHaveLength(2500);
    expect(new Set(read.map((row) => row['cause_id'])).size).toBe(2500);
  });
});

describe('/partners/payouts', () => {
  it('P7: a payout with its state in words, and a receipt that adds up to it', async () => {
    const payout_id = await paidAndRefunded();
    const list = textOf((await open('/partners/payouts')).html);
    expect(list).toContain('19 June 2026 118.50 USD paid');
    const one = await open(`/partners/payouts/${payout_id}`);
    const amounts = [...one.html.matchAll(/<td class="num">(-?\d+)\.(\d\d) USD/g)].map(([, units, cents]) =>
      Number(`${units}${cents}`),
    );
    expect(amounts).toHaveLength(6);
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(11_850);
    expect(textOf(one.html)).toContain('Arrived – passed');
  });

  it('what is another’s looks like what does not exist', async () => {
    const payout_id = await paidAndRefunded();
    const pairs = [
      [`/partners/payouts/${payout_id}`, '/partners/payouts/po_none'],
      ['/partners/earnings/acme/pay2', '/partners/earnings/none/none'],
    ] as const;
    for (const [foreign, unknown] of pairs) {
      const [theirs, none] = [await open(foreign, bob), await open(unknown, bob)];
      expect([theirs.status, theirs.html]).toEqual([404, none.html]);
    }
    expect((await open('/partners/earnings.csv', bob)).html.trim().split('\r\n')).toHaveLength(1);
    expect((await open('/partners/payouts', bob)).html).not.toContain(payout_id);
  });
});
