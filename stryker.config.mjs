/**
 * `npm run mutation`: how many of the small faults that can be put into the rules of money make a test fail. A part of them:
 * `npm run mutation -- -m 'src/money/*.rules.ts'`.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: ['src/{money,calendar,commission,ledger,payout,referrer}/*.rules.ts', 'src/attribution/last-click.rules.ts'],
  ignorePatterns: ['.wrangler', 'reports', 'coverage', 'dist'],
  // Rewriting it takes a TypeScript with an API, which 7 is without; nothing here compiles by it.
  tsconfigFile: 'tsconfig.none.json',
  concurrency: 2,
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: true,
  incrementalFile: 'reports/stryker-incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation.html' },
  timeoutMS: 20_000,
  thresholds: { high: 95, low: 90, break: 90 },
};
