import { expect, it } from 'vitest';

import { createAbsences } from '../../../src/attribution/link-lookup.rules.ts';

const NOW = Date.parse('2026-03-02T10:00:00Z');

/** Asks about a code at an instant; the books never know it. Answers whether they were asked. */
function asked(absences: ReturnType<typeof createAbsences>, code: string, now: number): boolean {
  const asks = absences.worthAsking(code, now);
  if (asks) absences.note(code, now);
  return asks;
}

it('the books are asked about a code that is not there once in ten minutes', () => {
  const absences = createAbsences();
  const at = [0, 60_000, 599_999, 600_000, 600_001].map((ms) => asked(absences, 'nobody', NOW + ms));
  expect(at).toEqual([true, false, false, true, false]);
  expect(asked(absences, 'other', NOW + 600_001)).toBe(true);
});

it('a flood of guesses costs the books 99 questions, and none after them as long as it goes on', () => {
  const absences = createAbsences();
  let questions = 0;
  for (let n = 0; n < 6000; n++) if (asked(absences, `guess-${n}`, NOW + n * 100)) questions += 1;
  expect(questions).toBe(99);
});

it('a minute without a flood ends it, and so does one in which nobody came', () => {
  const flooded = () => {
    const absences = createAbsences();
    for (let n = 0; n < 200; n++) asked(absences, `guess-${n}`, NOW);
    return absences;
  };
  const ebbing = flooded();
  expect(asked(ebbing, 'a', NOW + 60_000)).toBe(false);
  expect(asked(ebbing, 'b', NOW + 120_000)).toBe(true);
  expect(asked(flooded(), 'a', NOW + 120_000)).toBe(true);
});

it('a clock that is played back takes nothing for known', () => {
  const absences = createAbsences();
  for (let n = 0; n < 200; n++) asked(absences, 'nobody', NOW);
  expect(asked(absences, 'nobody', NOW - 1)).toBe(true);
});
