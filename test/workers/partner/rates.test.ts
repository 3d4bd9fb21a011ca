import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { commit, openDatabase } from '../../../src/program/commit.repo.ts';
import { proposeOrDo } from '../../../src/program/proposal.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { ben, call, ingest, newPartner, NOON, rows, tokenOf } from './api.ts';

beforeEach(async () => {
  await freshDatabases();
  await newPartner('ann');
  await call('POST', '/v1/signups', {
    as: ingest,
    body: { account_id: 'acme', email: 'jo@acme.example', how_heard: 'ann@partners.example' },
  });
});

const LATER = '2026-04-02T20:00:00Z';
const pay = (payment_id: string, paid_at: string, plan?: string, now = NOON) =>
  call('POST', '/v1/payments', {
    as: ingest,
    now,
    body: {
      payment_id,
      account_id: 'acme',
      amount: 10_000,
      currency: 'USD',
      paid_at,
      ...(plan === undefined ? {} : { plan }),
    },
  });
const rate = (rate_bps: number, from: string, now = NOON) =>
  call('PUT', '/v1/plans/pro/rate', { body: { rate_bps, from }, now });
const booked = async () =>
  Object.fromEntries(
    (
      await rows<{ payment_id: string; amount: number }>(
        'SELECT payment_id, sum(amount) AS amount FROM lines GROUP BY payment_id',
      )
    ).map((row) => [row.payment_id, row.amount]),
  );

describe('rates (C1)', () => {
  it('a plan’s rate is dated, never for the past, and one for an instant', async () => {
    expect((await rate(4000, LATER)).status).toBe(201);
    expect((await rate(4000, LATER, '2026-05-01T00:00:00Z')).status).toBe(200);
    const other = await rate(5000, LATER);
    expect([other.status, other.body.code]).toEqual([409, 'conflict']);
    const past = await rate(5000, '2026-03-02T19:59:59Z');
    expect([past.status, past.body.code]).toEqual([422, 'retroactive']);
    expect((await rate(10_001, LATER)).status).toBe(400);
    expect(await rows('SELECT * FROM plan_rates')).toHaveLength(1);
  });

  it('a plan’s rate counts for payments already told of that are dated at or after it, and for no other', async () => {
    await pay('before', '2026-04-02T19:59:59Z', 'pro');
    await pay('at', LATER, 'pro');
    await pay('plain', LATER);
    expect(await booked()).toEqual({ before: 2500, at: 2500, plain: 2500 });
    await rate(4000, LATER);
    await pay('told', LATER, 'pro');
    expect(await booked()).toEqual({ before: 2500, at: 4000, plain: 2500, told: 4000 });
  });

  it('a partner’s own rate goes before the plan’s, from now on, and ends by null', async () => {
    await rate(4000, NOON);
    await pay('one', '2026-03-02T20:00:01Z', 'pro');
    await pay('future', LATER, 'pro');
    await call('PATCH', '/v1/partners/ann', { body: { rate_bps: 1000 }, now: '2026-03-10T00:00:00Z' });
    expect(await booked()).toEqual({ one: 4000, future: 1000 });
    await call('PATCH', '/v1/partners/ann', { body: { rate_bps: null }, now: '2026-03-11T00:00:00Z' });
    expect(await booked()).toEqual({ one: 4000, future: 4000 });
  });

  it.each([
    ['a partner’s rate', () => call('PATCH', '/v1/partners/ann', { body: { rate_bps: 4000 } })],
    ['a plan’s rate', () => rate(4000, NOON)],
  ])('%s and payments told at the same time: the books are right in the end', async (_, change) => {
    const done = await Promise.all([pay('p1', LATER, 'pro'), change(), pay('p2', LATER, 'pro')]);
    for (const { status } of done) expect([200, 201]).toContain(status);
    expect(await booked()).toEqual({ p1: 4000, p2: 4000 });
  });
});

describe('S3: an address and a signup at the same time', () => {
  it('either the signup sees the address, or the change sees the account', async () => {
    const token = await tokenOf('ann', 'read payout');
    const body = { account_id: 'own', email: 'own@x.example', how_heard: 'ann@partners.example' };
    await Promise.all([
      call('POST', '/v1/signups', { as: ingest, body }),
      call('PATCH', '/v1/me', { as: token, body: { paypal_email: 'own@x.example' } }),
    ]);
    const [blocked] = await rows<{ n: number }>(
      "SELECT count(*) AS n FROM decisions WHERE account_id = 'own' AND blocked = 1",
    );
    const [held] = await rows<{ n: number }>(
      "SELECT count(*) AS n FROM holds WHERE account_id = 'own' AND kind = 'self_referral'",
    );
    expect((blocked?.n ?? 0) + (held?.n ?? 0)).toBe(1);
  });
});

