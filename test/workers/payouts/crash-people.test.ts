import { describe, expect, it } from 'vitest';

import { operationsOf } from '../../../src/payout/operations.ts';
import type { PayoutsRpc, RpcAnswer } from '../../../src/payout/rpc.ts';
import { runPayouts, takeSteps } from '../../../src/payout/run.ts';
import { crashEverywhere } from './crasher.ts';
import { checkLaws, dump } from './laws.ts';
import { at, book, FRIDAY, rows, run, seedPartners } from './play.ts';
import {
  advanceUntil,
  contextOf,
  DAY,
  DAY_MS,
  frozenFriday,
  MINUTE,
  payoutsBy,
  type Play,
  RUN,
  statusesBy,
  unlinked,
} from './simulated.ts';
import { booksNow, restoreBooks } from './snapshot.ts';

// What people do may die at any effect: the same two people do it again, and it ends as if nothing had been.

const HOUR = 60 * MINUTE;
const LATER = RUN + 2 * DAY_MS;

function operations(play: Play): PayoutsRpc {
  return operationsOf({
    db: play.books.db,
    context: (now) => contextOf(play, now),
    instances: () => ({ ensure: async () => {} }),
  });
}

const idOf = async (play: Play, name: string) => (await payoutsBy(play))[name]!.payout_id;

type Say = (ops: PayoutsRpc, by: string) => Promise<RpcAnswer>;

/** Both people say it. Said again, it may have been done. */
async function both(play: Play, say: Say): Promise<void> {
  for (const by of ['ana', 'ben']) {
    const answer = await say(operations(play), by);
    if (!answer.ok && answer.reason !== 'batch_state') throw new Error(answer.detail);
  }
}

/** Everything that people and Fridays write, and what the witness holds. */
async function everything(play: Play): Promise<unknown> {
  const { books } = play;
  const tables = ['sends', 'send_items', 'holds', 'payout_words'];
  const more = await Promise.all(tables.map((table) => rows(books, `SELECT * FROM ${table} ORDER BY 1, 2, 3`)));
  const keys = (await play.bucket.list()).objects.map(({ key }) => key);
  return [await dump(books), more, keys, play.paypal.paid(LATER + HOUR)];
}

/** What `do` does, it does wherever it dies, and no more: each recovery ends in the books of the undisturbed run. */
async function expectTheSame(start: Play, act: (play: Play) => Promise<void>, least_writes = 3): Promise<void> {
  let whole: unknown = null;
  const { effects, writes } = await crashEverywhere(start, {
    run: act,
    async recover(play) {
      await act(play);
      // The daily cron gives the witness what it could not be given.
      const cron = { cron: FRIDAY, now: RUN + DAY_MS, rail: 'paypal', approval: 'none' } as const;
      const report = await runPayouts(await contextOf(play, cron.now), cron, { ensure: async () => {} });
      expect(report.behind).toEqual([]);
    },
    async check(play) {
      await checkLaws(play.books, LATER);
      const found = await everything(play);
      whole ??= found;
      expect(found).toEqual(whole);
    },
  });
  expect(effects).toBeGreaterThan(10);
  expect(writes).toBeGreaterThanOrEqual(least_writes);
}

