import type { Mutation } from './mutation.ts';

export default {
  fault: '7c',
  says: 'Disputes ignored: what is disputed is paid out.',
  edits: [
    {
      file: 'src/payout/claim.repo.ts',
      find: "const OF_PAYMENT = sql`h.payment_id = l.payment_id AND h.kind = 'dispute'`;",
      replace: "const OF_PAYMENT = sql`h.payment_id = l.payment_id AND h.kind = 'nothing'`;",
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/freeze.test.ts',
    name: 'S3, R3, C2: lines under a hold that is open at the freeze are left out, positive and negative',
  },
} satisfies Mutation;
