import * as z from 'zod';

import { findApplication, waitingApplications, type ApplicationSeen } from '../application/application.repo.ts';
import { cursorOf } from '../http/cursor.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { changePartner } from '../partner/change-partner.ts';
import { mirrorLinks } from '../partner/link-mirror.ts';
import { readProgram } from '../program/program.repo.ts';
import { acceptancesOf } from '../terms/terms.repo.ts';
import { addAction, type Outcome } from './action.tsx';
import { createConsolePages } from './app.ts';
import { ApplicationBody, applicationPath, ApplicationsBody, countryName } from './applications.page.tsx';
import {
  asked,
  consoleDoor,
  cursorKey,
  missing,
  pathPart,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
} from './common.tsx';
import { DoneNotice, type DoneCode } from './done.tsx';
import { ReasonField } from './fields.ts';
import { ReasonArea } from './reason-area.tsx';

/** Who has applied to become a partner: read, approve, decline. */
export const applicationPages = createConsolePages();

const LIST = '/console/applications';
/** Rows that one reading gives. */
const MOST = 100;

applicationPages.get('/applications', async (c) => {
  const [applied_at = '', partner_id = ''] = cursorKey(c)?.split(' ') ?? [];
  const after = /^\d{1,15}$/.test(applied_at) ? { applied_at: Number(applied_at), partner_id } : null;
  const [words, rows] = await Promise.all([wordsOf(c), waitingApplications(c.var.books, after)]);
  const last = rows.length === MOST ? rows.at(-1) : undefined;
  const more = last ? withQuery(LIST, { cursor: cursorOf(`${last.applied_at} ${last.partner_id}`) }) : null;
  return show(c, '/console', {
    title: 'Applications',
    body: (
      <>
        <DoneNotice code={asked(c, 'done')} />
        <ApplicationsBody rows={rows} more={more} words={words} />
      </>
    ),
  });
});

const find = (c: ConsoleContext) => findApplication(c.var.books, pathPart(c, 'partner_id'));

applicationPages.get('/applications/:partner_id', async (c) => {
  const application = await find(c);
  if (application === null) return missing(c);
  const [words, accepted] = await Promise.all([wordsOf(c), acceptancesOf(c.var.books, application.partner_id)]);
  return show(c, '/console', {
    title: `Application of ${application.name ?? application.partner_id}`,
    body: <ApplicationBody application={application} accepted={accepted} words={words} />,
  });
});

const nameOf = ({ name, partner_id }: ApplicationSeen) => name ?? partner_id;
const DECIDED = { ok: false, say: 'This application has been decided already.' } as const;

/** Decides by the partner's status: what else follows, follows there. */
async function decide(
  c: ConsoleContext,
  { partner_id }: ApplicationSeen,
  patch: { status: 'active' } | { status: 'closed'; reason: string },
  done: DoneCode,
): Promise<Outcome> {
  const { books, now } = c.var;
  const { hasher } = await readProgram(books);
  const changed = await changePartner(consoleDoor(c), hasher, 'operator', partner_id, patch);
  if (!changed.ok) return { ok: false, say: 'Others changed this partner at that moment. Please look at it again.' };
  await mirrorLinks(c.env.LINKS, books, { partner_id }, now);
  sendMailSoon(c);
  return { ok: true, done, to: LIST };
}

addAction(applicationPages, {
  path: '/applications/:partner_id/approval',
  place: '/console',
  title: (application) => `Approve ${nameOf(application)}`,
  about: () => 'Who is approved is a partner from now on: their link leads, and what they refer earns.',
  schema: z.object({}),
  fields: () => null,
  go: 'Approve',
  find,
  ask: async (_, application) => {
    if (application.decision !== null) return DECIDED;
    const { email, country } = application;
    return {
      ok: true,
      says: [
        `${nameOf(application)} (${email ?? 'address erased'}, ${countryName(country)}) becomes a partner.`,
        email === null
          ? 'Their address has been erased, so nobody can sign in for them, and nothing is mailed.'
          : 'They are mailed a link to set a password, and may sign in by that address.',
      ],
      yes: 'Yes, approve',
    };
  },
  act: (c, application) => decide(c, application, { status: 'active' }, 'application_approved'),
  back: ({ partner_id }) => applicationPath(partner_id),
});

addAction(applicationPages, {
  path: '/applications/:partner_id/decline',
  place: '/console',
  title: (application) => `Decline ${nameOf(application)}`,
  about: () => 'Who is declined is no partner. The reason is kept for operators and is not told to them.',
  schema: z.object({ reason: ReasonField }),
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Decline',
  find,
  ask: async (_, application) => {
    if (application.decision !== null) return DECIDED;
    return {
      ok: true,
      says: [
        `The application of ${nameOf(application)} is declined, and the partner is closed.`,
        'No mail tells them: write to them yourself if you want them to know.',
      ],
      yes: 'Yes, decline',
    };
  },
  act: (c, application, { reason }) => decide(c, application, { status: 'closed', reason }, 'application_declined'),
  back: ({ partner_id }) => applicationPath(partner_id),
});
