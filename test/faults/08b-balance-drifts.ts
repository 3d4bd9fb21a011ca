import type { Mutation } from './mutation.ts';

export default {
  fault: '8b',
  says: 'A stored total that drifts from its lines: a payout does not leave the stored balance.',
  edits: [
    {
      file: 'src/ledger/close.rules.ts',
      find: 'matured: change.left_open ?? sumAmounts([before.matured, ...matured]),',
      replace: 'matured: sumAmounts([before.matured, ...matured]),',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/ledger/close.test.ts',
    name: 'a payout leaves of what had matured what it did not take',
  },
} satisfies Mutation;
