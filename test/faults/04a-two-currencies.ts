import type { Mutation } from './mutation.ts';

export default {
  fault: '4a',
  says: 'Two currencies in one batch: what was paid in another one is paid out as if it were the program’s.',
  edits: [
    {
      file: 'src/commission/target.rules.ts',
      find: 'return payment.currency === currency ? payment.amount - payment.tax_amount : payment.converted_amount;',
      replace: "return currency === '' ? null : payment.amount - payment.tax_amount;",
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/commission/c1-rate.test.ts',
    name: 'earns nothing until an operator gives the amount',
  },
} satisfies Mutation;
