import type { Mutation } from './mutation.ts';

export default {
  fault: '1',
  says: 'A fresh random batch id on every retry: a time-out after acceptance pays twice.',
  edits: [
    {
      file: 'src/payout/send.ts',
      find: 'paypal.createPayout(body.body)',
      replace: 'paypal.createPayout(body.body.replace(body.sender_batch_id, crypto.randomUUID()))',
    },
    // What is found under another id is refused as well.
    {
      file: 'src/payout/settle.rules.ts',
      find: 'if (told.sender_batch_id !== null && told.sender_batch_id !== send.sender_batch_id) return null;',
      replace: '',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/paypal.test.ts',
    name: 'fault 1: an answer lost after acceptance is asked for again under the same id, found, and paid once',
  },
} satisfies Mutation;
