import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { booked, expectTheLaw } from '../../support/law.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { csv, sendFile } from './send.ts';

const AT = '2026-11-20T17:00:00Z';
const ACCOUNTS = ['a1', 'a2', 'a3'];
const day = (n: number) => new Date(Date.parse('2026-01-05T10:00:00Z') + n * 86_400_000).toISOString();

interface Facts {
  signups: Record<string, string>[];
  payments: {
    payment_id: string;
    account_id: string;
    amount: number;
    currency: string;
    paid_at: string;
    plan: string;
  }[];
  refunds: { refund_id: string; payment_id: string; amount: number; refunded_at: string }[];
}

const partnerOf = { a1: 'ann', a2: 'bob', a3: '' } as Record<string, string>;

const lives: fc.Arbitrary<Facts & { order: number[]; cut: number }> = fc.record({
  signups: fc.subarray(ACCOUNTS, { minLength: 1 }).map((ids) =>
    ids.map((account_id) => ({
      account_id,
      email: `${account_id}@client.example`,
      signed_up_at: day(0),
      how_heard: partnerOf[account_id] ? `${partnerOf[account_id]}@partners.example` : '',
    })),
  ),
  payments: fc
    .array(
      fc.record({
        account: fc.constantFrom(...ACCOUNTS),
        amount: fc.integer({ min: 0, max: 9900 }),
        at: fc.integer({ min: 0, max: 200 }),
        foreign: fc.integer({ min: 0, max: 9 }),
      }),
      { maxLength: 8 },
    )
    .map((all) =>
      all.map(({ account, amount, at, foreign }, i) => ({
        payment_id: `pay_${i}`,
        account_id: account,
        amount,
        currency: foreign === 0 ? 'EUR' : 'USD',
        paid_at: day(at),
        plan: 'solo',
      })),
    ),
  refunds: fc
    .array(
      fc.record({
        payment: fc.integer({ min: 0, max: 9 }),
        amount: fc.integer({ min: 1, max: 9900 }),
        at: fc.integer({ min: 0, max: 250 }),
      }),
      { maxLength: 5 },
    )
    .map((all) =>
      all.map(({ payment, amount, at }, i) => ({
        refund_id: `re_${i}`,
        payment_id: `pay_${payment}`,
        amount,
        refunded_at: day(at),
      })),
    ),
  order: fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
  cut: fc.integer({ min: 0, max: 8 }),
});

async function world() {
  await freshDatabases();
  await givePartner('ann', { email: 'ann@partners.example', rate_bps: 3333 });
  await givePartner('bob', { email: 'bob@partners.example' });
}

const filled = (row: Record<string, string>) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== ''));

/** Everything that money rests on: the lines of each account, and how each fact stands. */
async function outcome() {
  const rows = async (query: string) => (await env.BOOKS.prepare(query).all()).results;
  return {
    lines: await Promise.all(ACCOUNTS.map(booked)),
    payments: await rows('SELECT payment_id, parked_reason, amount FROM payments ORDER BY 1'),
    refunds: await rows('SELECT refund_id, parked_reason, amount FROM refunds ORDER BY 1'),
    referrers: await rows('SELECT account_id, partner_id, source, clause, flags FROM decisions ORDER BY 1, n'),
    answers: await rows(
      "SELECT scope, key, content_hash IS NOT NULL AS kept FROM replays WHERE scope IN ('signup', 'payment', 'refund') ORDER BY 1, 2",
    ),
  };
}

describe('an import and the single doors', () => {
  it('leave the same books, whatever the order of files and wherever they are cut', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(lives, async ({ signups, payments, refunds, order, cut }) => {
        const kinds = [
          ['signups', signups],
          ['payments', payments],
          ['refunds', refunds],
        ] as const;
        await world();
        for (const i of order) {
          const [kind, rows] = kinds[i] ?? kinds[0];
          for (const row of rows)
            await call('POST', `/v1/${kind}`, {
              body: kind === 'signups' ? filled(row as Record<string, string>) : row,
              at: AT,
            });
        }
        const single = await outcome();
        await world();
        for (const i of order) {
          const [kind, rows] = kinds[i] ?? kinds[0];
          for (const part of [rows.slice(0, cut), rows.slice(cut)])
            if (part.length > 0) expect((await sendFile(kind, csv(part as never), { at: AT })).summary.next).toBeNull();
        }
        expect(await outcome()).toEqual(single);
        await expectTheLaw(signups.map((row) => row['account_id'] ?? ''));
      }),
      { numRuns: 12 },
    );
  });
});

