import type { Mutation } from './mutation.ts';

export default {
  fault: '4b',
  says: 'Two currencies in one batch: an item that PayPal shows in another one is booked as if it were the batch’s.',
  edits: [
    {
      file: 'src/payout/settle.rules.ts',
      find: 'if (item.amount?.currency !== currency || amountIn(item.amount.value, currency) !== own.amount) return null;',
      replace: "if (amountIn(item.amount?.value ?? '', currency) !== own.amount) return null;",
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/payout/settle.test.ts',
    name: 'fault 4: an item in another currency is not the one that was frozen',
  },
} satisfies Mutation;
