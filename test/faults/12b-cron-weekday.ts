import type { Mutation } from './mutation.ts';

export default {
  fault: '12b',
  says: 'Weekday numbers off by one: Cloudflare counts 1 = Sunday.',
  edits: [{ file: 'workers/payouts/wrangler.toml', find: '"0 17 * * FRI"', replace: '"0 17 * * 5"' }],
  caught_by: {
    project: 'core',
    file: 'test/core/tidy.test.ts',
    name: 'P1: crons name their weekday, since Cloudflare counts 1 = Sunday',
  },
} satisfies Mutation;
