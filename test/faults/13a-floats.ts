import type { Mutation } from './mutation.ts';

export default {
  fault: '13a',
  says: 'Percentages in floating point.',
  edits: [
    {
      file: 'src/money/money.rules.ts',
      find: 'return divideHalfUp(BigInt(rate_bps) * BigInt(base) * BigInt(kept), BigInt(BPS) * BigInt(paid));',
      replace: 'return Math.round((rate_bps / BPS) * base * (kept / paid));',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/money/money.test.ts',
    name: 'fault 13: a percentage is no float: 14.5 % of $1.00 is $0.15',
  },
} satisfies Mutation;
