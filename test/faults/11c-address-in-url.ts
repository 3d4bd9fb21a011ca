import type { Mutation } from './mutation.ts';

export default {
  fault: '11c',
  says: 'Names and emails in the redirect URL.',
  edits: [
    {
      file: 'src/signup/form.routes.ts',
      find: 'const target = allowedNext(next, config.signup_origins, done.answer.signup_ref);',
      replace: `const told = new URLSearchParams({ email: fields.email, name: fields.name ?? '' });
  const target = allowedNext(next && \`\${next}?\${told}\`, config.signup_origins, done.answer.signup_ref);`,
    },
  ],
  caught_by: {
    project: 'workers',
    file: 'test/workers/signup/form-url.test.ts',
    name: 'fault 11: the address that a form leads on to holds no name and no email',
  },
} satisfies Mutation;
