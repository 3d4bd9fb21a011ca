import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';

import { operationsOf } from '../../../src/payout/operations.ts';
import { runPayouts } from '../../../src/payout/run.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner, giveToken } from '../../support/world.ts';
import { checkLaws } from './laws.ts';
import { at, DAILY, FRIDAY, rows } from './play.ts';
import {
  advanceUntil,
  batchStatus,
  contextOf,
  DAY_MS,
  MINUTE,
  Paypal,
  payoutsBy,
  type Play,
  sendsOf,
} from './simulated.ts';
import { booksNow, restoreBooks } from './snapshot.ts';

const HOUR = 60 * MINUTE;
const SIGNED_UP = '2026-06-01T18:00:00Z';
const PAY_DATE = '2026-11-20';
const FRI = at('2026-11-20T17:00:00Z');

async function told(path: string, when: string, body: object): Promise<number> {
  const { status } = await call('POST', path, { at: when, body });
  return status;
}

const pay = (who: string, n: number, day: string) =>
  told('/v1/payments', `${day}T18:00:00Z`, {
    payment_id: `pay_${who}_${n}`,
    account_id: `acc_${who}`,
    amount: 40_000,
    currency: 'USD',
    paid_at: `${day}T18:00:00Z`,
  });

/** Two partners with a client each, who pays. */
async function program(): Promise<Play> {
  const { books: d1 } = await freshDatabases();
  const books = { d1, db: openDatabase(d1) };
  for (const who of ['ana', 'ben']) {
    await givePartner(who, { paypal: `${who}@example.com` });
    const referral_token = await giveToken({ code: who, at: '2026-05-30T18:00:00Z' });
    const signup = {
      account_id: `acc_${who}`,
      email: `x@client-${who}.example`,
      signed_up_at: SIGNED_UP,
      referral_token,
    };
    expect(await told('/v1/signups', SIGNED_UP, signup)).toBe(201);
    expect(await pay(who, 1, '2026-06-02')).toBe(201);
  }
  const paypal = new Paypal();
  return { books, paypal, bucket: env.WITNESS, fetch: paypal.fetch, chunk_payouts: 500, page_size: 1000 };
}

async function cron(play: Play, kind: string, now: number) {
  const context = await contextOf(play, now);
  return runPayouts(context, { cron: kind, now, rail: 'paypal', approval: 'none' }, { ensure: async () => {} });
}

