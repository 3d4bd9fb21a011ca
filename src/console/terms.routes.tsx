import * as z from 'zod';

import { cursorOf } from '../http/cursor.ts';
import { text } from '../http/schema.ts';
import { TextArea } from '../pages/text-area.tsx';
import { publishTerms } from '../terms/publish.ts';
import { acceptancesOfVersion, currentTerms, findTerms, listTerms } from '../terms/terms.repo.ts';
import { addAction } from './action.tsx';
import { createConsolePages } from './app.ts';
import {
  asked,
  consoleDoor,
  cursorKey,
  missing,
  PAGE_ROWS,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
} from './common.tsx';
import { DoneNotice } from './done.tsx';
import { needed } from './fields.ts';
import { TermsBody, termsPath, TermsVersionBody } from './terms.page.tsx';

/** The program's terms for partners: versions, who accepted which, and the next one. */
export const termsConsolePages = createConsolePages();

const PLACE = '/console/terms';
/** Characters of terms that a form carries: longer ones go by the API. */
const MOST = 20_000;

termsConsolePages.get('/terms', async (c) => {
  const [words, versions] = await Promise.all([wordsOf(c), listTerms(c.var.books)]);
  return show(c, PLACE, {
    title: 'Terms',
    body: (
      <>
        <DoneNotice code={asked(c, 'done')} />
        <TermsBody versions={versions} words={words} />
      </>
    ),
  });
});

addAction(termsConsolePages, {
  path: '/terms/new',
  place: PLACE,
  title: () => 'Publish a new version of the terms',
  about: ({ current }) =>
    current === null
      ? 'The first version: who applies from now on has to accept it.'
      : `The field holds version ${current.version}; change it to what is to hold from now on. A paragraph a line.`,
  schema: z.object({
    // Browsers send line ends of two characters.
    body: needed('The text of the terms')
      .transform((typed) => typed.replaceAll('\r\n', '\n'))
      .pipe(text(MOST)),
  }),
  fields: ({ sent, faults, subject: { current } }) => (
    <TextArea
      name="body"
      label="Terms"
      value={sent['body'] ?? current?.body ?? ''}
      fault={faults['body']}
      maxlength={MOST}
      hint="At most 20,000 characters here; longer terms go by the API."
    />
  ),
  go: 'Go on',
  find: async (c: ConsoleContext) => ({ current: await currentTerms(c.var.books) }),
  ask: async (_, { current }, { body }) => {
    if (current?.body === body) return { ok: false, say: 'These words are in force already.', field: 'body' };
    const version = (current?.version ?? 0) + 1;
    return {
      ok: true,
      says: [
        `Version ${version} of the terms, of ${body.length} characters, is in force from now on, and cannot be changed or taken back.`,
        'Every partner is asked to accept it at the next sign-in; who applies has to accept it.',
      ],
      yes: `Yes, publish version ${version}`,
    };
  },
  act: async (c, _, { body }) => {
    const done = await publishTerms(consoleDoor(c), body);
    if (!done.ok) return { ok: false, say: 'Somebody published terms at that moment. Please look at them first.' };
    return { ok: true, done: done.first_time ? 'terms_published' : 'done_before', to: PLACE };
  },
  back: () => PLACE,
});

termsConsolePages.get('/terms/:version{[0-9]{1,6}}', async (c) => {
  const version = Number(c.req.param('version'));
  const terms = await findTerms(c.var.books, version);
  if (terms === null) return missing(c);
  const [accepted_at = '', partner_id = ''] = cursorKey(c)?.split(' ') ?? [];
  const before = /^\d{1,15}$/.test(accepted_at) ? { accepted_at: Number(accepted_at), partner_id } : null;
  const [words, rows] = await Promise.all([
    wordsOf(c),
    acceptancesOfVersion(c.var.books, version, before, PAGE_ROWS + 1),
  ]);
  const accepted = rows.slice(0, PAGE_ROWS);
  const last = rows.length > PAGE_ROWS ? accepted.at(-1) : undefined;
  const cursor = last ? cursorOf(`${last.accepted_at} ${last.partner_id}`) : null;
  const more = cursor === null ? null : withQuery(termsPath(version), { cursor });
  return show(c, PLACE, {
    title: `Terms, version ${version}`,
    body: <TermsVersionBody terms={terms} accepted={accepted} more={more} words={words} />,
  });
});
