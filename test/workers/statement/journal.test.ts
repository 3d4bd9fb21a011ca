import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { decideCameBack } from '../../../src/payout/came-back.ts';
import { recordOutcomes } from '../../../src/payout/outcomes.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { openJournal } from '../../../src/statement/journal.ts';
import { ingestKey } from '../../support/local.ts';
import { begin, friday, month, outcome, pay, refund, signup, START } from '../earnings/play.ts';
import { call } from '../partner/api.ts';
import { book, freshBooks, FRIDAY, rows, run, seedPartners, type Books } from '../payouts/play.ts';
import { ask, journal } from './ask.ts';

describe('GET /v1/journal', () => {
  let ann = '';
  beforeEach(async () => {
    ann = await begin();
  });

  it('books a life: commissions, a Friday, its outcome, and a refund told late', async () => {
    await signup('acme');
    for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
    await friday('2026-06-19');
    await outcome('2026-06-19', 'paid', '2026-06-22T18:00:00Z');
    await refund('ref1', 'pay2', '2026-06-25T20:00:00Z');
    await friday('2026-06-26');
    // Told after the close of the 26th, of the day before it.
    await pay('acme', 'pay7', '2026-06-25T21:00:00Z');
    const { text, faults, assertions, balances } = await journal();
    expect(faults).toEqual([]);
    expect(assertions).toBe(6);
    const commissions = text.split('\n').filter((line) => / ann \| (commission|refund) /.test(line));
    expect(commissions).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((n) => `2026-0${n}-05 (L${n}) ann | commission pay${n}`),
      '2026-06-25 (L7) ann | refund ref1',
      '2026-06-26 (L8) ann | commission pay7',
    ]);
    expect(text).toContain(
      '2026-06-26 (L8) ann | commission pay7\n    ; fact_on:2026-06-25, account_id:acme, payment_id:pay7\n',
    );
    expect(text).toContain(
      '    liabilities:partners:ann  0.00 USD = 0.00 USD\n    liabilities:clearing  0.00 USD =* -118.50 USD\n',
    );
    expect(text).toContain(
      '    liabilities:partners:ann  0.00 USD = 19.75 USD\n    liabilities:clearing  0.00 USD =* 0.00 USD\n',
    );
    expect(Object.fromEntries(balances)).toEqual({
      'expenses:commissions': 11_850n,
      'liabilities:partners:ann': 0n,
      'liabilities:clearing': 0n,
      'liabilities:clearing:2026-06-19': 0n,
      'liabilities:came-back': 0n,
      'assets:paypal': -11_850n,
    });
  });

  it('of a window opens with the balances before it and closes where the whole one stands', async () => {
    await signup('acme');
    for (const n of [1, 2, 3, 4, 5, 6]) await pay('acme', `pay${n}`, month(n));
    await friday('2026-06-19');
    await outcome('2026-06-19', 'paid', '2026-06-22T18:00:00Z');
    const { text, faults, balances } = await journal('?from=2026-06-20&until=2026-06-30');
    expect(faults).toEqual([]);
    expect(text).toContain(
      '2026-06-20 (O) opening balances\n    liabilities:clearing:2026-06-19  -118.50 USD\n    equity:opening-balances  118.50 USD\n',
    );
    expect(text).not.toContain('| commission ');
    expect(balances.get('assets:paypal')).toBe(-11_850n);
    expect((await journal('?until=2026-01-04')).transactions).toBe(0);
    expect((await journal('?from=2026-06-19&until=2026-06-19')).faults).toEqual([]);
  });

  it('P7: money that came back and was decided on is booked once', async () => {
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: 20_000, reason: 'prize' },
      now: START,
    });
    await friday('2026-01-16');
    await outcome('2026-01-16', 'failed', '2026-01-17T00:00:00Z');
    await friday('2026-01-23');
    const { faults, balances, text } = await journal();
    expect(faults).toEqual([]);
    expect(text).not.toContain('prize');
    expect(balances.get('expenses:adjustments')).toBe(20_000n);
    expect(balances.get('liabilities:clearing:2026-01-16')).toBe(0n);
    expect(balances.get('liabilities:partners:ann')).toBe(0n);
    expect(balances.get('liabilities:clearing:2026-01-23')).toBe(-20_000n);
  });

  it('books PayPal’s fees with the payments that they were kept for, in a window’s opening too', async () => {
    await call('POST', '/v1/partners/ann/adjustments', {
      body: { adjustment_id: 'adj1', amount: 20_000, reason: 'prize' },
      now: START,
    });
    await friday('2026-01-16');
    await outcome('2026-01-16', 'paid', '2026-01-17T20:00:00Z');
    // Two parts that were paid, one attempt before that was not, and a fee that PayPal did not name.
    await env.BOOKS.exec(
      ['s1 1 25 paid', 's1 2 30 came_back', 's1 3 NULL paid', 's0 1 99 ended']
        .map((row) => row.split(' '))
        .map(
          ([send, part, fee, state]) =>
            `INSERT INTO send_items (sender_batch_id, payout_id, part, amount, outcome, fee) SELECT '${send}', payout_id, ${part}, 5, '${state}', ${fee} FROM payouts`,
        )
        .join('\n'),
    );
    const { faults, balances, text } = await journal();
    expect(faults).toEqual([]);
    expect(text).toContain('    expenses:paypal-fees  0.55 USD\n    assets:paypal  -0.55 USD\n');
    expect(balances.get('assets:paypal')).toBe(-20_055n);
    const later = await journal('?from=2026-01-20');
    expect([later.faults, later.balances.get('assets:paypal')]).toEqual([[], -20_055n]);
  });

  it('is plain text for operators only', async () => {
    const { status, type } = await ask('/v1/journal');
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8']);
    expect((await ask('/v1/journal', null)).status).toBe(401);
    expect((await ask('/v1/journal', ann)).status).toBe(403);
    expect((await ask('/v1/journal', ingestKey)).status).toBe(403);
  });

  it('refuses a window that is none, and one too long to be read at once', async () => {
    for (const query of ['from=yesterday', 'until=2026-02-30', 'since=2026-01-01'])
      expect((await ask(`/v1/journal?${query}`)).status).toBe(400);
    const { status, text } = await ask('/v1/journal?from=2026-02-01&until=2026-01-31');
    expect([status, JSON.parse(text).errors[0].path]).toEqual([422, 'query.until']);
    expect(await openJournal(openDatabase(env.BOOKS), { from: null, until: null }, 4)).toEqual({
      ok: false,
      reason: 'too_long',
    });
  });
});

