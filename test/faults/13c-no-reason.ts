import type { Mutation } from './mutation.ts';

export default {
  fault: '13c',
  says: 'Failed items retried for ever: the reason is not read, and the next Friday sends to the same address again.',
  edits: [
    {
      file: 'src/payout/outcome.rules.ts',
      find: `if (reason !== null && RECEIVER.test(reason)) return 'receiver';`,
      replace: `if (status === 'failed') return 'sender';`,
    },
  ],
  caught_by: { project: 'core', file: 'test/core/payout/outcomes.test.ts', name: 'P3: on whose side it came back' },
} satisfies Mutation;
