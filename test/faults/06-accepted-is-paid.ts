import type { Mutation } from './mutation.ts';

export default {
  fault: '6',
  says: 'Marked “paid” when the batch was merely accepted.',
  edits: [
    {
      file: 'src/payout/send.repo.ts',
      find: "UPDATE payouts SET status = 'in_flight', status_at",
      replace: "UPDATE payouts SET status = 'paid', status_at",
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/paypal.test.ts',
    name: 'fault 6: 201 is acceptance; paid is what PayPal says of the item, and not before',
  },
} satisfies Mutation;
