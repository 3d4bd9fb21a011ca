import type { Mutation } from './mutation.ts';

export default {
  fault: '7a',
  says: 'Any partial refund voids the whole commission.',
  edits: [
    {
      file: 'src/money/money.rules.ts',
      find: 'const kept = Math.max(0, paid - refunded);',
      replace: 'const kept = refunded > 0 ? 0 : paid;',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/commission/c1-rate.test.ts',
    name: 'C1: the share of a partial refund is rounded once, from exact fractions, not from the rounded commission',
  },
} satisfies Mutation;