describe('adjustments', () => {
  const adjust = (body: Record<string, unknown>, partner_id = 'ann') =>
    call('POST', `/v1/partners/${partner_id}/adjustments`, { body });

  it('book one line, payable at once, with who and why', async () => {
    const first = await adjust({ adjustment_id: 'adj1', amount: -500, reason: 'paid by hand' });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      adjustment_id: 'adj1',
      partner_id: 'ann',
      amount: -500,
      currency: 'USD',
      reason: 'paid by hand',
      at: NOON,
    });
    const again = await adjust({ adjustment_id: 'adj1', amount: -500, reason: 'paid by hand' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const instant = Date.parse(NOON);
    expect(await rows("SELECT * FROM lines WHERE kind = 'adjustment'")).toMatchObject([
      { partner_id: 'ann', account_id: null, cause_id: 'adj1', at: instant, payable_at: instant, amount: -500 },
    ]);
    expect(await rows('SELECT * FROM adjustments')).toMatchObject([{ by: 'ana', reason: 'paid by hand' }]);
    expect(await rows("SELECT * FROM audit_log WHERE action = 'adjustment'")).toHaveLength(1);
  });

  it('one id is one adjustment, whoever’s it is', async () => {
    await newPartner('bea');
    await adjust({ adjustment_id: 'adj1', amount: 500, reason: 'x' });
    expect((await adjust({ adjustment_id: 'adj1', amount: 501, reason: 'x' })).body.code).toBe('conflict');
    expect((await adjust({ adjustment_id: 'adj1', amount: 500, reason: 'x' }, 'bea')).body.code).toBe('conflict');
    expect((await adjust({ adjustment_id: 'adj2', amount: 500, reason: 'x' }, 'nobody')).status).toBe(404);
    const both = await Promise.all([1, 2].map(() => adjust({ adjustment_id: 'adj3', amount: 500, reason: 'x' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 201]);
    expect(await rows("SELECT * FROM lines WHERE kind = 'adjustment'")).toHaveLength(2);
  });

  it('refuses what is none', async () => {
    for (const [fields, path] of [
      [{ amount: 0 }, 'body.amount'],
      [{ amount: 1.5 }, 'body.amount'],
      [{ reason: ' ' }, 'body.reason'],
      [{ adjustment_id: 'a b' }, 'body.adjustment_id'],
      [{ amount: '5' }, 'body.amount'],
    ] as const) {
      const { status, body } = await adjust({ adjustment_id: 'adj1', amount: 5, reason: 'x', ...fields });
      expect([status, body.errors[0].path]).toEqual([400, path]);
    }
    expect((await call('POST', '/v1/partners/ann/adjustments', { as: await tokenOf('ann'), body: {} })).status).toBe(
      403,
    );
    expect(await rows("SELECT * FROM lines WHERE kind = 'adjustment'")).toHaveLength(0);
  });
});

describe('what needs two people', () => {
  const propose = (by: string, content_hash = 'c1') =>
    proposeOrDo(openDatabase(env.BOOKS), {
      operation: 'write_off',
      subject: 'payout:po_1',
      content_hash,
      by,
      now: 1000,
    });

  it('is proposed by one name and done by another, once', async () => {
    const db = openDatabase(env.BOOKS);
    const first = await propose('ana');
    expect(first).toMatchObject({ status: 'proposed', proposal_id: expect.stringMatching(/^prop_[0-9a-f]{24}$/) });
    expect(await propose('ana')).toEqual(first);
    expect(await propose('ana', 'c2')).not.toEqual(first);
    const [second, twin] = [await propose('ben'), await propose('eve')];
    if (second.status !== 'go' || twin.status !== 'go') throw new Error('another name goes ahead');
    expect(second.proposed_by).toBe('ana');
    expect(await commit(db, [], second.statements)).toBe('committed');
    expect(await commit(db, [], twin.statements)).toBe('conflict');
    expect(await propose('eve')).toMatchObject({ status: 'done', done_by: 'ben', done_at: 1000 });
  });

  it('two first calls at the same time are one proposal', async () => {
    const both = await Promise.all([propose('ana'), propose('ana')]);
    expect(both.map(({ status }) => status)).toEqual(['proposed', 'proposed']);
    expect(await rows('SELECT * FROM proposals')).toHaveLength(1);
  });
});

describe('GET /v1/audit-log', () => {
  it('tells who did what, newest first, by subject and page', async () => {
    await call('PATCH', '/v1/partners/ann', { as: ben, body: { country: 'FR' } });
    await newPartner('bea');
    const { body } = await call('GET', '/v1/audit-log?subject=partner:ann&limit=1');
    expect(body.data).toEqual([
      {
        at: NOON,
        actor: 'ben',
        via: 'api',
        action: 'partner.change',
        subject: 'partner:ann',
        details: { fields: ['country'] },
        before: { country: expect.stringMatching(/^[A-Z]{2}$/) },
        after: { country: 'FR' },
      },
    ]);
    const rest = await call('GET', `/v1/audit-log?subject=partner:ann&cursor=${body.next_cursor}`);
    expect(rest.body.data.map((entry: { action: string }) => entry.action)).toEqual(['partner.create']);
    expect((await call('GET', '/v1/audit-log', { as: ingest })).status).toBe(403);
  });
});
