import type { Mutation } from './mutation.ts';

export default {
  fault: '7b',
  says: 'A refund after the commission was paid is skipped.',
  edits: [
    {
      file: 'src/commission/target.rules.ts',
      find: 'const refundedAt = Math.max(refund.refunded_at, payment.paid_at);',
      replace: `const refundedAt = Math.max(refund.refunded_at, payment.paid_at);
    if (refundedAt > term.vests_at) continue;`,
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/commission/c2-refunds.test.ts',
    name: 'C3: a refund after the payout posts one negative line, payable at once, with its cause',
  },
} satisfies Mutation;
