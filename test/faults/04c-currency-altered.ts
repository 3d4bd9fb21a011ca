import type { Mutation } from './mutation.ts';

export default {
  fault: '4c',
  says: 'Two currencies in one batch: a setting changes the currency while balances stand in the former one.',
  edits: [
    {
      file: 'src/policy/version.rules.ts',
      find: "const FOR_LIFE = ['currency', 'timezone', 'week_starts_on']",
      replace: "const FOR_LIFE = ['timezone', 'week_starts_on']",
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/policy/version.test.ts',
    name: 'P1, C1: another currency is refused',
  },
} satisfies Mutation;
