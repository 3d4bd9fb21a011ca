import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';

import { dayOf } from '../calendar/zone.rules.ts';
import { createRoutes } from '../http/app.ts';
import type { Api } from '../http/context.ts';
import { networkOf } from '../http/sender.ts';
import { doorOf } from '../http/written.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { againPage, answeredPage, askPage, pageHeaders, uselessPage } from './confirm-page.ts';
import { verifyConfirmToken } from './confirm-token.ts';
import { answerQuestion } from './confirm.ts';
import { readQuestion, type QuestionRead } from './question.ts';

/** The page behind the signed link of a mail (R3): opening it decides nothing, only its button does. */
export const confirmRoutes = createRoutes();

type PageContext = Context<Api, '/confirm/:token'>;
type Status = 200 | 400 | 404 | 409 | 410 | 413 | 429 | 503;

async function show(c: PageContext, body: Promise<string>, status: Status): Promise<Response> {
  return c.body(await body, status, await pageHeaders());
}

/** Bounds what one address may ask for, then opens the question that the link stands for; a response where there is none. */
async function opened(c: PageContext): Promise<QuestionRead | Response> {
  const { books, config, now } = c.var;
  const { success } = await c.env.FORM_LIMIT.limit({ key: `confirm/${networkOf(c.req.raw.headers) ?? 'local'}` });
  if (!success) return show(c, againPage(config.program_name, 'rate_limited'), 429);
  const link = await verifyConfirmToken(c.env, config.public_url, c.req.param('token'), now);
  if (!link.ok)
    return link.reason === 'expired'
      ? show(c, uselessPage(config.program_name, 'too_late'), 410)
      : show(c, uselessPage(config.program_name, 'not_ours'), 404);
  const read = await readQuestion(books, link.confirmation_id, now);
  return read ?? show(c, uselessPage(config.program_name, 'not_ours'), 404);
}

confirmRoutes.get('/confirm/:token', async (c) => {
  const read = await opened(c);
  if (read instanceof Response) return read;
  const { program_name } = c.var.config;
  const { confirmation, partner_name, stands } = read;
  if (stands === 'answered' && confirmation.answer !== null)
    return show(c, answeredPage(program_name, partner_name, confirmation.answer), 200);
  if (stands !== 'open') return show(c, uselessPage(program_name, stands), 410);
  const [policy] = await readPolicy(c.var.books);
  const { purpose, expires_at } = confirmation;
  const until_on = dayOf(expires_at, policy.timezone);
  return show(c, askPage(program_name, { purpose, partner_name, expires_at }, until_on), 200);
});

const MAX_ANSWER_BYTES = 4096;
const tooLarge = (c: Context<Api>) => show(c as PageContext, againPage(c.var.config.program_name, 'no_answer'), 413);

confirmRoutes.post('/confirm/:token', bodyLimit({ maxSize: MAX_ANSWER_BYTES, onError: tooLarge }), async (c) => {
  const read = await opened(c);
  if (read instanceof Response) return read;
  const { books, config } = c.var;
  const { program_name } = config;
  const answer = await answerOf(c);
  if (answer === null) return show(c, againPage(program_name, 'no_answer'), 400);
  const { hasher } = await readProgram(books);
  const { confirmation, partner_name } = read;
  const done = await answerQuestion(doorOf(c), hasher, confirmation.confirmation_id, answer);
  if (done.ok) return show(c, answeredPage(program_name, partner_name, done.answer), 200);
  if (done.reason === 'busy') return show(c, againPage(program_name, 'busy'), 503);
  if (done.reason === 'answered') return show(c, uselessPage(program_name, 'answered'), 409);
  const why = done.reason === 'not_found' ? 'not_ours' : done.reason;
  return show(c, uselessPage(program_name, why), why === 'not_ours' ? 404 : 410);
});

/** The button that was pressed; null for anything else. */
async function answerOf(c: PageContext): Promise<'yes' | 'no' | null> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) return null;
  const answer = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer())).get('answer');
  return answer === 'yes' || answer === 'no' ? answer : null;
}
