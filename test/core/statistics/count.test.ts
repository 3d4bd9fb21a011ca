import { expect, it } from 'vitest';

import { closedDays, countedThrough, daysDue } from '../../../src/statistics/count.rules.ts';

const at = (text: string): number => Date.parse(text);
const HOUR = 3_600_000;

it('a day is closed once it has ended, in UTC', () => {
  expect(closedDays('2026-03-01', at('2026-03-03T00:00:00Z'))).toEqual(['2026-03-01', '2026-03-02']);
  expect(closedDays('2026-03-01', at('2026-03-02T23:59:59.999Z'))).toEqual(['2026-03-01']);
  expect(closedDays('2026-03-01', at('2026-03-01T12:00:00Z'))).toEqual([]);
  expect(closedDays(null, at('2026-03-01T12:00:00Z'))).toEqual([]);
});

it('what came before a queue can remember is left as it was counted', () => {
  const days = closedDays('2020-01-01', at('2026-03-03T00:00:00Z'));
  expect(days.length).toBe(400);
  expect(days.at(-1)).toBe('2026-03-02');
});

it('a day is counted at its end, an hour later and five days later, each once, late or not', () => {
  const END = at('2026-03-03T00:00:00Z');
  const due = (now: number, last?: number) =>
    daysDue(['2026-03-02'], new Map(last === undefined ? [] : [['2026-03-02', last]]), now).length === 1;
  expect([due(END - 1), due(END), due(END + 30 * 24 * HOUR)]).toEqual([false, true, true]);
  expect([due(END + HOUR - 1, END), due(END + HOUR, END), due(END + 2 * HOUR, END + HOUR)]).toEqual([
    false,
    true,
    false,
  ]);
  expect([due(END + 120 * HOUR - 1, END + HOUR), due(END + 120 * HOUR, END + HOUR)]).toEqual([false, true]);
  expect(due(END + 9999 * HOUR, END + 120 * HOUR)).toBe(false);
});

it.each([
  ['2026-03-01', '2026-03-04', ['2026-03-02', '2026-03-03'], '2026-03-03'],
  ['2026-03-02', '2026-03-03', ['2026-03-02', '2026-03-03'], '2026-03-03'],
  ['2026-03-02', '2026-03-03', ['2026-03-03'], null],
  ['2026-03-01', '2026-03-03', [], '2026-03-01'],
  ['2026-03-04', '2026-03-05', ['2026-03-02'], null],
])('%s to %s with %j counted: all up to %s', (from, to, counted, through) => {
  expect(countedThrough({ from, to }, '2026-03-02', new Set(counted), at('2026-03-04T09:00:00Z'))).toBe(through);
});
