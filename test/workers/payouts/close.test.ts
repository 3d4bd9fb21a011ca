import { beforeEach, describe, expect, it } from 'vitest';

import { advance } from '../../../src/payout/advance.ts';
import { RUN_QUERIES } from '../../../src/payout/budget.ts';
import { readPolicy } from '../../../src/policy/policy.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { readProgram } from '../../../src/program/program.repo.ts';
import { dump } from './laws.ts';
import { at, book, type Books, DAILY, freshBooks, FRIDAY, rows, run, seedPartners } from './play.ts';
import { spyOn } from './spy.ts';

const RUN = '2026-11-20T17:00:00Z';
const WITHIN = at('2026-11-10T20:00:00Z');

let books: Books;
beforeEach(async () => {
  books = await freshBooks();
  await seedPartners(books, [{ partner_id: 'p1' }, { partner_id: 'p2' }]);
  await book(books, [
    { partner_id: 'p1', payable_at: WITHIN, amount: 12_000 },
    { partner_id: 'p2', payable_at: WITHIN, amount: 5_925 },
    { partner_id: 'p2', payable_at: at('2026-12-01T20:00:00Z'), at: WITHIN, amount: 1_975 },
  ]);
});

const hashes = async () =>
  (await rows<{ hash: string }>(books, 'SELECT hash FROM closes ORDER BY pay_date')).map((row) => row.hash);

describe('weekly closes', () => {
  it('keep a row of each partner whose rows changed, and none of the others', async () => {
    await run(books, FRIDAY, RUN);
    await book(books, [{ partner_id: 'p2', payable_at: at('2026-11-17T20:00:00Z'), amount: 100 }]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    const kept = await rows<{ partner_id: string; pay_date: string; balances: string }>(
      books,
      'SELECT * FROM close_balances ORDER BY pay_date, partner_id',
    );
    const zero = {
      in_flight: 0,
      paid: 0,
      came_back: 0,
      written_off: 0,
      matured: 0,
      weeks: {},
      later: [],
      forfeited: 0,
    };
    expect(kept.map(({ partner_id, pay_date, balances }) => [pay_date, partner_id, JSON.parse(balances)])).toEqual([
      ['2026-11-20', 'p1', { ...zero, in_flight: 12_000 }],
      ['2026-11-20', 'p2', { ...zero, matured: 5_925, weeks: { '2026-11-29': 1_975 } }],
      ['2026-11-27', 'p2', { ...zero, matured: 6_025, weeks: { '2026-11-29': 1_975 } }],
    ]);
  });

  it('chain every line and transfer: one changed row changes the hash and all after it', async () => {
    await run(books, FRIDAY, RUN);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    const [first, second] = await hashes();
    expect(first).not.toBe(second);
    for (const change of [
      'UPDATE lines SET amount = amount + 1 WHERE seq = 2',
      'UPDATE payouts SET amount = amount + 1',
    ]) {
      await books.d1.exec(
        'DROP TRIGGER IF EXISTS lines_mark_once; DROP TRIGGER IF EXISTS payouts_frozen_stays; DROP TRIGGER IF EXISTS closes_no_delete',
      );
      await books.d1.exec(change);
      await books.d1.exec('DELETE FROM closes');
      const program = { ...(await readProgram(books.db)), history: await readPolicy(books.db) };
      const freeze = { now: at(RUN), rail: 'export' as const, approval: 'none' as const };
      for (const pay_date of ['2026-11-20', '2026-11-27'])
        await advance(books.db, program, pay_date, freeze, { left: RUN_QUERIES });
      const changed = await hashes();
      expect(changed[0]).not.toBe(first);
      expect(changed[1]).not.toBe(second);
    }
  });

  it('the mark of a later payout is no part of the chain', async () => {
    await run(books, FRIDAY, RUN);
    const [before] = await hashes();
    await book(books, [{ partner_id: 'p2', payable_at: WITHIN, amount: 5_000 }]);
    await run(books, FRIDAY, '2026-11-27T17:00:00Z');
    expect((await rows(books, "SELECT seq FROM lines WHERE partner_id = 'p2' AND payout_id IS NOT NULL")).length).toBe(
      2,
    );
    await books.d1.exec('DROP TRIGGER closes_no_delete');
    await books.d1.exec('DELETE FROM closes');
    const program = { ...(await readProgram(books.db)), history: await readPolicy(books.db) };
    await advance(
      books.db,
      program,
      '2026-11-20',
      { now: at(RUN), rail: 'export', approval: 'none' },
      { left: RUN_QUERIES },
    );
    expect((await hashes())[0]).toBe(before);
  });
});

describe('a run keeps to its queries', () => {
  it('stops when they are used up, and the next one goes on', async () => {
    const program = { ...(await readProgram(books.db)), history: await readPolicy(books.db) };
    const freeze = { now: at(RUN), rail: 'export' as const, approval: 'none' as const };
    let runs = 0;
    for (let state = 'unfinished'; state === 'unfinished'; runs++) {
      const spy = spyOn(books.d1);
      state = await advance(
        openDatabase(spy.d1),
        program,
        '2026-11-20',
        freeze,
        { left: 25 },
        { partners: 1, lines: 1000 },
      );
      expect(spy.sent.length).toBeLessThanOrEqual(25);
    }
    expect(runs).toBeGreaterThan(2);
    const stopped = await dump(books);
    await run(books, DAILY, '2026-11-21T17:30:00Z');
    expect(await dump(books)).toEqual(stopped);
    expect(await rows(books, 'SELECT status, payout_count, skipped_count FROM batches')).toEqual([
      { status: 'frozen', payout_count: 1, skipped_count: 1 },
    ]);
  });
});