describe('signups of an import', () => {
  beforeEach(world);

  it('L1, L3, S1: a token, the told partner, the answer and self-referral decide as at the door', async () => {
    const token = await giveToken({ code: 'ann', at: '2026-01-09T00:00:00Z' });
    const signed_up_at = '2026-01-10T00:00:00Z';
    const base = { signed_up_at, referral_token: '', partner_id: '', how_heard: '' };
    const answer = await sendFile(
      'signups',
      csv([
        { account_id: 'a1', email: 'one@c.example', ...base, referral_token: token, partner_id: 'bob' },
        { account_id: 'a2', email: 'two@c.example', ...base, partner_id: 'bob', how_heard: 'ann@partners.example' },
        {
          account_id: 'a3',
          email: 'three@c.example',
          ...base,
          how_heard: 'ann@partners.example, bob@partners.example',
        },
        { account_id: 'a4', email: 'ANN@partners.example', ...base, partner_id: 'ann' },
        { account_id: 'a5', email: 'five@c.example', ...base, partner_id: 'nobody' },
        { account_id: 'a6', email: 'two@c.example', ...base, partner_id: 'ann' },
      ]),
      { at: AT },
    );
    expect(answer.lines.map(({ verdict, code }) => code ?? verdict)).toEqual([
      'created',
      'created',
      'created',
      'created',
      'unknown_partner',
      'created',
    ]);
    const { results } = await env.BOOKS.prepare(
      'SELECT account_id, partner_id, source, blocked FROM decisions ORDER BY account_id',
    ).all();
    expect(results).toEqual([
      { account_id: 'a1', partner_id: 'ann', source: 'last_click', blocked: 0 },
      { account_id: 'a2', partner_id: 'bob', source: 'operator', blocked: 0 },
      { account_id: 'a3', partner_id: null, source: null, blocked: 0 },
      { account_id: 'a4', partner_id: 'ann', source: 'operator', blocked: 1 },
      { account_id: 'a6', partner_id: 'ann', source: 'operator', blocked: 0 },
    ]);
    const opened = await env.BOOKS.prepare("SELECT count(*) AS n FROM accounts WHERE opened_by = 'import'").first('n');
    expect(opened).toBe(5);
  });

  it('what an import and doors tell of the same accounts at once is all in the books, each once', async () => {
    await sendFile(
      'signups',
      csv([{ account_id: 'a1', email: 'one@c.example', signed_up_at: day(0), partner_id: 'ann' }]),
      { at: AT },
    );
    const payment = (i: number) => ({
      payment_id: `pay_${i}`,
      account_id: 'a1',
      amount: 7900,
      currency: 'USD',
      paid_at: day(i),
    });
    const file = csv(Array.from({ length: 30 }, (_, i) => payment(i)));
    const answers = await Promise.all([
      sendFile('payments', file, { at: AT }),
      sendFile('payments', file, { at: AT }),
      ...[3, 7, 31].map((i) => call('POST', '/v1/payments', { body: payment(i), at: AT })),
    ]);
    expect(answers.every(({ status }) => status < 500)).toBe(true);
    const last = await sendFile('payments', file, { at: AT });
    expect(last.summary).toMatchObject({ refused: 0, next: null });
    await expectTheLaw(['a1']);
    expect((await booked('a1')).filter((entry) => entry.kind === 'commission')).toHaveLength(31);
  });

  it('a payment of an account that was merged counts for the one that goes on', async () => {
    for (const id of ['a1', 'a2'])
      await call('POST', '/v1/signups', {
        body: { account_id: id, email: `${id}@c.example`, signed_up_at: day(0), how_heard: 'ann@partners.example' },
        at: AT,
      });
    const move = { into_account_id: 'a1', kind: 'merged', reason: 'one client' };
    const merged = await call('POST', '/v1/accounts/a2/move', { as: 'ana', body: move, at: AT });
    expect(merged.status).toBeLessThan(300);
    const rows = ['a1', 'a2'].map((account_id, i) => ({
      payment_id: `pay_${i}`,
      account_id,
      amount: 7900,
      currency: 'USD',
      paid_at: day(i),
    }));
    expect((await sendFile('payments', csv(rows), { query: 'dry_run=true', at: AT })).summary.due_total).toBe(5266);
    expect((await sendFile('payments', csv(rows), { at: AT })).summary.created).toBe(2);
    await expectTheLaw(['a1']);
    expect((await booked('a1')).map((entry) => entry.payment_id).toSorted()).toEqual(['pay_0', 'pay_1']);
  });
});
