import type { Mutation } from './mutation.ts';

export default {
  fault: '12a',
  says: 'Cut-off times computed once at module load.',
  edits: [
    {
      file: 'src/payout/due.rules.ts',
      find: 'const today = dayOf(scheduled_at, history[0].timezone);',
      replace: 'const today = (loaded.today ??= dayOf(scheduled_at, history[0].timezone));',
    },
    {
      file: 'src/payout/due.rules.ts',
      find: 'const DAY_NAMES =',
      replace: `const loaded: { today?: string } = {};
const DAY_NAMES =`,
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/payout/due.test.ts',
    name: 'runs at any instants freeze each pay day after the first once, in order',
  },
} satisfies Mutation;
