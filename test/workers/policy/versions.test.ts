import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { tokenOf } from '../partner/api.ts';
import { FRIDAY, run } from '../payouts/play.ts';

vi.setConfig({ testTimeout: 60_000 });

const NOW = '2026-03-01T12:00:00Z';
const FROM = '2026-04-01T07:00:00Z';
beforeEach(async () => {
  await freshDatabases();
  await givePartner('ann', { paypal: 'ann@money.example' });
});

const save = (fields: object, at = NOW) =>
  call('POST', '/v1/policy', { as: 'ana', at, body: { effective_from: FROM, ...fields } });

async function signup(account_id: string, at: string) {
  const referral_token = await giveToken({ code: 'ann', at: '2026-01-02T00:00:00Z' });
  const body = { account_id, email: `${account_id}@client.example`, signed_up_at: at, referral_token };
  expect((await call('POST', '/v1/signups', { at, body })).status).toBe(201);
}
const pay = (payment_id: string, account_id: string, at: string, amount = 7900) =>
  call('POST', '/v1/payments', {
    at,
    body: { payment_id, account_id, amount, currency: 'USD', paid_at: at },
  });
const lines = async () => (await env.BOOKS.prepare('SELECT * FROM lines ORDER BY seq').all()).results;

describe('the policy’s versions', () => {
  it('are saved with a date, once, and read by operators and partners', async () => {
    const first = await save({ default_rate_bps: 3000 });
    expect(first).toMatchObject({
      status: 201,
      body: { version: 2, effective_from: FROM, default_rate_bps: 3000, payout_threshold: 10_000, currency: 'USD' },
    });
    expect(await save({ default_rate_bps: 3000 }, '2026-05-01T00:00:00Z')).toEqual({ ...first, status: 200 });
    expect(await save({ default_rate_bps: 3001 })).toMatchObject({ status: 409, body: { code: 'conflict' } });

    const told = await call('GET', '/v1/policy', { as: 'ben', at: NOW });
    expect(told.body).toMatchObject({
      in_force: { version: 1, default_rate_bps: 2500 },
      data: [{ version: 1 }, { version: 2, saved_by: 'ana', recorded_at: NOW }],
      next_cursor: null,
    });
    const token = await tokenOf('ann', undefined, NOW);
    const partners = await call('GET', '/v1/policy?limit=1', { as: { token }, at: FROM });
    expect(partners.body).toMatchObject({ in_force: { version: 2 }, data: [{ version: 1 }] });
    expect(JSON.stringify(partners.body)).not.toContain('saved_by');
    const rest = await call('GET', `/v1/policy?limit=1&cursor=${partners.body['next_cursor']}`, {
      as: 'ana',
      at: FROM,
    });
    expect(rest.body).toMatchObject({ data: [{ version: 2 }], next_cursor: null });
    const log = await call('GET', '/v1/audit-log?subject=policy:versions', { as: 'ana', at: NOW });
    expect(log.body['data']).toEqual([
      {
        at: NOW,
        actor: 'ana',
        via: 'api',
        action: 'policy.save',
        subject: 'policy:versions',
        details: { version: 2, effective_from: Date.parse(FROM) },
        before: { default_rate_bps: 2500 },
        after: { default_rate_bps: expect.any(Number) },
      },
    ]);
  });

  it('R2, P1, C1: are never retroactive, follow the last one, and leave currency, zone and week alone', async () => {
    for (const path of ['/v1/policy', '/v1/policy/preview']) {
      const ask = (body: object, as: 'ana' | 'ingest' | { token: string } = 'ana') =>
        call('POST', path, { as, at: NOW, body });
      expect(await ask({ effective_from: NOW })).toMatchObject({ status: 422, body: { code: 'retroactive' } });
      expect(await ask({ effective_from: '2026-01-01T00:00:00Z' })).toMatchObject({ status: 422 });
      for (const altered of [{ currency: 'EUR' }, { timezone: 'Europe/Berlin' }, { week_starts_on: 'monday' }])
        expect(await ask({ effective_from: FROM, ...altered })).toMatchObject({
          status: 422,
          body: { code: 'fixed_for_life' },
        });
      expect(await ask({ effective_from: FROM, vesting_days: -1 })).toMatchObject({
        status: 400,
        body: { code: 'malformed', errors: [{ path: 'body.vesting_days' }] },
      });
      expect(await ask({ effective_from: FROM, no_such_field: 1 })).toMatchObject({ status: 400 });
      expect(await ask({ vesting_days: 1 })).toMatchObject({ status: 400 });
      expect((await ask({ effective_from: FROM }, 'ingest')).status).toBe(403);
      expect((await ask({ effective_from: FROM }, { token: await tokenOf('ann', undefined, NOW) })).status).toBe(403);
    }
    await save({});
    expect(await save({ effective_from: '2026-03-20T00:00:00Z' })).toMatchObject({
      status: 422,
      body: { code: 'invalid' },
    });
    expect((await save({ effective_from: '2026-04-01T07:00:00.001Z' })).body['version']).toBe(3);
  });

  it('two at once: one is the next, the other follows it or is refused', async () => {
    const both = await Promise.all([
      save({ default_rate_bps: 1000 }),
      save({ effective_from: '2026-04-02T07:00:00Z', default_rate_bps: 2000 }),
    ]);
    const { results } = await env.BOOKS.prepare('SELECT version, effective_from FROM policy_versions ORDER BY 1').all<{
      version: number;
      effective_from: number;
    }>();
    expect(results).toHaveLength(1 + both.filter((answer) => answer.status === 201).length);
    expect(results.map((row) => row.effective_from)).toEqual(
      results.map((row) => row.effective_from).toSorted((a, b) => a - b),
    );
  });

  it('C1, V1: a saved version changes no line; old accounts keep theirs for life, new ones have the new', async () => {
    await signup('old', '2026-01-10T20:00:00Z');
    await pay('p1', 'old', '2026-01-11T20:00:00Z');
    const before = [await lines(), await booked('old')];
    await save({ default_rate_bps: 5000, vesting_days: 10, payout_threshold: 0, client_since: 'signup' });
    expect([await lines(), await booked('old')]).toEqual(before);
    await expectTheLaw(['old']);

    await pay('p2', 'old', '2026-04-02T00:00:00Z');
    await signup('new', '2026-04-02T00:00:00Z');
    const mine = await pay('p3', 'new', '2026-04-03T00:00:00Z');
    expect(mine.body['commission']).toMatchObject({ amount: 3950, rate_bps: 5000, vests_at: '2026-04-12T00:00:00Z' });
    const old = await booked('old');
    expect(old.map(({ payment_id, amount, payable_at }) => [payment_id, amount, payable_at])).toEqual([
      ['p1', 1975, Date.parse('2026-04-11T19:00:00Z')],
      ['p2', 1975, Date.parse('2026-04-11T19:00:00Z')],
    ]);
    await expectTheLaw(['old', 'new']);
    // An account of before that is told late has the version of its own day.
    await signup('late', '2026-03-31T00:00:00Z');
    const told = await pay('p4', 'late', '2026-04-03T00:00:00Z');
    expect(told.body['commission']).toMatchObject({ amount: 1975 });
  });

  it('P1, P2: threshold and pay day are those of the version in force on the pay date', async () => {
    await signup('a1', '2026-01-03T20:00:00Z');
    await pay('p1', 'a1', '2026-01-03T20:00:00Z', 20_000);
    // Vested on 3 April: 50.00 USD, payable in the week that is paid on the 10th, or on Wednesday the 8th by the next version, below the present threshold.
    await save({ effective_from: '2026-04-06T07:00:00Z', payout_threshold: 5000, pay_weekday: 'wednesday' });
    const db = { db: books(), d1: env.BOOKS };
    const report = await run(db, FRIDAY, '2026-04-03T17:00:00Z');
    expect(report).toBeDefined();
    await run(db, '0 17 * * WED', '2026-04-08T17:00:00Z');
    const { results } = await env.BOOKS.prepare(
      'SELECT pay_date, payout_count, payout_amount, policy_version FROM batches ORDER BY pay_date',
    ).all();
    expect(results).toEqual([
      { pay_date: '2026-04-03', payout_count: 0, payout_amount: 0, policy_version: 1 },
      { pay_date: '2026-04-08', payout_count: 1, payout_amount: 5000, policy_version: 2 },
    ]);
  });
});
