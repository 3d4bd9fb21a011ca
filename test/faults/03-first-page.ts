import type { Mutation } from './mutation.ts';

export default {
  fault: '3',
  says: 'Reading only the first page of a batch: items past it never settle.',
  edits: [
    {
      file: 'src/payout/poll.ts',
      find: 'const more = batch.total_pages === null ? batch.items.length >= page_size : page < batch.total_pages;',
      replace: 'const more = false;',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/paypal.test.ts',
    name: 'fault 3: every page is read, and chunks are of the size that was asked for',
  },
} satisfies Mutation;
