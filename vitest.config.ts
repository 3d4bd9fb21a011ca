import { join } from 'node:path';

import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

import { localSecrets, localVars } from './test/support/local.ts';
import { payouts, program, tracker } from './test/support/shipped.ts';

const migrations = (database: string) => readD1Migrations(join(import.meta.dirname, 'migrations', database));

// No test reaches for the network: workerd would ask where this machine is.
process.env['CLOUDFLARE_CF_FETCH_ENABLED'] = 'false';
process.env['WRANGLER_SEND_METRICS'] = 'false';

/** One workerd with what the three Workers have between them, for tests of their parts. */
const workerd = cloudflareTest(async () => ({
  main: program.main,
  miniflare: {
    compatibilityDate: program.compatibility_date,
    compatibilityFlags: [...(program.compatibility_flags ?? [])],
    d1Databases: ['BOOKS', 'CLICKS'],
    kvNamespaces: ['LINKS'],
    r2Buckets: ['WITNESS', 'ARCHIVE', 'BACKUPS'],
    queueProducers: { CLICK_QUEUE: 'lastclick-clicks', WEBHOOK_QUEUE: 'lastclick-webhooks' },
    ratelimits: {
      FORM_LIMIT: { namespace_id: '1001', simple: { limit: 100, period: 60 } },
      WEBHOOK_LIMIT: { namespace_id: '1002', simple: { limit: 100, period: 60 } },
    },
    email: { send_email: [{ name: 'EMAIL' }] },
    // The vault is another Worker: here it answers nothing. Tests over both belong to the harness.
    serviceBindings: { PAYOUTS: () => new Response(null, { status: 501 }) },
    bindings: {
      ...tracker.vars,
      ...program.vars,
      ...payouts.vars,
      ...localVars,
      ...localSecrets,
      BOOKS_MIGRATIONS: await migrations('books'),
      CLICKS_MIGRATIONS: await migrations('clicks'),
      // Random requests to each endpoint: `npm run fuzz` sends 1,000.
      FUZZ_RUNS: process.env['FUZZ_RUNS'] ?? '25',
      FUZZ_PATH: process.env['FUZZ_PATH'] ?? '',
    },
  },
}));

/** Three ways to run a test: pure rules on node, a Worker's code on workerd with D1, all Workers together. */
export default defineConfig({
  test: {
    silent: 'passed-only',
    // Two cores: files of two projects side by side.
    maxWorkers: 2,
    projects: [
      {
        test: { name: 'core', environment: 'node', include: ['test/core/**/*.test.ts'] },
      },
      {
        plugins: [workerd],
        // Two cores, noisy: a test that is merely slow is no failure.
        test: { name: 'workers', include: ['test/workers/**/*.test.ts'], testTimeout: 30_000, hookTimeout: 60_000 },
      },
      {
        test: {
          name: 'harness',
          environment: 'node',
          include: ['test/harness/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
