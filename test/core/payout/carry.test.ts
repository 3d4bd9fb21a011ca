import { describe, expect, it } from 'vitest';

import { carry, nextTurn, type Carrier, type Taken } from '../../../src/payout/carry.ts';
import type { Progress } from '../../../src/payout/send.rules.ts';
import { tallied } from '../../../src/payout/tally.repo.ts';

const HOUR = 3_600_000;
const T = Date.UTC(2026, 10, 20, 17);

/** Plays steps that come to `progress` one after the other, the last again and again; answers with what was done in order. */
function carrier(progress: readonly Progress[], asked = 10) {
  const log: string[] = [];
  let at = -1;
  const played: Carrier = {
    async advance(name: string, now: number): Promise<Taken> {
      log.push(`${name} +${now - T}`);
      at = Math.min(at + 1, progress.length - 1);
      return { progress: progress[at] ?? 'done', asked };
    },
    async sleep(name, ms) {
      log.push(`${name} ${ms}`);
    },
    async follow(now) {
      log.push(`follow +${now - T}`);
    },
  };
  return { played, log };
}

describe('a batch is carried', () => {
  it('step by step and sleep by sleep, each under a name of its own, until it is done', async () => {
    const { played, log } = carrier(['again', { wait_ms: 900_000 }, 'again', 'done']);
    expect(await carry(played, T)).toBe('done');
    expect(log).toEqual(['step 1 +0', 'step 2 +0', 'wait 2 900000', 'step 3 +900000', 'step 4 +900000']);
  });

  it('until a person is needed, or the next look is hours away', async () => {
    expect(await carry(carrier(['again', 'attention']).played, T)).toBe('attention');
    expect(await carry(carrier(['again', { wait_ms: 6 * HOUR + 1 }]).played, T)).toBe('left to the daily cron');
  });

  it('by another instance from the same instant on, once the queries of one are nearly used up', async () => {
    const { played, log } = carrier(['again', { wait_ms: 1000 }, 'again'], 200);
    expect(await carry(played, T)).toBe('handed on');
    expect(log).toEqual(['step 1 +0', 'step 2 +0', 'wait 2 1000', 'step 3 +1000', 'follow +1000']);
  });

  it('by another instance before the platform keeps no more steps', async () => {
    const { played, log } = carrier(['again'], 0);
    expect(await carry(played, T)).toBe('handed on');
    expect(log).toHaveLength(401);
  });

  it('and fails as its step does: the engine tries it again', async () => {
    const { played } = carrier([]);
    await expect(carry({ ...played, advance: () => Promise.reject(new Error('gone')) }, T)).rejects.toThrow('gone');
  });

  it('under names that follow one from the other', () => {
    expect(nextTurn('lastclick-2026-11-20')).toBe('lastclick-2026-11-20-t2');
    expect(nextTurn('lastclick-2026-11-20-7')).toBe('lastclick-2026-11-20-7-t2');
    expect(nextTurn('lastclick-2026-11-20-t9')).toBe('lastclick-2026-11-20-t10');
  });
});

it('queries are counted one by one, those of a batch too', () => {
  const asked: string[] = [];
  const bare = { prepare: (text: string) => asked.push(text), batch: (all: unknown[]) => all.length };
  const { database, asked: count } = tallied(bare as unknown as D1Database);
  database.batch([database.prepare('a'), database.prepare('b')]);
  database.prepare('c');
  expect([count(), asked]).toEqual([3, ['a', 'b', 'c']]);
});