const DAY = 86_400_000;
const BEGIN = Date.parse('2026-01-05T20:00:00Z');
const PARTNERS = ['p1', 'p2', 'p3'];

interface Week {
  lines: { partner: number; amount: number; days: number; vests: number }[];
  outcomes: { status: 'paid' | 'failed' | 'returned'; pick: number }[];
  release: boolean;
  /** Whether the Friday's run comes two weeks late. */
  late: boolean;
}

const week: fc.Arbitrary<Week> = fc.record({
  lines: fc.array(
    fc.record({
      partner: fc.nat(2),
      amount: fc.integer({ min: -4000, max: 20_000 }).filter((amount) => amount !== 0),
      // Facts from a month before the telling to two weeks after it.
      days: fc.integer({ min: -30, max: 14 }),
      vests: fc.nat(20),
    }),
    { maxLength: 6 },
  ),
  outcomes: fc.array(fc.record({ status: fc.constantFrom('paid', 'failed', 'returned'), pick: fc.nat(20) }), {
    maxLength: 4,
  }),
  release: fc.boolean(),
  late: fc.boolean(),
});

async function settle({ db, ...rest }: Books, { outcomes, release }: Week, now: number): Promise<void> {
  const books = { db, ...rest };
  for (const { status, pick } of outcomes) {
    const payouts = await rows<{ payout_id: string; pay_date: string }>(
      books,
      'SELECT payout_id, pay_date FROM payouts ORDER BY payout_id',
    );
    const payout = payouts[pick % Math.max(1, payouts.length)];
    if (payout)
      await recordOutcomes(db, {
        pay_date: payout.pay_date,
        items: [{ payout_id: payout.payout_id, status }],
        by: 'ana',
        now,
      });
  }
  const [hold] = await rows<{ hold_id: string }>(
    books,
    "SELECT hold_id FROM holds WHERE kind = 'came_back' AND decision IS NULL",
  );
  if (hold)
    await decideCameBack(db, {
      hold_id: hold.hold_id,
      decision: release ? 'release' : 'deny',
      reason: 'seen',
      by: 'ana',
      now,
    });
}

