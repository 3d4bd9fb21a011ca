import { Hono, type Context } from 'hono';
import * as z from 'zod';

import { Email, Name, text } from '../http/schema.ts';
import { networkOf } from '../http/sender.ts';
import { orderPasswordMail } from '../identity/password-mail.ts';
import { bareFrame } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { readForm } from '../pages/form.ts';
import { pageAnswer } from '../pages/layout.tsx';
import { isCountry } from '../partner/country.rules.ts';
import { readProgram } from '../program/program.repo.ts';
import { currentTerms } from '../terms/terms.repo.ts';
import { AppliedBody, ApplyBody, type ApplyProps } from './apply.page.tsx';
import { apply } from './apply.ts';

const ApplyForm = z.object({
  name: z.string('Your name is needed').pipe(Name),
  email: z.string('Your email address is needed').pipe(Email),
  country: z.string('Please choose your country').refine(isCountry, 'Please choose your country'),
  text: z.string('A few sentences, please').pipe(text(4000)),
  terms_version: z.coerce.number().int().min(1).optional(),
  accepted: z.literal('yes').optional(),
});

/** The public form to become a partner. */
export const applyPages = new Hono<Pages>();

async function showForm(c: Context<Pages>, props: Omit<ApplyProps, 'program_name' | 'terms'>, status = 200) {
  const { program_name } = c.var.config;
  const terms = await currentTerms(c.var.books);
  return pageAnswer(bareFrame(program_name, '/partners'), {
    title: 'Become a partner',
    narrow: true,
    status,
    body: <ApplyBody program_name={program_name} terms={terms} {...props} />,
  });
}

applyPages.get('/apply', (c) => showForm(c, {}));

applyPages.post('/apply', async (c) => {
  const { success } = await c.env.FORM_LIMIT.limit({ key: `apply:${networkOf(c.req.raw.headers) ?? 'local'}` });
  if (!success) return showForm(c, { notice: 'There were too many applications. Please try again in a minute.' }, 429);
  const read = await readForm(c, ApplyForm);
  if (!read.ok) return showForm(c, { sent: read.sent, faults: read.faults }, 422);
  const { accepted, terms_version = null, ...input } = read.value;
  if (terms_version !== null && accepted === undefined)
    return showForm(c, { sent: asText(input), faults: { accepted: 'The terms have to be accepted' } }, 422);
  const { books, now, config } = c.var;
  const { hasher } = await readProgram(books);
  const outcome = await apply({ books, now }, hasher, config, { ...input, terms_version });
  if (outcome === 'terms_changed')
    return showForm(
      c,
      { sent: asText(input), notice: 'The terms have changed meanwhile. Please read and accept them.' },
      409,
    );
  if (outcome === 'busy') return showForm(c, { sent: asText(input), notice: 'Please try again in a minute.' }, 503);
  // Who is known is helped by a mail, never told on the screen.
  if (outcome === 'known') await orderPasswordMail(c, input.email);
  return c.redirect('/partners/applied', 303);
});

applyPages.get('/applied', (c) =>
  pageAnswer(bareFrame(c.var.config.program_name, '/partners'), {
    title: 'Thank you',
    narrow: true,
    body: <AppliedBody />,
  }),
);

function asText(input: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]));
}
