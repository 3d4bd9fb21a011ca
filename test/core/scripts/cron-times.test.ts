import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { firingsBetween, spanOf } from '../../../scripts/local/cron-times.ts';

const CRONS = ['0 17 * * FRI', '30 17 * * *'];
const at = (text: string) => Date.parse(text);

describe('the crons of a local program', () => {
  it('fire at their own times, in order, each once', () => {
    expect(firingsBetween(CRONS, at('2026-11-19T17:30:00Z'), at('2026-11-21T17:30:00Z'))).toEqual([
      { cron: '0 17 * * FRI', at: at('2026-11-20T17:00:00Z') },
      { cron: '30 17 * * *', at: at('2026-11-20T17:30:00Z') },
      { cron: '30 17 * * *', at: at('2026-11-21T17:30:00Z') },
    ]);
  });

  it('fire the same, however a stretch of time is cut', () => {
    const begin = at('2026-01-01T00:00:00Z');
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 30 });
    fc.assert(
      fc.property(fc.array(minutes, { maxLength: 6 }), (cuts) => {
        const until = begin + 31 * 86_400_000;
        const bounds = [begin, ...cuts.map((minute) => begin + minute * 60_000).toSorted((a, b) => a - b), until];
        const parts = bounds.slice(1).flatMap((end, i) => firingsBetween(CRONS, bounds[i] ?? begin, end));
        expect(parts).toEqual(firingsBetween(CRONS, begin, until));
      }),
    );
  });

  it('are refused in a form that is not played', () => {
    expect(() => firingsBetween(['*/5 * * * *'], 0, 1)).toThrow('not played');
    expect(() => firingsBetween(['0 17 * * 6'], 0, 1)).toThrow('not played');
    expect(() => firingsBetween(['0 17 * * FRY'], 0, 1)).toThrow('not played');
  });
});

describe('a span as typed', () => {
  it.each([
    ['1h', 3_600_000],
    ['7d', 7 * 86_400_000],
    ['2w', 14 * 86_400_000],
    ['90d', 90 * 86_400_000],
  ])('%s', (text, ms) => {
    expect(spanOf(text)).toBe(ms);
  });

  it.each(['', '7', 'd', '-7d', '0d', '1.5d', '7 d', '9999w', '7days'])('is refused: %j', (text) => {
    expect(spanOf(text)).toBeNull();
  });
});
