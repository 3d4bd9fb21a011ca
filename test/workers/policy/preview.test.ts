import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { readAccountState } from '../../../src/account/state.repo.ts';
import { factsOf } from '../../../src/account/state.rules.ts';
import { target } from '../../../src/commission/target.rules.ts';
import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { unposted } from '../../../src/ledger/diff.rules.ts';
import { readPolicy } from '../../../src/policy/policy.repo.ts';
import { previewAccounts } from '../../../src/policy/preview-accounts.ts';
import { pageOfFacts } from '../../../src/policy/preview.repo.ts';
import { proposeVersion } from '../../../src/policy/version.rules.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { operatorKeys } from '../../support/local.ts';
import { books, givePartner, giveToken } from '../../support/world.ts';
import { FRIDAY, run } from '../payouts/play.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A Wednesday: the next pay days are the 15th, the 22nd and so on. */
const NOW = '2026-05-13T12:00:00Z';
const FROM = '2026-05-18T07:00:00Z';

beforeEach(async () => {
  await freshDatabases();
});

async function client(partner: string, account_id: string, at: string, payments: readonly [string, number][]) {
  const referral_token = await giveToken({ code: partner, at: '2026-01-02T00:00:00Z' });
  const body = { account_id, email: `${account_id}@client.example`, signed_up_at: at, referral_token };
  expect((await call('POST', '/v1/signups', { at: NOW, body })).status).toBe(201);
  for (const [i, [paid_at, amount]] of payments.entries()) {
    const payment = { payment_id: `${account_id}-${i}`, account_id, amount, currency: 'USD', paid_at };
    expect((await call('POST', '/v1/payments', { at: NOW, body: payment })).status).toBe(201);
  }
}

/** Ann is short of the threshold, Bea above it, Cy has no address, Dee's account has not vested. */
async function town(): Promise<void> {
  for (const partner_id of ['ann', 'bea', 'dee'])
    await givePartner(partner_id, { paypal: `${partner_id}@money.example` });
  await givePartner('cy');
  const day = '2026-01-20T20:00:00Z';
  await client('ann', 'a1', day, [[day, 20_000]]);
  await client('bea', 'b1', day, [
    [day, 40_000],
    ['2026-05-12T20:00:00Z', 12_000],
  ]);
  await client('cy', 'c1', day, [[day, 80_000]]);
  await client('dee', 'd1', '2026-04-20T20:00:00Z', [['2026-04-20T20:00:00Z', 80_000]]);
}

interface Preview {
  version: { version: number };
  changes: { field: string; from: unknown; to: unknown }[];
  pay_days: {
    weeks: {
      as_is: { pay_date: string; payouts: number; amount: number; approval_reasons: string[] } | null;
      proposed: { pay_date: string; payouts: number; amount: number; approval_reasons: string[] } | null;
      paid_no_more: number;
      paid_then_only: number;
    }[];
    amount: { as_is: number; proposed: number };
    partners_paid: { as_is: number; proposed: number };
    partners: { partner_id: string; amount: object; first_pay_date: object }[];
    partners_changed: number;
    complete: boolean;
  };
  illustration: {
    accounts: number;
    commission: { as_is: number; proposed: number };
    payable: { as_is: number; proposed: number };
    first_pay_dates: object;
    partners: { partner_id: string }[];
    partners_changed: number;
    not_replayed: object;
    next_cursor: string | null;
  };
}

async function preview(fields: object, at = NOW): Promise<Preview> {
  const answer = await call('POST', '/v1/policy/preview', { as: 'ana', at, body: { effective_from: FROM, ...fields } });
  expect(answer.status).toBe(200);
  return answer.body as unknown as Preview;
}

async function everything(): Promise<unknown> {
  const tables = ['lines', 'policy_versions', 'versions', 'audit_log', 'replays', 'accounts', 'batches'];
  const counts = tables.map((table) => env.BOOKS.prepare(`SELECT count(*) AS n FROM ${table}`));
  return (await env.BOOKS.batch(counts)).map(({ results }) => results);
}

