import { parseArgs } from 'node:util';

import { startVitest } from 'vitest/node';

/**
 * `npm run simulate -- --seed N --years Y [--weeks W] [--count C]`: plays whole lives of the program on workerd and real D1, one for each of
 * the seeds N to N + C − 1, and prints what they came to. A failure names its seed and step, and comes again from the same seed.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    years: { type: 'string' },
    weeks: { type: 'string' },
    count: { type: 'string', default: '1' },
  },
});

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new TypeError(`--${name} is a whole number from 1 on`);
  return number;
}

const WEEKS_A_YEAR = 52;
const first = wholeNumber('seed', values.seed);
const years = values.years === undefined ? null : wholeNumber('years', values.years);
const weeks = values.weeks === undefined ? WEEKS_A_YEAR * (years ?? 1) : wholeNumber('weeks', values.weeks);
const seeds = Array.from({ length: wholeNumber('count', values.count) }, (_, i) => first + i);

console.log(`seeds ${seeds.join(', ')}, ${weeks} weeks each, then all is quiet`);
const vitest = await startVitest('test', ['test/workers/simulation/simulation.test.ts'], {
  run: true,
  watch: false,
  project: 'workers',
  silent: false,
  bail: 1,
  reporters: ['default'],
  provide: { simulation: { seeds, weeks } },
});
await vitest.close();
