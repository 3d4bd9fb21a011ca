import { createRoute, z } from '@hono/zod-openapi';

import { systemNow } from '../clock.ts';
import { failed, jsonAnswer, jsonBody, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, nameOf } from '../http/auth.ts';
import { Email, Id, instantOut } from '../http/schema.ts';
import { doorOf } from '../http/written.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { readProgram } from '../program/program.repo.ts';
import { listLogins } from './operator.repo.ts';
import { addOperator, removeOperator } from './operator.ts';

/** Who may sign in to the console, by operators. */
export const operatorRoutes = createRoutes();

const operator = allow('operator');
const OperatorOut = z
  .object({
    name: Id.openapi({ description: 'the name that decisions and the audit log keep; the same as of a key' }),
    email: z.string().nullable().openapi({ description: 'null: a key of that name alone, nobody signs in' }),
    second_factor: z.boolean(),
    password_set: z.boolean(),
    since: z.string().nullable(),
    has_key: z.boolean(),
  })
  .openapi('Operator');
const Settled = z.object({ name: Id, status: z.enum(['done', 'proposed', 'unchanged']) }).openapi('OperatorAnswer');

const getOperators = createRoute({
  method: 'get',
  path: '/v1/operators',
  tags: ['operator'],
  middleware: operator,
  responses: {
    200: jsonAnswer(z.object({ data: z.array(OperatorOut) }), 'Who may sign in to the console, and names of keys'),
    ...PROBLEM_ANSWERS,
  },
});
operatorRoutes.openapi(getOperators, async (c) => {
  const logins = await listLogins(c.var.books);
  const keys = c.var.config.operators.map(({ name }) => name);
  const signing = new Set(logins.map((login) => login.operator_name));
  const data = [
    ...logins.map(({ operator_name, email, second_factor, password_set, created_at }) => ({
      name: operator_name,
      email,
      second_factor,
      password_set,
      since: instantOut(created_at),
      has_key: keys.includes(operator_name),
    })),
    ...keys
      .filter((name) => !signing.has(name))
      .map((name) => ({ name, email: null, second_factor: false, password_set: false, since: null, has_key: true })),
  ];
  return c.json({ data: data.toSorted((a, b) => (a.name < b.name ? -1 : 1)) }, 200);
});

const postOperator = createRoute({
  method: 'post',
  path: '/v1/operators',
  tags: ['operator'],
  middleware: operator,
  request: {
    body: jsonBody(
      z
        .strictObject({ name: Id.optional().openapi({ description: 'default: the caller’s own' }), email: Email })
        .openapi('NewOperator'),
    ),
  },
  responses: {
    200: jsonAnswer(Settled, 'They may already, by this address'),
    201: jsonAnswer(Settled, 'They may sign in, and are mailed a link to set a password'),
    202: jsonAnswer(Settled, 'Another’s name: proposed; done by the same call from another name'),
    ...PROBLEM_ANSWERS,
  },
});
operatorRoutes.openapi(postOperator, async (c) => {
  const { name = nameOf(c.var.actor), email } = c.req.valid('json');
  const { hasher } = await readProgram(c.var.books);
  const keys = c.var.config.operators.map((key) => key.name);
  const done = await addOperator({ ...doorOf(c), machine_now: systemNow() }, hasher, keys, { name, email });
  if (!done.ok)
    return failed(
      {
        reserved: 'invalid',
        name_alike: 'invalid',
        name_taken: 'conflict',
        address_taken: 'conflict',
        busy: 'busy',
      },
      done.reason,
      ADD_DETAILS[done.reason],
    );
  if (done.status === 'done') sendMailSoon(c);
  return c.json({ name, status: done.status }, done.status === 'done' ? 201 : done.status === 'proposed' ? 202 : 200);
});

/** Why somebody cannot be let in, in words for operators. */
export const ADD_DETAILS = {
  reserved: 'the books keep this name for something else',
  name_alike: 'another operator has this name but for upper and lower case',
  name_taken: 'somebody signs in under this name by another address: remove that first',
  address_taken: 'somebody else signs in by this address, or it is a partner’s',
  busy: 'others wrote at that moment, try again',
} as const;

const deleteOperator = createRoute({
  method: 'delete',
  path: '/v1/operators/{name}',
  tags: ['operator'],
  middleware: operator,
  request: { params: z.object({ name: Id }) },
  responses: {
    200: jsonAnswer(Settled, 'They sign in no more, and every session of theirs has ended; a key is not touched'),
    202: jsonAnswer(Settled, 'Another’s name: proposed; done by the same call from another name'),
    ...PROBLEM_ANSWERS,
  },
});
operatorRoutes.openapi(deleteOperator, async (c) => {
  const { name } = c.req.valid('param');
  const { hasher } = await readProgram(c.var.books);
  const done = await removeOperator(doorOf(c), hasher, name);
  if (!done.ok) return failed({ not_found: 'not_found', busy: 'busy' }, done.reason);
  return c.json({ name, status: done.status }, done.status === 'proposed' ? 202 : 200);
});
