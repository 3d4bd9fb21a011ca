import { describe, expect, it } from 'vitest';

import { writeReplayedChunk } from '../../../src/payout/replay.repo.ts';
import { replayBatch, replayOn } from '../../../src/payout/replay.ts';
import { takeSteps } from '../../../src/payout/run.ts';
import { advanceSend } from '../../../src/payout/send.ts';
import { booksBehind } from '../../../src/payout/witness.ts';
import { openDatabase, type Statement } from '../../../src/program/commit.repo.ts';
import { at, type Books, freshBooks, FRIDAY, rows, run, seedPartners } from './play.ts';
import { contextOf, DAY, frozenFriday } from './simulated.ts';
import { booksNow, restoreBooks } from './snapshot.ts';
import { type Sent, spyOn } from './spy.ts';

const RUN = '2026-11-20T17:00:00Z';
const HOUR = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR;
/** What D1 takes of one parameter. */
const MOST_BYTES = 2_000_000;
/** A character is three bytes at most. */
const MOST_CHARACTERS = MOST_BYTES / 2;

const largest = (sent: readonly Sent[]) =>
  Math.max(...sent.flatMap(({ params }) => params.map((param) => (typeof param === 'string' ? param.length : 0))));

function paramsOf(statement: Statement): unknown[] {
  const compiled = statement as unknown as { toSQL?(): { params: unknown[] }; getQuery(): { params: unknown[] } };
  return (compiled.toSQL?.() ?? compiled.getQuery()).params;
}

/** Partners, each with `weeks` lines that vest in as many weeks, and `forfeits` payments that have been forfeited. */
async function vestingBooks(partners: number, weeks: number, forfeits: number): Promise<Books> {
  const books = await freshBooks();
  const ids = Array.from({ length: partners }, (_, i) => `partner_${String(i).padStart(8, '0')}`);
  for (let i = 0; i < partners; i += 1000)
    await seedPartners(
      books,
      ids.slice(i, i + 1000).map((partner_id) => ({ partner_id })),
    );
  const first = at('2026-11-18T20:00:00Z');
  const counting = 'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST(?1 AS INTEGER))';
  const into =
    'INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at)';
  await books.d1
    .prepare(
      `${counting} ${into} SELECT p.partner_id, 'account_' || n.i, 'payment_' || p.partner_id || '_' || n.i, 'commission', 'x', 1000, CAST(?2 + n.i * ?3 AS INTEGER), 123456, 2500, 1000
        FROM partners AS p CROSS JOIN n`,
    )
    .bind(weeks, first, WEEK_MS)
    .run();
  for (const [kind, amount] of [
    ['commission', 1975],
    ['forfeit', -1975],
  ])
    await books.d1
      .prepare(
        `${counting} ${into} SELECT p.partner_id, 'ended_' || n.i, 'ended_' || p.partner_id || '_' || n.i, ?2, 'x', 1000, CAST(?3 AS INTEGER), CAST(?4 AS INTEGER), 2500, 1000
          FROM partners AS p CROSS JOIN n`,
      )
      .bind(forfeits, kind, first, amount)
      .run();
  return books;
}

describe('no parameter grows past what D1 takes', { timeout: 240_000 }, () => {
  it('a close of partners whose lines vest over years, with many payments that were forfeited', async () => {
    const books = await vestingBooks(700, 60, 20);
    const spy = spyOn(books.d1);
    await run({ ...books, db: openDatabase(spy.d1) }, FRIDAY, RUN);
    expect(await rows(books, 'SELECT pay_date FROM closes')).toEqual([{ pay_date: '2026-11-20' }]);
    expect(largest(spy.sent)).toBeLessThan(MOST_CHARACTERS);
    const [kept] = await rows<{ balances: string }>(
      books,
      'SELECT balances FROM close_balances ORDER BY partner_id DESC',
    );
    const { forfeited, weeks } = JSON.parse(kept?.balances ?? '{}') as { forfeited: number; weeks: object };
    expect([forfeited, Object.keys(weeks).length]).toEqual([20 * 1975, 60]);
    expect(await rows(books, 'SELECT count(*) AS n FROM close_balances')).toEqual([{ n: 700 }]);
  });
});

