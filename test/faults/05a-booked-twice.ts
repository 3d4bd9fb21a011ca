import type { Mutation } from './mutation.ts';

export default {
  fault: '5a',
  says: 'Webhook and poll racing: one payment booked twice.',
  edits: [
    {
      file: 'src/payout/poll.ts',
      find: 'const outcome = await commit(db, guards, [',
      replace: 'const outcome = await commit(db, [], [',
    },
    {
      file: 'src/payout/outcome.repo.ts',
      find: 'const ref = part === undefined ? `${payout_id}:${kind}` : `${payout_id}.${part}:${kind}`;',
      replace: 'const ref = `${payout_id}.${part}:${kind}:${crypto.randomUUID()}`;',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/people.test.ts',
    name: 'fault 5: a poke books what GET says, once, however often and in whatever order it comes',
  },
} satisfies Mutation;
