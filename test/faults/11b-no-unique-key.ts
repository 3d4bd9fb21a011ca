import type { Mutation } from './mutation.ts';

export default {
  fault: '11b',
  says: 'A referral recorded twice for want of a unique key.',
  edits: [
    {
      file: 'migrations/clicks/0001_clicks.sql',
      find: `,
  PRIMARY KEY (day, visitor_id, click_id)
) STRICT, WITHOUT ROWID;`,
      replace: `
) STRICT;`,
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/clicks/consumer.test.ts',
    name: 'a batch delivered again, or overlapping another, writes 0 rows for what is there',
  },
} satisfies Mutation;
