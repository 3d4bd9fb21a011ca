import { expect, it } from 'vitest';

import { takeSteps } from '../../../src/payout/run.ts';
import { crashEverywhere } from './crasher.ts';
import { checkLaws, dump } from './laws.ts';
import { rows } from './play.ts';
import {
  advanceAll,
  advanceUntil,
  contextOf,
  DAY,
  DAY_MS,
  frozenFriday,
  MINUTE,
  type Play,
  RUN,
  sendsOf,
  statusesBy,
} from './simulated.ts';

// Crash at every effect: the k-th fails before it is done, or its reply is lost.

const PEOPLE = ['ana', 'unclaimed', 'failed', 'malformed', 'ben', 'reversed'];
const END = RUN + 40 * DAY_MS;

/** Friday until it is quiet: the Workflow's half hour, then what the daily crons of `days` take up. */
async function live(play: Play, days: readonly number[]): Promise<void> {
  await advanceUntil(play, RUN, RUN + 30 * MINUTE);
  for (const day of days) {
    const now = RUN + day * DAY_MS;
    await takeSteps(await contextOf(play, now), [DAY], now);
  }
}

const DAYS = [6, 32];
const LATER = [...DAYS, 38, 39];

async function friday(): Promise<Play> {
  const play = await frozenFriday(PEOPLE);
  return { ...play, chunk_payouts: 4 };
}

/** What must be true of a Friday that has come to rest, whatever happened on the way. */
async function expectQuiet(play: Play): Promise<void> {
  await checkLaws(play.books, END);
  expect(await statusesBy(play)).toEqual({
    ana: 'paid',
    unclaimed: 'returned',
    failed: 'failed',
    malformed: 'failed',
    ben: 'paid',
    reversed: 'held',
  });
  const moves = await rows<{ debit: string; credit: string; amount: number; email: string }>(
    play.books,
    'SELECT t.*, e.email FROM transfers AS t JOIN payouts AS p USING (payout_id) JOIN people AS e USING (person_id)',
  );
  const balance = (account: string, of = moves) =>
    of.reduce((sum, m) => sum + (m.credit === account ? m.amount : 0) - (m.debit === account ? m.amount : 0), 0);
  expect(balance('clearing')).toBe(0);
  // Each receiver really has what the books say was paid.
  const paid = play.paypal.paid(END);
  for (const name of PEOPLE) {
    const own = moves.filter((move) => move.email === `${name}@example.com`);
    expect([name, balance('paid', own)]).toEqual([name, paid[`${name}@example.com`] ?? 0]);
  }
  // No receiver was ever sent two items.
  const receivers = play.paypal.ledger(END).entries.map((entry) => entry.receiver);
  expect(new Set(receivers).size).toBe(receivers.length);
  const twice = 'SELECT cause_id FROM lines WHERE kind = ? GROUP BY cause_id HAVING count(*) > 1';
  expect(await rows(play.books, twice, 'returned')).toEqual([]);
  expect(
    (await sendsOf(play)).map(({ chunk, attempt, status, attention }) => [chunk, attempt, status, attention]),
  ).toEqual([
    [1, 1, 'refused', null],
    [1, 2, 'settled', null],
    [2, 1, 'settled', null],
  ]);
}

it('an undisturbed Friday comes to rest, and running on changes nothing', async () => {
  const play = await friday();
  await live(play, DAYS);
  await expectQuiet(play);
  const before = await dump(play.books);
  await advanceAll(play, END);
  expect(await dump(play.books)).toEqual(before);
});

it(
  'P7: it may die at any effect, before it or after it: the same books, and nobody is paid twice',
  { timeout: 300_000 },
  async () => {
    const { effects, writes } = await crashEverywhere(await friday(), {
      run: (play) => live(play, DAYS),
      recover: (play) => live(play, LATER),
      check: expectQuiet,
    });
    expect(effects).toBeGreaterThan(60);
    expect(writes).toBeGreaterThan(15);
  },
);
