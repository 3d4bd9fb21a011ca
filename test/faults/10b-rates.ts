import type { Mutation } from './mutation.ts';

export default {
  fault: '10b',
  says: 'Rates applied retroactively from today’s settings.',
  edits: [
    {
      file: 'src/commission/rate.rules.ts',
      find: 'if (rate.at <= at && (!found || rate.at >= found.at)) found = rate;',
      replace: 'if (at > 0 && (!found || rate.at >= found.at)) found = rate;',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/commission/c1-rate.test.ts',
    name: 'C1: a later rate never changes what an earlier payment earned',
  },
} satisfies Mutation;
