import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isThrottled, LIMITS, windowsOf, WINDOW_MS, type Guessed } from '../../../src/identity/throttle.rules.ts';

const kinds = Object.keys(LIMITS) as Guessed[];

describe('throttled guesses', () => {
  it.each(kinds)('%s: as many as the limit in a window, and not one more', (guessed) => {
    const at = 1000 * WINDOW_MS + 1;
    expect(isThrottled(guessed, { present: LIMITS[guessed] - 1, former: 0 }, at)).toBe(false);
    expect(isThrottled(guessed, { present: LIMITS[guessed], former: 0 }, at)).toBe(true);
  });

  it('whoever goes on at every moment never gets more than twice the limit in any stretch of a window', () => {
    const steps = fc.array(fc.integer({ min: 0, max: WINDOW_MS / 4 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.nat(WINDOW_MS), steps, (guessed, start, waits) => {
        const counts = new Map<number, number>();
        const passed: number[] = [];
        let now = 1000 * WINDOW_MS + start;
        for (const wait of waits) {
          now += wait;
          const [present_at, former_at] = windowsOf(now);
          const present = counts.get(present_at) ?? 0;
          if (!isThrottled(guessed, { present, former: counts.get(former_at) ?? 0 }, now)) passed.push(now);
          // What is refused counts as well.
          counts.set(present_at, present + 1);
        }
        const most = Math.max(
          0,
          ...passed.map((at) => passed.filter((other) => other > at - WINDOW_MS && other <= at).length),
        );
        expect(most).toBeLessThanOrEqual(2 * LIMITS[guessed]);
      }),
    );
  });

  it('what is refused counts as well, and a pause of two windows forgets', () => {
    const at = 1000 * WINDOW_MS;
    const [present, former] = windowsOf(at + 2 * WINDOW_MS);
    expect([present, former]).toEqual([at + 2 * WINDOW_MS, at + WINDOW_MS]);
    expect(isThrottled('address', { present: 0, former: 0 }, at + 2 * WINDOW_MS)).toBe(false);
  });
});
