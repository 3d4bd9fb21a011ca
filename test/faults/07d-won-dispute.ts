import type { Mutation } from './mutation.ts';

export default {
  fault: '7d',
  says: 'A won dispute never restored.',
  edits: [
    {
      file: 'src/commission/target.rules.ts',
      find: 'return { ...standing, refunded: standing.refunded - change.refund.amount };',
      replace: 'return standing;',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/commission/c2-refunds.test.ts',
    name: 'C2: restored, it is payable as it was before',
  },
} satisfies Mutation;
