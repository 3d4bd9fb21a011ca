import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { ingestKey } from '../../support/local.ts';
import { begin, friday, outcome } from '../earnings/play.ts';
import { call, newPartner, rows } from '../partner/api.ts';
import { ask } from './ask.ts';

const START = '2025-12-01T20:00:00Z';
let ann = '';
let adjustments = 0;
async function owe(partner_id: string, amount: number, now: string): Promise<void> {
  adjustments += 1;
  const body = { adjustment_id: `adj${adjustments}`, amount, reason: 'due' };
  expect((await call('POST', `/v1/partners/${partner_id}/adjustments`, { body, now })).status).toBe(201);
}

async function outcomesOf(pay_date: string, payouts: readonly { payout_id: string }[]): Promise<void> {
  const items = payouts.map(({ payout_id }) => ({ payout_id, status: 'paid' as const }));
  const now = Date.parse('2026-01-17T00:00:00Z');
  expect(await recordOutcomes(openDatabase(env.BOOKS), { pay_date, items, by: 'ana', now })).toMatchObject({
    ok: true,
  });
}

beforeEach(async () => {
  ann = await begin();
  await owe('ann', 250_000, START);
  await friday('2025-12-12');
  // Paid in the first minute of 2026 in UTC, which is still 2025 in the program's zone.
  await outcome('2025-12-12', 'paid', '2026-01-01T00:00:00Z');
});

describe('GET /v1/statements/{year}', () => {
  it('adds up what was paid in the program’s calendar year, and takes back what came back in it', async () => {
    await owe('ann', 40_000, '2026-01-05T00:00:00Z');
    await friday('2026-01-16');
    await outcome('2026-01-16', 'paid', '2026-01-17T00:00:00Z');
    await outcome('2025-12-12', 'returned', '2026-01-20T00:00:00Z');
    const in2025 = await call('GET', '/v1/statements/2025', { now: '2026-02-01T00:00:00Z' });
    expect(in2025.status).toBe(200);
    expect(in2025.body).toEqual({
      year: 2025,
      timezone: 'America/Los_Angeles',
      currency: 'USD',
      complete: true,
      thresholds: {
        form_1099_k: { amount_over: 2_000_000, payments_over: 200 },
        form_1099_nec: { amount_from: 60_000 },
      },
      thresholds_missing: null,
      data: [
        {
          partner_id: 'ann',
          country: 'US',
          tax_form: 'W-9',
          paid: 250_000,
          came_back: 0,
          net: 250_000,
          payouts: 1,
          methods: [{ method: 'export', paid: 250_000, came_back: 0, net: 250_000, payouts: 1 }],
          above_threshold: { form_1099_k: false, form_1099_nec: true },
        },
      ],
      next_cursor: null,
    });
    const in2026 = await call('GET', '/v1/statements/2026', { now: '2026-02-01T00:00:00Z' });
    expect(in2026.body).toMatchObject({
      complete: false,
      data: [
        { paid: 40_000, came_back: 250_000, net: -210_000, payouts: 1, above_threshold: { form_1099_nec: false } },
      ],
    });
  });

  it('leaves out what is only on the way, failed, or due', async () => {
    await newPartner('bob', { paypal_email: 'bob@pay.example' }, START);
    await owe('bob', 30_000, '2026-01-05T00:00:00Z');
    await friday('2026-01-16');
    expect((await call('GET', '/v1/statements/2026', { now: '2026-02-01T00:00:00Z' })).body.data).toEqual([]);
    await outcome('2026-01-16', 'failed', '2026-01-17T00:00:00Z');
    expect((await call('GET', '/v1/statements/2026', { now: '2026-02-01T00:00:00Z' })).body.data).toEqual([]);
  });

  it('says that a year’s threshold is not known', async () => {
    const { body } = await call('GET', '/v1/statements/2040', { now: '2026-02-01T00:00:00Z' });
    expect(body).toMatchObject({ thresholds: null, thresholds_missing: 'unknown_year', data: [] });
  });

  it('goes by pages, each partner once and whole', async () => {
    for (const id of ['bob', 'cat', 'dan']) {
      await newPartner(id, { paypal_email: `${id}@pay.example` }, START);
      await owe(id, 20_000, '2026-01-05T00:00:00Z');
    }
    await friday('2026-01-16');
    const payouts = await rows<{ payout_id: string }>("SELECT payout_id FROM payouts WHERE pay_date = '2026-01-16'");
    expect(payouts).toHaveLength(3);
    await outcomesOf('2026-01-16', payouts);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await call('GET', `/v1/statements/2026?limit=2${cursor}`, { now: '2026-02-01T00:00:00Z' });
      seen.push(
        ...body.data.map(({ partner_id, paid }: { partner_id: string; paid: number }) => `${partner_id} ${paid}`),
      );
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(['bob 20000', 'cat 20000', 'dan 20000']);
  });

  it('is a table too', async () => {
    const { status, type, text } = await ask('/v1/statements/2025/export.csv');
    expect([status, type]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(text.split('\r\n')).toEqual([
      'year,partner_id,country,tax_form,method,currency,paid,came_back,net,payouts,partner_above_1099_k,partner_above_1099_nec',
      '2025,ann,US,W-9,export,USD,2500.00,0.00,2500.00,1,no,yes',
      '',
    ]);
  });

  it('is for operators, of years that are some', async () => {
    for (const path of ['/v1/statements/2026', '/v1/statements/2026/export.csv']) {
      expect((await ask(path, null)).status).toBe(401);
      expect((await ask(path, ann)).status).toBe(403);
      expect((await ask(path, ingestKey)).status).toBe(403);
      expect((await ask(path.replace('2026', '1999'))).status).toBe(400);
      expect((await ask(path.replace('2026', 'last'))).status).toBe(400);
    }
  });
});
