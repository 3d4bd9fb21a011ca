import type { Mutation } from './mutation.ts';

export default {
  fault: '11a',
  says: 'A click dropped because the cache was down.',
  edits: [
    {
      file: 'src/attribution/link-lookup.ts',
      find: "if (mirrored?.value?.state === 'live') {",
      replace: `if (!mirrored) return { answer: { state: 'gone' }, behind: null };
  if (mirrored.value?.state === 'live') {`,
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/tracker/lookup.test.ts',
    name: 'fault 11: the cache fails, and the click is kept',
  },
} satisfies Mutation;
