import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import firstpromoterCommissions from '../../fixtures/import/firstpromoter-commissions.csv?raw';
import firstpromoterPromoters from '../../fixtures/import/firstpromoter-promoters.csv?raw';
import firstpromoterReferrals from '../../fixtures/import/firstpromoter-referrals.csv?raw';
import rewardfulAffiliates from '../../fixtures/import/rewardful-affiliates.csv?raw';
import rewardfulCommissions from '../../fixtures/import/rewardful-commissions.csv?raw';
import rewardfulReferrals from '../../fixtures/import/rewardful-referrals.csv?raw';
import tapfiliateAffiliates from '../../fixtures/import/tapfiliate-affiliates.csv?raw';
import tapfiliateConversions from '../../fixtures/import/tapfiliate-conversions.csv?raw';
import tapfiliateCustomers from '../../fixtures/import/tapfiliate-customers.csv?raw';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { expectTheLaw } from '../../support/law.ts';
import { operatorKeys } from '../../support/local.ts';
import { sendFile } from './send.ts';

const AT = '2026-11-20T17:00:00Z';
const app = createApi();

async function sendAll(format: string, files: readonly (readonly [kind: string, file: string])[]) {
  const all = [];
  for (const [kind, file] of files) {
    const answer = await sendFile(kind, file, { query: `format=${format}`, at: AT });
    expect([kind, answer.status, answer.body]).toEqual([kind, 200, {}]);
    all.push(answer.lines.map(({ verdict, code, id }) => [id, code === undefined ? verdict : `${verdict} ${code}`]));
  }
  return all;
}

/** The commissions of an account's payments, as an operator sees them. */
async function commissions(account_id: string) {
  const { body } = await call('GET', `/v1/accounts/${account_id}`, { as: 'ana', at: AT });
  const payments = body['payments'] as unknown as {
    payment_id: string;
    commission: { partner_id: string; amount: number } | null;
    reason?: string;
  }[];
  return payments.map(({ payment_id, commission, reason }) => [
    payment_id,
    commission?.partner_id ?? reason,
    commission?.amount ?? 0,
  ]);
}

async function differences(format: string, file: string, query = '') {
  const response = await app.request(
    `http://localhost/v1/import/differences?format=${format}${query}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorKeys.ana}`, 'content-type': 'text/csv', 'x-clock': AT },
      body: file,
    },
    env as unknown as ProgramEnv,
  );
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { status: response.status, lines: lines.slice(0, -1), summary: lines.at(-1) };
}

describe('exports of former programs', () => {
  beforeEach(freshDatabases);

  it('Rewardful: affiliates, referrals, sales and their refunds', async () => {
    const [partners, signups, payments, refunds] = await sendAll('rewardful', [
      ['partners', rewardfulAffiliates],
      ['signups', rewardfulReferrals],
      ['payments', rewardfulCommissions],
      ['refunds', rewardfulCommissions],
    ]);
    expect(partners).toEqual([
      ['aff-1', 'created'],
      ['aff-2', 'created'],
    ]);
    expect(signups).toEqual([
      ['cus_1', 'created'],
      ['cus_2', 'created'],
    ]);
    expect(payments).toEqual([
      ['in_1', 'created'],
      ['in_2', 'created'],
      ['in_3', 'created'],
      [null, 'refused skipped'],
    ]);
    expect(refunds).toContainEqual(['in_3', 'created']);
    expect(await commissions('cus_1')).toEqual([
      ['in_1', 'paid_elsewhere', 0],
      ['in_2', 'aff-1', 2500],
    ]);
    await expectTheLaw(['cus_1', 'cus_2']);
    const bob = await call('GET', '/v1/partners/aff-2', { as: 'ana', at: AT });
    expect(bob.body).toMatchObject({ name: 'Bob Moss, Jr.', status: 'suspended', country: 'DE' });
    const compared = await differences('rewardful', rewardfulCommissions);
    expect(compared.lines).toMatchObject([
      { row: 4, reasons: ['skipped'] },
      { row: 3, payment_id: 'in_3', reasons: ['no_referrer'] },
    ]);
    expect(compared.summary).toMatchObject({ rows: 3, same: 2, different: 1, next: null });
  });

  it('FirstPromoter: promoters, referrals and commissions', async () => {
    const [partners, signups, payments] = await sendAll('firstpromoter', [
      ['partners', firstpromoterPromoters],
      ['signups', firstpromoterReferrals],
      ['payments', firstpromoterCommissions],
    ]);
    expect(partners).toEqual([
      ['101', 'created'],
      ['102', 'created'],
    ]);
    expect(signups).toEqual([
      ['cus_1', 'created'],
      ['cus_2', 'created'],
    ]);
    expect(payments).toEqual([
      ['in_1', 'created'],
      ['in_2', 'created'],
      [null, 'refused skipped'],
    ]);
    expect(await commissions('cus_1')).toEqual([
      ['in_1', 'paid_elsewhere', 0],
      ['in_2', '101', 2500],
    ]);
  });

  it('Tapfiliate: affiliates, customers and conversions; the differences are named with their reasons', async () => {
    const [partners, signups, payments] = await sendAll('tapfiliate', [
      ['partners', tapfiliateAffiliates],
      ['signups', tapfiliateCustomers],
      ['payments', tapfiliateConversions],
    ]);
    expect(partners).toEqual([
      ['annlee', 'created'],
      ['bobmoss', 'created'],
    ]);
    expect(signups).toEqual([
      ['cus_1', 'created'],
      ['cus_2', 'created'],
    ]);
    expect(payments).toEqual([
      ['in_1', 'created'],
      ['in_2', 'created'],
      [null, 'refused skipped'],
    ]);
    expect(await commissions('cus_1')).toEqual([
      ['in_1', 'paid_elsewhere', 0],
      ['in_2', 'annlee', 2500],
    ]);
    await call('POST', '/v1/payments', {
      at: AT,
      body: { payment_id: 'in_9', account_id: 'cus_2', amount: 1000, currency: 'USD', paid_at: '2026-02-20T00:00:00Z' },
    });
    const compared = await differences(
      'tapfiliate',
      tapfiliateConversions,
      '&from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z',
    );
    expect(compared.status).toBe(200);
    expect(compared.lines).toMatchObject([
      { row: 3, reasons: ['skipped'] },
      {
        row: 2,
        payment_id: 'in_2',
        reasons: ['rate'],
        theirs: { amount: 2000 },
        ours: { amount: 2500, partner_id: 'annlee' },
      },
      { row: null, payment_id: 'in_9', reasons: ['missing_there'], ours: { amount: 250, partner_id: 'bobmoss' } },
    ]);
    expect(compared.summary).toMatchObject({ rows: 2, same: 1, different: 2, theirs_total: 3975, ours_total: 4475 });
  });

  it('a kind that a program does not export is 422, a file without the columns of its format 400', async () => {
    expect((await sendFile('refunds', 'a\n', { query: 'format=tapfiliate' })).status).toBe(422);
    expect((await sendFile('payments', 'a,b\n', { query: 'format=rewardful' })).status).toBe(400);
    expect((await sendFile('payments', 'a,b\n', { query: 'format=other' })).status).toBe(400);
  });
});