describe('before a version is saved', () => {
  it('the present policy proposed anew changes nothing, and nothing is written', async () => {
    await town();
    const before = await everything();
    const { pay_days, illustration, changes, version } = await preview({});
    expect(await everything()).toEqual(before);
    expect(version.version).toBe(2);
    expect(changes).toEqual([]);
    expect(pay_days).toMatchObject({ partners: [], partners_changed: 0, complete: true });
    for (const week of pay_days.weeks) {
      expect(week.proposed).toEqual(week.as_is);
      expect([week.paid_no_more, week.paid_then_only]).toEqual([0, 0]);
    }
    expect(illustration).toMatchObject({ accounts: 4, partners: [], partners_changed: 0, next_cursor: null });
    expect(illustration.commission.proposed).toBe(illustration.commission.as_is);
    // As it is governed, an account comes to what is booked.
    const sum = await env.BOOKS.prepare('SELECT sum(amount) AS n FROM lines').first('n');
    expect(illustration.commission.as_is).toBe(sum);
  });

  it('P2: a lower threshold pays sooner, whom it lets and no others', async () => {
    await town();
    const { pay_days, changes } = await preview({ payout_threshold: 5000 });
    expect(changes).toEqual([{ field: 'payout_threshold', from: 10_000, to: 5000 }]);
    expect(pay_days.weeks.map(({ as_is, proposed }) => [as_is?.pay_date, as_is?.amount, proposed?.amount])).toEqual([
      ['2026-05-15', 10_000, 10_000],
      ['2026-05-22', 0, 5000],
      ['2026-05-29', 0, 0],
      ['2026-06-05', 0, 0],
      ['2026-06-12', 0, 0],
    ]);
    expect(pay_days.weeks.map((week) => week.paid_then_only)).toEqual([0, 1, 0, 0, 0]);
    expect(pay_days).toMatchObject({
      amount: { as_is: 10_000, proposed: 15_000 },
      partners_paid: { as_is: 1, proposed: 2 },
      partners: [
        {
          partner_id: 'ann',
          amount: { as_is: 0, proposed: 5000 },
          first_pay_date: { as_is: null, proposed: '2026-05-22' },
        },
      ],
    });
  });

  it('P1, P8: a higher threshold, a ceiling and another weekday say so', async () => {
    await town();
    const later = await preview({ effective_from: '2026-05-14T07:00:00Z', payout_threshold: 50_000 });
    expect(later.pay_days.weeks[0]).toMatchObject({ paid_no_more: 1, proposed: { payouts: 0, amount: 0 } });
    const capped = await preview({ effective_from: '2026-05-14T07:00:00Z', max_payout: 9999 });
    expect(capped.pay_days.weeks[0]?.as_is?.approval_reasons).toEqual([]);
    expect(capped.pay_days.weeks[0]?.proposed?.approval_reasons).toHaveLength(1);
    const moved = await preview({ pay_weekday: 'wednesday', payout_threshold: 0 });
    expect(moved.pay_days.weeks.map(({ proposed }) => proposed?.pay_date)).toEqual([
      '2026-05-15',
      '2026-05-20',
      '2026-05-27',
      '2026-06-03',
      '2026-06-10',
    ]);
  });

  it('P1, P2: what it says is what the Fridays then pay', async () => {
    await town();
    const fields = { payout_threshold: 2500 };
    const said = await preview(fields);
    const saved = await call('POST', '/v1/policy', { as: 'ana', at: NOW, body: { effective_from: FROM, ...fields } });
    expect(saved.status).toBe(201);
    const db = { db: books(), d1: env.BOOKS };
    for (const { proposed } of said.pay_days.weeks) await run(db, FRIDAY, `${proposed?.pay_date}T17:00:00Z`);
    const { results } = await env.BOOKS.prepare(
      'SELECT pay_date, payout_count AS payouts, payout_amount AS amount FROM batches ORDER BY pay_date',
    ).all();
    expect(results).toEqual(
      said.pay_days.weeks.map(({ proposed }) => ({
        pay_date: proposed?.pay_date,
        payouts: proposed?.payouts,
        amount: proposed?.amount,
      })),
    );
    expect(said.pay_days.amount.proposed).toBe(18_000);
  });

  it('C1, V1: it illustrates what present accounts would have earned, by partner, and when first', async () => {
    await town();
    const { illustration } = await preview({ default_rate_bps: 5000, vesting_days: 10, click_lifetime_days: 30 });
    expect(illustration).toMatchObject({
      accounts: 4,
      commission: { as_is: 58_000, proposed: 116_000 },
      payable: { as_is: 38_000, proposed: 116_000 },
      first_pay_dates: { earlier: 4, later: 0, gained: 0, lost: 0 },
      partners_changed: 4,
      not_replayed: { fields: ['click_lifetime_days'], accounts: 4 },
    });
    expect(illustration.partners.map((row) => row.partner_id)).toEqual(['dee', 'cy', 'bea', 'ann']);
    expect(illustration.partners[0]).toEqual({
      partner_id: 'dee',
      accounts: 1,
      commission: { as_is: 20_000, proposed: 40_000 },
      payable: { as_is: 0, proposed: 40_000 },
    });
  });

  it('S3, R4: what is held is not played; a refund counts in both', async () => {
    await town();
    await env.BOOKS.prepare(
      "INSERT INTO holds (hold_id, kind, partner_id, account_id, clause, facts, opened_at) VALUES ('h1', 'self_referral', 'bea', 'b1', 'S3', '{}', 0)",
    ).run();
    const refund = { refund_id: 'r1', payment_id: 'c1-0', amount: 80_000, refunded_at: NOW };
    expect((await call('POST', '/v1/refunds', { at: NOW, body: refund })).status).toBe(201);
    const { pay_days, illustration } = await preview({ payout_threshold: 0, default_rate_bps: 10_000 });
    expect(pay_days.partners.map((row) => row.partner_id)).toEqual(['ann']);
    expect(illustration.commission).toEqual({ as_is: 38_000, proposed: 152_000 });
  });
});

