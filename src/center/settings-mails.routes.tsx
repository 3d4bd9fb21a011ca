import type { Context } from 'hono';

import { goOn } from '../identity/sign-in.routes.tsx';
import { keepChoices, refusedKinds } from '../mail/choices.repo.ts';
import { MAIL_CHOICES, REFUSABLE_KINDS } from '../mail/choices.rules.ts';
import type { CenterPages } from '../pages/context.ts';
import { fieldsOf } from '../pages/form.ts';
import { Notice } from '../pages/parts.tsx';
import { runBatch } from '../program/commit.repo.ts';
import { centerPage, createCenterPages } from './app.ts';

/** Which mails a partner gets. */
export const mailChoicePages = createCenterPages();

function MailsPage({ refused, kept }: { refused: ReadonlySet<string>; kept: boolean }) {
  return (
    <>
      <h1>Mails</h1>
      {kept && (
        <Notice tone="good">
          <p>That is kept.</p>
        </Notice>
      )}
      <form method="post" action="/partners/settings/mails" class="stack">
        <fieldset>
          <legend>Write to me about</legend>
          {REFUSABLE_KINDS.map((kind) => (
            <label class="choice">
              <input type="checkbox" name={kind} value="yes" checked={!refused.has(kind)} /> {MAIL_CHOICES[kind]}
            </label>
          ))}
        </fieldset>
        <button type="submit">Keep</button>
      </form>
      <p>
        What is about signing in, API tokens, addresses and claims, what is decided about an account, and payouts that
        came back always goes: there you may have to act.
      </p>
      <p>
        <a href="/partners/settings">Back to settings</a>
      </p>
    </>
  );
}

mailChoicePages.get('/settings/mails', async (c: Context<CenterPages>) => {
  const refused = await refusedKinds(c.var.books, c.var.person.partner_id);
  const body = <MailsPage refused={refused} kept={c.req.query('done') === 'kept'} />;
  return centerPage(c.var.config.program_name, '/partners/settings', { title: 'Mails', body });
});

mailChoicePages.post('/settings/mails', async (c) => {
  const { books, now, person } = c.var;
  const sent = await fieldsOf(c);
  const wanted = new Set(REFUSABLE_KINDS.filter((kind) => sent[kind] === 'yes'));
  await runBatch(books, keepChoices(books, person.partner_id, wanted, now));
  return goOn(c, '/partners/settings/mails?done=kept');
});