describe('a replayed chunk of one partner with very many lines', () => {
  it('marks and books them in statements of their own', async () => {
    const { db } = await freshBooks();
    const payout_id = 'po_0123456789abcdef01234567';
    const marks = Array.from({ length: 60_000 }, (_, i): [number, string] => [10_000_000 + i, payout_id]);
    const chunk = {
      n: 1,
      through: 'p',
      manifest: '{}',
      sha256: 'x',
      skipped_count: 0,
      receivers: [],
      skips: [],
      lines: [],
    };
    const batch = { pay_date: '2026-11-20', frozen_at: at(RUN) };
    const statements = writeReplayedChunk(db, batch, chunk, [], { marks, missing: [] }, 0, 0);
    const sizes = statements.flatMap((one) => paramsOf(one).map((param) => String(param).length));
    expect(Math.max(...sizes)).toBeLessThan(MOST_CHARACTERS);
    expect(sizes.filter((size) => size > 100_000).length).toBeGreaterThan(3);
  });
});

describe('no invocation asks more than its thousand queries', { timeout: 240_000 }, () => {
  it('P7: reading again what was paid stops before, and the next invocation reads the rest: each sending once a day', async () => {
    const play = await frozenFriday(Array.from({ length: 90 }, (_, i) => `r${i}`));
    play.chunk_payouts = 1;
    for (const sent_at of [at(RUN), at(RUN) + HOUR]) {
      const context = await contextOf(play, sent_at);
      while ((await advanceSend(context, DAY, sent_at)) === 'again');
    }
    const now = at(RUN) + 3 * 24 * HOUR;
    const asked: number[] = [];
    for (let more = true; more;) {
      const spy = spyOn(play.books.d1);
      const context = await contextOf({ ...play, books: { ...play.books, db: openDatabase(spy.d1) } }, now);
      more = await takeSteps({ ...context, asked: () => spy.sent.length }, [], now);
      asked.push(spy.sent.length);
    }
    expect(asked.length).toBeGreaterThan(1);
    expect(Math.max(...asked)).toBeLessThan(1000);
    const checked = 'SELECT count(*) AS n FROM sends WHERE status = ? AND checked_at = ?';
    expect(await play.books.d1.prepare(checked).bind('settled', now).first('n')).toBe(90);
  });

  it('P7: a replay of many sendings goes on in others, under one word of two people', async () => {
    const play = await frozenFriday(Array.from({ length: 90 }, (_, i) => `r${i}`));
    play.chunk_payouts = 1;
    const frozen = await booksNow(play.books.d1);
    const context = await contextOf(play, at(RUN));
    while ((await advanceSend(context, DAY, at(RUN))) === 'again');
    const sent = await rows<{ sender_batch_id: string }>(play.books, 'SELECT sender_batch_id FROM sends');
    expect(sent).toHaveLength(90);

    await restoreBooks(play.books.d1, frozen);
    const spy = spyOn(play.books.d1);
    const spied = { ...context, db: openDatabase(spy.d1) };
    const turns: number[] = [];
    const turn = () => turns.push(spy.sent.splice(0).length);
    const say = (by: string) =>
      replayBatch(spied, { pay_date: DAY, by, now: at(RUN) }, (pay_date, now) => {
        turn();
        return replayOn(spied, pay_date, now);
      });
    expect(await say('ana')).toMatchObject({ ok: true, proposed: true });
    expect(await say('ben')).toEqual({ ok: true, first_time: true });
    turn();
    expect(turns.length).toBeGreaterThan(1);
    expect(Math.max(...turns)).toBeLessThan(1000);
    expect(await rows(play.books, 'SELECT sender_batch_id FROM sends')).toEqual(sent);
    expect(await booksBehind(play.books.db, play.bucket, context.program_id)).toEqual([]);
  });
});