describe('the facts that a preview reads in bulk', () => {
  it('are those that each account is booked by: refunds, ends, rates, closures, and what became one with it', async () => {
    await town();
    const day = '2026-01-25T20:00:00Z';
    await client('ann', 'a2', day, [[day, 5000]]);
    await client('bea', 'b2', day, []);
    const post = async (path: string, body: object) =>
      expect((await call('POST', path, { as: 'ana', at: NOW, body })).status).toBeLessThan(300);
    await post('/v1/payments', {
      payment_id: 'x1',
      account_id: 'a2',
      amount: 3000,
      tax_amount: 100,
      currency: 'USD',
      plan: 'pro',
      paid_at: '2026-05-01T00:00:00Z',
    });
    await post('/v1/payments', { payment_id: 'x2', account_id: 'a2', amount: 10, currency: 'USD', paid_at: day });
    await post('/v1/payments/x2/void', { reason: 'never was' });
    await post('/v1/refunds', { refund_id: 'r1', payment_id: 'a1-0', amount: 700, refunded_at: NOW });
    await post('/v1/refunds', { refund_id: 'r2', payment_id: 'b1-0', amount: 900, refunded_at: NOW });
    await post('/v1/refunds/r2/reversal', { reversed_at: NOW });
    await post('/v1/accounts/d1/cancellation', { cancelled_at: '2026-05-01T00:00:00Z' });
    await call('PUT', '/v1/plans/pro/rate', { as: 'ana', at: NOW, body: { rate_bps: 1000, from: FROM } });
    await call('PATCH', '/v1/partners/bea', { as: 'ana', at: NOW, body: { rate_bps: 4000, reason: 'agreed' } });
    await call('PATCH', '/v1/partners/dee', { as: 'ana', at: NOW, body: { status: 'closed', reason: 'left' } });
    await env.BOOKS.prepare("INSERT INTO account_moves VALUES ('a2', 'a1', 'merged', 'ana', 'one client', 0)").run();

    const db = books();
    const { accounts } = await pageOfFacts(db, await readPolicy(db), '', 100);
    expect(accounts.map((facts) => facts.account_id)).toEqual(['a1', 'b1', 'b2', 'c1', 'd1']);
    for (const facts of accounts) {
      const state = await readAccountState(db, { account_id: facts.account_id });
      const own = factsOf(state);
      const sorted = <T>(rows: readonly T[] | undefined) => (rows ?? []).map((row) => JSON.stringify(row)).toSorted();
      expect(sorted(facts.payments.map((row) => ({ ...row, account_id: '' })))).toEqual(
        sorted(own?.payments.map((row) => ({ ...row, account_id: '' }))),
      );
      expect(sorted(facts.refunds)).toEqual(sorted(own?.refunds));
      expect({ ends: facts.ends, referrers: facts.referrers, policy: facts.policy }).toEqual({
        ends: own?.ends,
        referrers: own?.referrers,
        policy: own?.policy,
      });
      expect(own && unposted(target(facts), target(own))).toEqual([]);
    }
  });
});