function operations(play: Play) {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

describe('P7: books restored to a moment before a batch was sent', { timeout: 60_000 }, () => {
  it(
    'stop everything, are replayed from the witness by two people, and pay nobody twice',
    { timeout: 60_000 },
    async () => {
      const play = await program();
      const kept = await booksNow(play.books.d1);
      // What the restore forgets: a payment of each client, and the Friday that pays both commissions.
      await pay('ana', 2, '2026-11-10');
      await pay('ben', 2, '2026-11-11');
      await cron(play, FRIDAY, FRI);
      expect(await advanceUntil(play, FRI, FRI + HOUR, PAY_DATE)).toBe('done');
      const paid = { 'ana@example.com': 20_000, 'ben@example.com': 20_000 };
      expect(play.paypal.paid(FRI + HOUR)).toEqual(paid);

      await restoreBooks(play.books.d1, kept);
      const behind = await cron(play, DAILY, FRI + DAY_MS);
      expect(behind).toMatchObject({ done: [], behind: [{ what: 'batch' }, { what: 'send' }] });
      expect(await rows(play.books, 'SELECT * FROM batches')).toEqual([]);
      const ops = operations(play);
      expect(await ops.state()).toMatchObject({
        books_behind: true,
        missing: [{ pay_date: PAY_DATE }, { pay_date: PAY_DATE }],
      });
      const now = FRI + DAY_MS;
      expect(await ops.replay(PAY_DATE, 'ana', now)).toEqual({ ok: true, first_time: true, proposed: true });
      expect(await ops.replay(PAY_DATE, 'ana', now)).toMatchObject({ proposed: true });
      expect(await rows(play.books, 'SELECT * FROM batches')).toEqual([]);
      expect(await ops.replay(PAY_DATE, 'ben', now)).toEqual({ ok: true, first_time: true });
      expect(await ops.state()).toEqual({ books_behind: false, missing: [] });
      expect(await sendsOf(play)).toMatchObject([{ status: 'accepted', reason: 'replayed' }]);

      // PayPal is asked how the batch stands that paid them.
      expect(await advanceUntil(play, now, now + HOUR, PAY_DATE)).toBe('done');
      expect(await payoutsBy(play, PAY_DATE)).toMatchObject({
        ana: { status: 'paid', amount: 20_000 },
        ben: { status: 'paid' },
      });
      expect(await batchStatus(play, PAY_DATE)).toBe('settled');
      expect(new Set(play.paypal.posts()).size).toBe(1);

      // The facts are told again: nothing is booked twice.
      const before = await rows(play.books, 'SELECT * FROM lines ORDER BY seq');
      expect(await pay('ana', 2, '2026-11-10')).toBe(201);
      expect(await pay('ben', 2, '2026-11-11')).toBe(201);
      expect(await rows(play.books, 'SELECT * FROM lines ORDER BY seq')).toEqual(before);
      await checkLaws(play.books, now + HOUR);

      // And the program goes on.
      await pay('ana', 3, '2026-11-17');
      await pay('ana', 4, '2026-11-18');
      await cron(play, FRIDAY, FRI + 7 * DAY_MS);
      expect(await advanceUntil(play, FRI + 7 * DAY_MS, FRI + 7 * DAY_MS + HOUR, '2026-11-27')).toBe('done');
      expect(play.paypal.paid(FRI + 8 * DAY_MS)).toEqual({ ...paid, 'ana@example.com': 40_000 });
      await checkLaws(play.books, FRI + 8 * DAY_MS);
    },
  );

  it('are left as they are where the witness has lost a part of the batch, or has another in its place', async () => {
    const play = await program();
    const kept = await booksNow(play.books.d1);
    await pay('ana', 2, '2026-11-10');
    await cron(play, FRIDAY, FRI);
    expect(await advanceUntil(play, FRI, FRI + HOUR, PAY_DATE)).toBe('done');
    await restoreBooks(play.books.d1, kept);
    const { objects } = await env.WITNESS.list();
    const chunk = objects.find(({ key }) => key.includes('/chunk'))?.key ?? '';
    const text = (await (await env.WITNESS.get(chunk))?.text()) ?? '';
    expect(text).toContain('acc_ana');
    const ops = operations(play);
    const now = FRI + DAY_MS;
    await ops.replay(PAY_DATE, 'ana', now);
    for (const other of [null, text.replace('20000', '20001')]) {
      await (other === null ? env.WITNESS.delete(chunk) : env.WITNESS.put(chunk, other));
      expect(await ops.replay(PAY_DATE, 'ben', now)).toMatchObject({ ok: false, reason: 'invalid' });
      expect(await rows(play.books, 'SELECT * FROM batches')).toEqual([]);
    }
    await env.WITNESS.put(chunk, text);
    expect(await ops.replay(PAY_DATE, 'ben', now)).toMatchObject({ ok: true });
  });

  it('a moment between two sendings: the forgotten one is found again, a chunk never sent goes on', async () => {
    const play = await program();
    play.chunk_payouts = 1;
    await pay('ana', 2, '2026-11-10');
    await pay('ben', 2, '2026-11-11');
    await cron(play, FRIDAY, FRI);
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, FRI, FRI + HOUR, PAY_DATE);
    await restoreBooks(play.books.d1, kept);
    expect((await cron(play, DAILY, FRI + DAY_MS)).behind.map((one) => one.what)).toEqual(['send', 'send']);
    // Nor does the Workflow, which asks no cron, send anything anew.
    const posts = play.paypal.posts().length;
    expect(await advanceUntil(play, FRI + DAY_MS, FRI + DAY_MS, PAY_DATE)).toBe('attention');
    expect(play.paypal.posts().length).toBe(posts);
    const ops = operations(play);
    for (const by of ['ana', 'ben']) await ops.replay(PAY_DATE, by, FRI + DAY_MS);
    expect(await advanceUntil(play, FRI + DAY_MS, FRI + DAY_MS + HOUR, PAY_DATE)).toBe('done');
    expect(play.paypal.paid(FRI + 2 * DAY_MS)).toEqual({ 'ana@example.com': 20_000, 'ben@example.com': 20_000 });
    await checkLaws(play.books, FRI + 2 * DAY_MS);
  });

  it('a payout that came back and was paid anew by a later batch is in both batches after their replay', async () => {
    const play = await program();
    play.paypal.fault({ answer: 'deny', match: '-1-1' });
    await pay('ana', 2, '2026-11-10');
    await pay('ben', 2, '2026-11-11');
    await cron(play, FRIDAY, FRI);
    await advanceUntil(play, FRI, FRI + 10_000, PAY_DATE);
    // Restored to a moment at which the first batch was accepted, and nothing known of its items.
    const kept = await booksNow(play.books.d1);
    await advanceUntil(play, FRI + MINUTE, FRI + HOUR, PAY_DATE);
    expect(await payoutsBy(play, PAY_DATE)).toMatchObject({ ana: { status: 'failed' }, ben: { status: 'failed' } });
    const next = FRI + 7 * DAY_MS;
    await cron(play, FRIDAY, next);
    expect(await advanceUntil(play, next, next + HOUR, '2026-11-27')).toBe('done');
    const paid = { 'ana@example.com': 20_000, 'ben@example.com': 20_000 };
    expect(play.paypal.paid(next + HOUR)).toEqual(paid);

    await restoreBooks(play.books.d1, kept);
    expect((await cron(play, FRIDAY, next + DAY_MS)).behind.length).toBe(2);
    const ops = operations(play);
    for (const by of ['ana', 'ben']) await ops.replay('2026-11-27', by, next + DAY_MS);
    expect(await ops.state()).toMatchObject({ books_behind: false });
    expect(await payoutsBy(play, PAY_DATE)).toMatchObject({ ana: { status: 'returned' }, ben: { status: 'returned' } });
    await advanceUntil(play, next + DAY_MS, next + 2 * DAY_MS, PAY_DATE);
    await advanceUntil(play, next + DAY_MS, next + 2 * DAY_MS, '2026-11-27');
    expect(play.paypal.paid(next + 2 * DAY_MS)).toEqual(paid);
    expect(await rows(play.books, 'SELECT * FROM lines WHERE payout_id IS NULL')).toEqual([]);
    await checkLaws(play.books, next + 2 * DAY_MS);
  });
});
