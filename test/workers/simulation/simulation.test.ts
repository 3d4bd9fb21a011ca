import { expect, inject, it } from 'vitest';

import { type Outcome, simulate } from './run.ts';

/** Played by every test run: a month with faults and the quiet weeks after it, of two worlds. */
const SHORT = { seeds: [1, 2], weeks: 4 };

const asked = inject('simulation');
const { seeds, weeks } = asked ?? SHORT;

function report({ seed, steps, until, counts, statement }: Outcome): string {
  const sums = Object.entries(statement).map(
    ([partner_id, row]) =>
      `  ${partner_id}: ${Object.entries(row)
        .map(([name, sum]) => `${name} ${sum}`)
        .join(', ')}`,
  );
  const what = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `seed ${seed}: ${steps} steps until ${until}, every invariant held after each`,
    ...what.map(([name, count]) => `  ${name}: ${count}`),
    'final statement, minor units:',
    ...sums,
  ].join('\n');
}

it.each(seeds)('P7, C1–C3, V1–V2, P1–P8: a whole life, seed %i', { timeout: 24 * 3_600_000 }, async (seed) => {
  // The log that is there before the simulation keeps the program's own from it.
  const { log } = console;
  const outcome = await simulate({ seed, weeks, ...(asked ? { say: (text: string) => log(text) } : {}) });
  if (asked) console.log(report(outcome));
  expect(outcome.counts['Fridays frozen']).toBeGreaterThanOrEqual(weeks - 1);
});