describe('over large books', () => {
  /** 450 accounts of 30 partners with two payments each, by rows. */
  async function crowd(): Promise<void> {
    for (let i = 0; i < 30; i++) await givePartner(`p${i}`, { paypal: `p${i}@money.example` });
    const numbers = JSON.stringify(Array.from({ length: 450 }, (_, i) => i));
    const at = Date.parse('2026-01-20T20:00:00Z');
    await env.BOOKS.batch([
      env.BOOKS.prepare(
        `INSERT INTO accounts SELECT printf('a%04d', value), 'server', ${at}, 1, NULL, ${at} FROM json_each(?)`,
      ).bind(numbers),
      env.BOOKS.prepare(
        `INSERT INTO decisions SELECT printf('a%04d', value), 1, 'dec' || value, ${at}, 'signup', 'referred', 'last_click', 'p' || (value % 30), 1, NULL, 0, '[]', 'L1', 1, 'test', '{}', ${at} FROM json_each(?)`,
      ).bind(numbers),
      env.BOOKS.prepare(
        `INSERT INTO payments SELECT printf('a%04d-%d', n.value, k.value), printf('a%04d', n.value), 7900, 0, 'USD', NULL, ${at} + k.value, NULL, NULL, NULL, ${at}, NULL FROM json_each(?) AS n, json_each('[1,2]') AS k`,
      ).bind(numbers),
      env.BOOKS.prepare(
        `INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at)
         SELECT d.partner_id, p.account_id, p.payment_id, 'commission', p.payment_id, p.paid_at, ${at} + 90 * 86400000, 1975, 2500, ${at} FROM payments AS p JOIN decisions AS d USING (account_id)`,
      ),
    ]);
  }

  it('a preview reads in bulk, and the illustration goes on page by page', async () => {
    await crowd();
    const response = await createApi().request(
      'http://localhost/v1/policy/preview',
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${operatorKeys.ana}`,
          'content-type': 'application/json',
          'x-clock': NOW,
        },
        body: JSON.stringify({ effective_from: FROM, payout_threshold: 100_000, default_rate_bps: 3000 }),
      },
      { ...env, COST_HEADERS: 'on' } as unknown as ProgramEnv,
    );
    const body = (await response.json()) as Preview;
    expect(body.illustration).toMatchObject({
      accounts: 450,
      commission: { as_is: 900 * 1975, proposed: 900 * 2370 },
      partners_changed: 30,
      next_cursor: null,
    });
    // 15 accounts a partner: 592.50 USD each, above the present threshold on the first Friday.
    expect(body.pay_days.weeks[0]?.as_is).toMatchObject({ payouts: 30, amount: 900 * 1975 });
    expect(Number(/queries=(\d+)/.exec(response.headers.get('server-timing') ?? '')?.[1])).toBeLessThan(60);

    const db = books();
    const history = await readPolicy(db);
    const proposed = proposeVersion(
      history,
      { effective_from: Date.parse(FROM), default_rate_bps: 3000 },
      Date.parse(NOW),
    );
    if (!proposed.ok) throw new Error(proposed.reason);
    const parts: number[] = [];
    let after: string | null = '';
    while (after !== null) {
      const part = await previewAccounts(db, history, proposed.version, { now: Date.parse(NOW), after, pages: 1 });
      parts.push(part.accounts);
      after = part.next;
    }
    expect(parts).toEqual([200, 200, 50, 0]);
  });
});