describe('P7: crash at every effect of what people do', { timeout: 300_000 }, () => {
  it('resolution', async () => {
    const play = await unlinked(['ana', 'ben']);
    const payout_id = await idOf(play, 'ben');
    await expectTheSame(play, (own) =>
      both(own, (ops, by) => ops.resolve(payout_id, { outcome: 'not_paid', reason: 'by phone' }, by, RUN + HOUR)),
    );
  });

  it('adoption', async () => {
    const play = await unlinked(['ana']);
    const [batch] = play.paypal.state.world.batches.keys();
    await expectTheSame(play, (own) => both(own, (ops, by) => ops.adopt(DAY, 1, batch!, by, RUN + HOUR)));
  });

  it('withholding', async () => {
    const play = await frozenFriday(['ana', 'ben']);
    const payout_id = await idOf(play, 'ben');
    const withhold = async (own: Play) => {
      const answer = await operations(own).withhold(payout_id, 'call first', 'ana', RUN);
      expect(answer).toMatchObject({ ok: true });
    };
    // One write: nothing of the Friday has been sent, so the witness hears of neither yet.
    await expectTheSame(play, withhold, 1);
  });

  it('outcomes of the export rail, and the word on what came back', async () => {
    const play = await frozenFriday([]);
    await seedPartners(play.books, [{ partner_id: 'x1' }]);
    await book(play.books, [{ partner_id: 'x1', payable_at: at('2026-11-10T20:00:00Z'), amount: 12_000 }]);
    await run(play.books, FRIDAY, RUN + 7 * DAY_MS);
    const [payout] = await rows<{ payout_id: string; pay_date: string }>(play.books, 'SELECT * FROM payouts');
    const { payout_id, pay_date } = payout!;
    await expectTheSame(play, async (own) => {
      const ops = operations(own);
      const tell = (status: 'paid' | 'returned') =>
        ops.recordOutcomes(pay_date, [{ payout_id, status }], 'ana', RUN + 8 * DAY_MS);
      const [known] = await rows<{ status: string }>(own.books, 'SELECT status FROM payouts');
      if (known!.status === 'frozen') expect(await tell('paid')).toMatchObject({ ok: true });
      const [later] = await rows<{ status: string }>(own.books, 'SELECT status FROM payouts');
      if (later!.status === 'paid') expect(await tell('returned')).toMatchObject({ ok: true });
      const [hold] = await rows<{ hold_id: string }>(own.books, 'SELECT hold_id FROM holds');
      const answer = await ops.decideCameBack(hold!.hold_id, 'release', 'seen', 'ana', RUN + 8 * DAY_MS);
      expect(answer).toMatchObject({ ok: true });
    });
  });

  it('replay: of a Friday in two chunks with one payout withheld, one malformed, one resolved', async () => {
    const play = await frozenFriday(['ana', 'malformed', 'ben', 'cat']);
    play.chunk_payouts = 2;
    const before = await booksNow(play.books.d1);
    await operations(play).withhold(await idOf(play, 'cat'), 'call first', 'ana', RUN);
    play.paypal.state.settle({ duplicate_link: false });
    play.paypal.fault({ when: 'after', answer: 'garbage', match: '-2-1' });
    expect(await advanceUntil(play, RUN, RUN + HOUR)).toBe('attention');
    const ben = await idOf(play, 'ben');
    await both(play, (ops, by) => ops.resolve(ben, { outcome: 'paid', reason: 'by phone' }, by, RUN + HOUR));
    expect(await statusesBy(play)).toEqual({ ana: 'paid', malformed: 'failed', ben: 'paid', cat: 'returned' });
    const paid = play.paypal.paid(LATER);
    await restoreBooks(play.books.d1, {
      ...before,
      ...Object.fromEntries(FROZEN.map((table) => [table, []])),
      lines: before['lines']!.map((line) => ({ ...line, payout_id: null })),
    });
    const posts = play.paypal.posts().length;
    let whole: unknown = null;
    const replay = (own: Play) => both(own, (ops, by) => ops.replay(DAY, by, LATER));
    const crash = await crashEverywhere(play, {
      run: replay,
      async recover(own) {
        await replay(own);
        // Died after all was back, before its end was noted: there is nothing to replay.
        expect(await operations(own).state()).toEqual({ books_behind: false, missing: [] });
        await takeSteps(await contextOf(own, LATER), [DAY], LATER);
      },
      async check(own) {
        await checkLaws(own.books, LATER);
        expect(own.paypal.paid(LATER)).toEqual(paid);
        expect(own.paypal.posts().length).toBeLessThanOrEqual(posts);
        expect(await statusesBy(own)).toEqual({ ana: 'paid', malformed: 'failed', ben: 'paid', cat: 'returned' });
        const found = await everything(own);
        whole ??= found;
        expect(found).toEqual(whole);
      },
    });
    expect(crash.effects).toBeGreaterThan(40);
    expect(crash.writes).toBeGreaterThan(8);
  });
});

const FROZEN = ['batches', 'batch_chunks', 'payouts', 'payout_skips', 'transfers', 'closes', 'close_balances'];
