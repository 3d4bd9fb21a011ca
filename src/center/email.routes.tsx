import { Hono, type Context } from 'hono';
import * as z from 'zod';

import { Email } from '../http/schema.ts';
import { goOn } from '../identity/sign-in.routes.tsx';
import { dayText } from '../letter/letter.rules.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { bareFrame, failurePage } from '../pages/app.tsx';
import type { CenterPages, Pages } from '../pages/context.ts';
import { readForm } from '../pages/form.ts';
import { pageAnswer, type PageContent } from '../pages/layout.tsx';
import { findEmailChange, waitingChange } from '../partner/email-change.repo.ts';
import { callOffEmail, changeStands, confirmEmail, proposeEmail } from '../partner/email-change.ts';
import { openLetterLink } from '../partner/letter-link.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { onFile } from '../partner/partner.rules.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { partnerDoor } from './door.ts';
import { ConfirmEmailPage, EMAIL_DONE, EmailPage, TakenPage } from './email.page.tsx';
import type { Faults } from './settings.page.tsx';
import { proved, ProofForm } from './settings.routes.tsx';

/** The address of a partner's contact, which is what they sign in by. */
export const emailPages = createCenterPages();

const EmailForm = ProofForm.extend({ email: z.string('An email address, such as name@example.com').pipe(Email) });

const WHY = {
  same: 'This is your address already',
  too_many: 'You have asked for several changes today. Please go on tomorrow.',
} as const;

async function show(c: Context<CenterPages>, faults: Faults = {}, sent?: string, status = 200): Promise<Response> {
  const { books, now, person, config } = c.var;
  const [{ partner }, waiting, [policy]] = await Promise.all([
    readPartner(books, person.partner_id),
    waitingChange(books, person.partner_id, now),
    readPolicy(books),
  ]);
  const asked = c.req.method === 'GET' ? c.req.query('done') : undefined;
  const body = (
    <EmailPage
      email={partner ? (onFile(partner, 'contact')?.email ?? null) : null}
      waiting={
        waiting && {
          email: waiting.email,
          former_confirmed: waiting.former_confirmed_at !== null,
          new_confirmed: waiting.new_confirmed_at !== null,
          until_at: waiting.expires_at,
          until: dayText(waiting.expires_at, policy.timezone),
        }
      }
      two_factor={person.two_factor}
      done={(Object.keys(EMAIL_DONE) as (keyof typeof EMAIL_DONE)[]).find((code) => code === asked)}
      faults={faults}
      sent={sent}
    />
  );
  return centerPage(config.program_name, '/partners/settings', { title: 'Email address', status, body });
}

emailPages.get('/settings/email', (c) => show(c));

emailPages.post('/settings/email', async (c) => {
  const read = await readForm(c, EmailForm);
  if (!read.ok) return show(c, read.faults, read.sent['email'], 400);
  const { email } = read.value;
  const proof = await proved(c, read.value);
  if (!proof.ok) return show(c, proof.faults, email, proof.status);
  const { hasher } = await readProgram(c.var.books);
  const asked = await proposeEmail(partnerDoor(c), hasher, c.var.person.partner_id, email);
  if (!asked.ok) {
    if (asked.reason === 'not_found') return failurePage(c as unknown as Context<Pages>, 404);
    return show(c, { email: WHY[asked.reason] }, email, asked.reason === 'too_many' ? 429 : 422);
  }
  sendMailSoon(c);
  return goOn(c, '/partners/settings/email?done=asked');
});

emailPages.post('/settings/email/off', async (c) => {
  await callOffEmail(partnerDoor(c), c.var.person.partner_id);
  return goOn(c, '/partners/settings/email?done=called_off');
});

/** What opens behind the links of the two letters; nobody needs to sign in, and opening it does nothing. */
export const confirmEmailPages = new Hono<Pages>();

const AnswerForm = z.object({ answer: z.enum(['confirm', 'off']) });

function letterPage(c: Context<Pages>, content: Omit<PageContent, 'narrow' | 'headers'>): Promise<Response> {
  const frame = bareFrame(c.var.config.program_name, '/partners');
  // The link is the key: it goes nowhere with the page.
  return pageAnswer(frame, { ...content, narrow: true, headers: { 'referrer-policy': 'no-referrer' } });
}

confirmEmailPages.get('/email/:token', async (c) => {
  const { books, config, now } = c.var;
  const link = await openLetterLink(c.env, config.public_url, 'email', c.req.param('token'), now);
  const stands = link && (await changeStands(books, link, now));
  if (!link || !stands) return failurePage(c, 404);
  const body = <ConfirmEmailPage stands={stands} side={link.side} action={c.req.path} />;
  return letterPage(c, { title: 'Your email address', body });
});

confirmEmailPages.post('/email/:token', async (c) => {
  const { books, config, now } = c.var;
  const link = await openLetterLink(c.env, config.public_url, 'email', c.req.param('token'), now);
  const read = await readForm(c, AnswerForm);
  const change = link && (await findEmailChange(books, link.change_id));
  if (!link || !change) return failurePage(c, 404);
  if (!read.ok) return goOn(c, c.req.path);
  if (read.value.answer === 'off') {
    if (change.ended_at === null) await callOffEmail({ books, now, by: 'letter', via: 'mail_link' }, change.partner_id);
    return goOn(c, c.req.path);
  }
  const { hasher } = await readProgram(books);
  const done = await confirmEmail(books, hasher, link, now);
  if (done.ok) return goOn(c, c.req.path);
  if (done.reason === 'taken') return letterPage(c, { title: 'Your email address', status: 409, body: <TakenPage /> });
  return failurePage(c, done.reason === 'busy' ? 503 : 404);
});
