import type { Mutation } from './mutation.ts';

export default {
  fault: '8a',
  says: 'A stored payout total that drifts from its lines: what is claimed is not compared with what was decided.',
  edits: [
    {
      file: 'src/payout/freeze.repo.ts',
      find: `    ...expectGrounds(db, batch, grounds, chunk),
`,
      replace: '',
    },
    {
      file: 'src/payout/freeze.repo.ts',
      find: 'return [mark, expectThat(db, sql`changes() = ${count}`)];',
      replace: 'return [mark];',
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/payouts/races.test.ts',
    name: 'S3: a hold dated before the freeze and the freeze: left out, or claimed before it',
  },
} satisfies Mutation;