async function playWeeks(weeks: readonly Week[]): Promise<Books> {
  const books = await freshBooks();
  await seedPartners(
    books,
    PARTNERS.map((partner_id) => ({ partner_id })),
  );
  let now = BEGIN;
  for (const step of weeks) {
    now += 2 * DAY;
    const told = step.lines.map(({ partner, amount, days, vests }) => {
      const at = now + days * DAY;
      return { partner_id: PARTNERS[partner] ?? 'p1', amount, at, payable_at: at + vests * DAY };
    });
    await book(books, told);
    await settle(books, step, now);
    now += step.late ? 19 * DAY : 5 * DAY;
    await run(books, FRIDAY, now - ((now - Date.parse('2026-01-09T17:00:00Z')) % (7 * DAY)));
  }
  return books;
}

async function checkJournal(weeks: readonly Week[]): Promise<void> {
  const books = await playWeeks(weeks);
  const whole = await journal();
  expect(whole.faults).toEqual([]);
  const open = await rows<{ partner_id: string; amount: number }>(
    books,
    'SELECT partner_id, sum(amount) AS amount FROM lines WHERE payout_id IS NULL GROUP BY partner_id',
  );
  const owed = new Map(open.map(({ partner_id, amount }) => [partner_id, amount]));
  for (const id of PARTNERS)
    expect([id, whole.balances.get(`liabilities:partners:${id}`) ?? 0n]).toEqual([id, -BigInt(owed.get(id) ?? 0)]);
  const closes = await rows<{ pay_date: string }>(books, 'SELECT pay_date FROM closes ORDER BY pay_date');
  for (const from of ['2026-01-20', ...closes.slice(1, 3).map(({ pay_date }) => pay_date)]) {
    const part = await journal(`?from=${from}`);
    expect(part.faults).toEqual([]);
    for (const [account, balance] of whole.balances) {
      if (/^(assets|liabilities)/.test(account))
        expect([from, account, part.balances.get(account) ?? 0n]).toEqual([from, account, balance]);
    }
  }
}

describe('journals of random books', () => {
  it(
    'balance, agree with every stored close and with what is open, from any day on',
    { timeout: 120_000 },
    async () => {
      await fc.assert(fc.asyncProperty(fc.array(week, { minLength: 3, maxLength: 8 }), checkJournal), { numRuns: 12 });
    },
  );

  it('are whole when they take several pages', { timeout: 60_000 }, async () => {
    const books = await freshBooks();
    await seedPartners(
      books,
      PARTNERS.map((partner_id) => ({ partner_id })),
    );
    const many = (from: number, at: number) =>
      Array.from({ length: 5500 }, (_, i) => ({
        partner_id: PARTNERS[i % 3] ?? 'p1',
        amount: i + from,
        at,
        payable_at: at,
      }));
    await book(books, many(1, BEGIN));
    await run(books, FRIDAY, '2026-01-16T17:00:00Z');
    await book(books, many(2, BEGIN + 14 * DAY));
    await run(books, FRIDAY, '2026-01-30T17:00:00Z');
    const { faults, transactions } = await journal();
    expect(faults).toEqual([]);
    const [payouts] = await rows<{ n: number }>(books, 'SELECT count(*) AS n FROM payouts');
    const [closes] = await rows<{ n: number }>(books, 'SELECT count(*) AS n FROM closes');
    expect(transactions).toBe(11_000 + (payouts?.n ?? 0) + (closes?.n ?? 0));
  });
});
