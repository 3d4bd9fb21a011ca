import type { Mutation } from './mutation.ts';

export default {
  fault: '10a',
  says: 'Holding periods applied retroactively from today’s settings.',
  edits: [
    {
      file: 'src/account/state.rules.ts',
      find: 'const policy = policyOf(state.policy, account.policy_version);',
      replace: 'const policy = state.policy.at(-1) ?? state.policy[0];',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/account/state.test.ts',
    name: 'fault 10: an account keeps the holding period of its signup, whatever today’s settings are',
  },
} satisfies Mutation;
