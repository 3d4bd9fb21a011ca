import type { Mutation } from './mutation.ts';

export default {
  fault: '2a',
  says: 'A deterministic id with no attempt number.',
  edits: [
    {
      file: 'src/paypal/body.rules.ts',
      find: 'senderBatchId({ program_id, pay_date, chunk, attempt }: SendName)',
      replace: 'senderBatchId({ program_id, pay_date, chunk }: SendName)',
    },
    {
      file: 'src/paypal/body.rules.ts',
      find: 'return `${program_id}-${pay_date}-${chunk}-${attempt}`;',
      replace: 'return `${program_id}-${pay_date}-${chunk}`;',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/paypal/body.test.ts',
    name: 'fault 2: another attempt has another id',
  },
} satisfies Mutation;
