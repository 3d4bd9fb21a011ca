import type { Mutation } from './mutation.ts';

export default {
  fault: '5b',
  says: 'A late SUCCEEDED after RETURNED marks it paid again.',
  edits: [
    {
      file: 'src/payout/settle.rules.ts',
      find: "return from === 'paid' && to === 'came_back' ? to : null;",
      replace: "return from === 'ended' || to === 'came_back' ? to : null;",
    },
    {
      file: 'src/payout/settle.rules.ts',
      find: `if (changed.some((item) => (paid ? item.outcome === 'ended' : item.outcome === 'paid'))) {
    return { move: null, contradiction: true };
  }`,
      replace: `if (!paid && changed.some((item) => item.outcome === 'paid')) {
    return { move: settlePayout(payout, items, at), contradiction: false };
  }`,
    },
    // The books refuse it as well.
    {
      file: 'migrations/books/0002_paypal.sql',
      find: 'CREATE TRIGGER send_items_forward BEFORE UPDATE OF outcome ON send_items WHEN OLD',
      replace: 'CREATE TRIGGER send_items_forward BEFORE UPDATE OF outcome ON send_items WHEN 1 = 0 AND OLD',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/people.test.ts',
    name: 'fault 5: a late SUCCESS after RETURNED, or a late FAILED after SUCCESS, moves nothing and is told',
  },
} satisfies Mutation;
