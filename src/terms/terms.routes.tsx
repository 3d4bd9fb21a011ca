import { Hono, type Context } from 'hono';
import * as z from 'zod';

import { nextPath } from '../identity/next.rules.ts';
import { dayText } from '../letter/letter.rules.ts';
import { bareFrame, failurePage } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { readForm } from '../pages/form.ts';
import { pageAnswer } from '../pages/layout.tsx';
import { Notice } from '../pages/parts.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { acceptTerms } from './publish.ts';
import { currentTerms, findTerms, type TermsVersion } from './terms.repo.ts';

const AcceptForm = z.object({ version: z.coerce.number().int().min(1), next: z.string().max(600).optional() });

/** The program's terms: to read for everybody, to accept for partners who have signed in. */
export const termsPages = new Hono<Pages>();

/** The text of terms: a paragraph a line that is not empty. */
export function TermsText({ terms }: { terms: Pick<TermsVersion, 'body'> }) {
  return (
    <>
      {terms.body
        .split(/\n+/)
        .filter((line) => line.trim() !== '')
        .map((line) => (
          <p>{line}</p>
        ))}
    </>
  );
}

async function head(c: Context<Pages>, terms: TermsVersion) {
  const [policy] = await readPolicy(c.var.books);
  return `Version ${terms.version}, published on ${dayText(terms.published_at, policy.timezone)}.`;
}

termsPages.get('/terms/:version{[0-9]{1,6}}', async (c) => {
  const terms = await findTerms(c.var.books, Number(c.req.param('version')));
  if (!terms) return failurePage(c, 404);
  return pageAnswer(bareFrame(c.var.config.program_name, '/partners'), {
    title: `Terms, version ${terms.version}`,
    body: (
      <>
        <h1>Terms of the partner program</h1>
        <p class="soft">{await head(c, terms)}</p>
        <TermsText terms={terms} />
      </>
    ),
  });
});

async function askToAccept(c: Context<Pages>, next: string, notice?: string) {
  const terms = await currentTerms(c.var.books);
  if (!terms || c.var.person?.terms_due == null) return c.redirect(next, 303);
  return pageAnswer(
    { ...bareFrame(c.var.config.program_name, '/partners'), sign_out: '/partners/sign-out' },
    {
      title: 'New terms',
      body: (
        <>
          <h1>The terms of the program have changed</h1>
          {notice !== undefined && (
            <Notice tone="warn">
              <p>{notice}</p>
            </Notice>
          )}
          <p>Please read and accept them to go on. Your earnings and payouts are not touched by this in any way.</p>
          <p class="soft">{await head(c, terms)}</p>
          <TermsText terms={terms} />
          <form method="post" action="/partners/terms" class="stack">
            <input type="hidden" name="version" value={String(terms.version)} />
            <input type="hidden" name="next" value={next} />
            <button type="submit">I accept these terms</button>
          </form>
        </>
      ),
    },
  );
}

termsPages.get('/terms', (c) => askToAccept(c, nextPath('/partners', c.req.query('next'))));

termsPages.post('/terms', async (c) => {
  const { person } = c.var;
  if (person?.partner_id == null) return c.redirect('/partners/sign-in', 303);
  const read = await readForm(c, AcceptForm);
  if (!read.ok) return askToAccept(c, '/partners');
  const next = nextPath('/partners', read.value.next);
  const { books, now } = c.var;
  const by = `partner:${person.partner_id}`;
  if (await acceptTerms({ books, now, by }, person.partner_id, read.value.version)) return c.redirect(next, 303);
  return askToAccept(c, next, 'They have changed once more while you were reading.');
});
