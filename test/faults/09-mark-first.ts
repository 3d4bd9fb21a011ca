import type { Mutation } from './mutation.ts';

export default {
  fault: '9',
  says: 'A dedupe mark written before the work: a crash then loses the sale for good.',
  edits: [
    {
      file: 'src/program/write-once.ts',
      find: 'const outcome = await commit(books, decision.guards, [...kept, ...decision.statements]);',
      replace: `await commit(books, [], kept);
    const outcome = await commit(books, decision.guards, decision.statements);`,
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/billing/crash.test.ts',
    name: 'fault 9: the sale told again is booked, once',
  },
} satisfies Mutation;
