import type { Mutation } from './mutation.ts';

export default {
  fault: '13b',
  says: 'Failed items retried for ever.',
  edits: [
    {
      file: 'src/payout/send.rules.ts',
      find: 'const stop = sending.find((send) => now - send.first_sent_at >= STOP_AFTER_MS);',
      replace: 'const stop = sending.find(() => false);',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/paypal.test.ts',
    name: 'fault 1: what is unknown is asked again with longer and longer waits, and after 25 days a person is',
  },
} satisfies Mutation;
