import * as z from 'zod';

import { Email, Id } from '../http/schema.ts';
import { listLogins, proposedLogins } from '../identity/operator.repo.ts';
import { ADD_DETAILS } from '../identity/operator.routes.ts';
import { addOperator, removeOperator } from '../identity/operator.ts';
import { userOfOperator } from '../identity/user.repo.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { Field } from '../pages/parts.tsx';
import { readProgram } from '../program/program.repo.ts';
import { addAction } from './action.tsx';
import { createConsolePages } from './app.ts';
import { asked, consoleDoor, pathPart, show, wordsOf, type ConsoleContext } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { needed } from './fields.ts';
import { OperatorsBody } from './operators.page.tsx';

/** Who may sign in to the console. */
export const operatorPages = createConsolePages();

const PLACE = '/console/operators';
/** Whoever is to be let in is named by the form. */
const NOBODY_YET = {};
const keysOf = (c: ConsoleContext) => c.var.config.operators.map(({ name }) => name);

operatorPages.get('/operators', async (c) => {
  const { books, person, now } = c.var;
  const [words, logins, proposed] = await Promise.all([wordsOf(c), listLogins(books), proposedLogins(books, now)]);
  const seen = { own_name: person.operator_name, logins, proposed, keys: keysOf(c) };
  return show(c, PLACE, {
    title: 'Operators',
    body: (
      <>
        <DoneNotice code={asked(c, 'done')} />
        <OperatorsBody seen={seen} words={words} />
      </>
    ),
  });
});

addAction(operatorPages, {
  path: '/operators/new',
  place: PLACE,
  title: () => 'Let an operator sign in',
  about: () =>
    'An operator may do everything that the console and the API offer to operators. They are mailed a link to set a password, and set up a second factor before anything opens.',
  schema: z.object({ name: needed('A name').pipe(Id), email: needed('An address').pipe(Email) }),
  fields: ({ sent, faults }) => (
    <>
      <Field
        name="name"
        label="Name"
        value={sent['name']}
        fault={faults['name']}
        maxlength={64}
        hint="Letters, digits, _ and -; of who has a key of the API, the name of that key."
      />
      <Field
        name="email"
        label="Email address"
        type="email"
        value={sent['email']}
        fault={faults['email']}
        maxlength={254}
        hint="Of nobody who signs in already, and of no partner."
      />
    </>
  ),
  go: 'Go on',
  find: async () => NOBODY_YET,
  ask: async (c, _, { name, email }) => ({
    ok: true,
    says: [
      `${name} may sign in to the console by ${email}, and do all that operators do.`,
      name === c.var.person.operator_name
        ? 'This is your own name: it is done at once.'
        : 'It needs two people: the first proposes it, and it is done once another operator says the same.',
    ],
    yes: 'Yes, let them in',
  }),
  act: async (c, _, order) => {
    const { books, machine_now } = c.var;
    const { hasher } = await readProgram(books);
    const done = await addOperator({ ...consoleDoor(c), machine_now }, hasher, keysOf(c), order);
    if (!done.ok) {
      const field = done.reason === 'address_taken' ? 'email' : done.reason === 'busy' ? 'form' : 'name';
      return { ok: false, say: sentence(ADD_DETAILS[done.reason]), field };
    }
    if (done.status === 'done') sendMailSoon(c);
    const codes = { done: 'operator_added', proposed: 'proposed', unchanged: 'operator_stands' } as const;
    return { ok: true, done: codes[done.status], to: PLACE };
  },
  back: () => PLACE,
});

function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

addAction(operatorPages, {
  path: '/operators/:name/removal',
  place: PLACE,
  title: ({ operatorName }) => `Take the sign-in of ${operatorName ?? ''} away`,
  about: () => 'Password and second factor go, and every session of theirs ends at once. A key of the API stays.',
  schema: z.object({}),
  fields: () => null,
  go: 'Go on',
  find: (c: ConsoleContext) => userOfOperator(c.var.books, pathPart(c, 'name')),
  ask: async (c, { operatorName, email }) => ({
    ok: true,
    says: [
      `${operatorName} (${email}) signs in no more.`,
      keysOf(c).includes(operatorName ?? '')
        ? 'Their key of the API is not touched: whoever runs the program takes it out of OPERATOR_API_KEYS.'
        : 'They have no key of the API.',
      operatorName === c.var.person.operator_name
        ? 'This is you: it is done at once, and you are signed out.'
        : 'It needs two people: the first proposes it, and it is done once another operator says the same.',
    ],
    yes: 'Yes, take it away',
  }),
  act: async (c, { operatorName }) => {
    const { hasher } = await readProgram(c.var.books);
    const done = await removeOperator(consoleDoor(c), hasher, operatorName ?? '');
    if (!done.ok) return { ok: false, say: 'Others wrote at that moment. Please try again.' };
    return { ok: true, done: done.status === 'proposed' ? 'proposed' : 'operator_removed', to: PLACE };
  },
  back: () => PLACE,
});
