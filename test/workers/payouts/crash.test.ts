import { expect, it } from 'vitest';

import { takeSteps } from '../../../src/payout/run.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
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

// Crash at every effect: D1, R2 and PayPal are wrapped; the k-th effect fails before it is done, or its reply is lost.

const PEOPLE = ['ana', 'unclaimed', 'failed', 'malformed', 'ben', 'reversed'];
const END = RUN + 40 * DAY_MS;

/** Counts effects, and fails the k-th. */
class Crasher {
  done = 0;
  /** Effects that left something behind. A lost reply of any other is the same as a failure before it. */
  readonly writes = new Set<number>();
  readonly #k: number;
  readonly #when: 'before' | 'after';
  constructor(k: number, when: 'before' | 'after') {
    this.#k = k;
    this.#when = when;
  }
  async effect<T>(run: () => Promise<T>, isWrite: (result: T) => boolean): Promise<T> {
    const mine = this.done++;
    if (mine === this.#k && this.#when === 'before') throw new Error('crashed');
    const result = await run();
    if (isWrite(result)) this.writes.add(mine);
    if (mine === this.#k) throw new Error('crashed');
    return result;
  }
}

/** Whether statements of D1 changed anything, or R2 kept something. */
function hasWritten(key: PropertyKey, result: unknown): boolean {
  if (key === 'put') return true;
  const all = (Array.isArray(result) ? result : [result]) as { meta?: { changes?: number } }[];
  return all.some((one) => (one?.meta?.changes ?? 0) > 0);
}

const METHODS = new Set<PropertyKey>(['put', 'get', 'head', 'list', 'batch', 'all', 'raw', 'run', 'first']);

/** An object whose asynchronous methods are effects. What `prepare` and `bind` give is wrapped too. */
function wrapped<T extends object>(target: T, crasher: Crasher, inner: WeakMap<object, object>): T {
  const proxy = new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key);
      if (typeof value !== 'function') return value;
      if (key === 'prepare' || key === 'bind') {
        return (...args: unknown[]) => wrapped(value.apply(object, args) as object, crasher, inner);
      }
      if (!METHODS.has(key)) return value.bind(object);
      return (...args: unknown[]) => {
        const bare = key === 'batch' ? [(args[0] as object[]).map((one) => inner.get(one) ?? one)] : args;
        return crasher.effect(
          async () => value.apply(object, bare) as unknown,
          (result) => hasWritten(key, result),
        );
      };
    },
  });
  inner.set(proxy, target);
  return proxy;
}

/** The same Friday on things that crash. */
function crashing(play: Play, crasher: Crasher): Play {
  const inner = new WeakMap<object, object>();
  const d1 = wrapped(play.books.d1, crasher, inner);
  return {
    ...play,
    books: { d1, db: openDatabase(d1) },
    bucket: wrapped(play.bucket, crasher, inner),
    fetch: async (url, init) =>
      crasher.effect(
        async () => play.fetch(url, init),
        () => url.endsWith('/payouts') && init.method === 'POST',
      ),
  };
}

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
  { timeout: 900_000 },
  async () => {
    const whole = await friday();
    const counter = new Crasher(Number.POSITIVE_INFINITY, 'before');
    await live(crashing(whole, counter), DAYS);
    expect(counter.done).toBeGreaterThan(60);
    expect(counter.writes.size).toBeGreaterThan(15);
    for (let k = 0; k < counter.done; k++) {
      for (const when of counter.writes.has(k) ? (['before', 'after'] as const) : (['before'] as const)) {
        const play = await friday();
        await live(crashing(play, new Crasher(k, when)), DAYS).catch(() => 'crashed');
        await live(play, LATER);
        await expectQuiet(play).catch((error: unknown) => {
          throw new Error(`effect ${k}, ${when}`, { cause: error });
        });
      }
    }
  },
);
