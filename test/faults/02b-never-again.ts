import type { Mutation } from './mutation.ts';

export default {
  fault: '2b',
  says: 'A FAILED item can never be paid again: its amount is not due anew.',
  edits: [
    { file: 'src/payout/send.repo.ts', find: '...(back.length > 0 ? [returnLines(db, back, now)] : []),', replace: '' },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/paypal.test.ts',
    name: 'fault 2: an item that failed is due anew and paid by a later Friday, under another id',
  },
} satisfies Mutation;
