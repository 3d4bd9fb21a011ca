import * as z from 'zod';

import { cursorOf } from '../http/cursor.ts';
import { findMail } from '../mail/mail.repo.ts';
import { notAgain, type MailRow } from '../mail/outbox.rules.ts';
import { sendAgain } from '../mail/send-again.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { More, Table } from '../pages/parts.tsx';
import { addAction } from './action.tsx';
import { createConsolePages } from './app.ts';
import { Subject } from './audit.page.tsx';
import { asked, consoleDoor, cursorKey, None, PAGE_ROWS, pathPart, show, When, withQuery, wordsOf } from './common.tsx';
import type { ConsoleContext, Words } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { failedMails, type FailedMail } from './mails.repo.ts';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';
import { mailReason, mailWord } from './words.ts';

/** Mails that did not go out, and sending one again. What they say, and to which address, stands nowhere here. */
export const mailPages = createConsolePages();

const PATH = '/console/mails';

function Again({ mail, now }: { mail: FailedMail; now: number }) {
  if (notAgain({ ...mail, status: 'failed' }, now) !== null) return <>of no use any more</>;
  return <a href={`${PATH}/${encodeURIComponent(mail.mail_id)}/again`}>{`Send again: ${mailWord(mail.kind)}`}</a>;
}

function MailsBody(props: { rows: readonly FailedMail[]; more: string | null; done: string; words: Words }) {
  const { rows, more, done, words } = props;
  return (
    <>
      <h1>Mails that failed</h1>
      <DoneNotice code={done} />
      {rows.length === 0 ? (
        <None>None.</None>
      ) : (
        <Table caption="Given up, the latest first" head={['Queued', 'Mail', 'About', 'Tries', 'Why', 'Again']}>
          {rows.map((mail) => (
            <tr>
              <td>
                <When at={mail.queued_at} words={words} />
              </td>
              <td>{mailWord(mail.kind)}</td>
              <td>
                <Subject subject={mail.subject} />
              </td>
              <td class="num">{mail.tries}</td>
              <td>{mailReason(mail.reason)}</td>
              <td>
                <Again mail={mail} now={words.now} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </>
  );
}

mailPages.get('/mails', async (c) => {
  const [, queued_at, mail_id] = /^(\d{1,16}):(.{1,300})$/.exec(cursorKey(c) ?? '') ?? [];
  const before = queued_at === undefined || mail_id === undefined ? null : { queued_at: Number(queued_at), mail_id };
  const [words, found] = await Promise.all([wordsOf(c), failedMails(c.var.books, before, PAGE_ROWS)]);
  const rows = found.slice(0, PAGE_ROWS);
  const last = rows.at(-1);
  const cursor = found.length > PAGE_ROWS && last ? cursorOf(`${last.queued_at}:${last.mail_id}`) : null;
  const more = cursor === null ? null : withQuery(PATH, { cursor });
  return show(c, '/console', {
    title: 'Mails that failed',
    body: <MailsBody rows={rows} more={more} done={asked(c, 'done')} words={words} />,
  });
});

const REFUSALS = {
  ...COMMON_REFUSALS,
  not_failed: 'This mail has not failed, or is being sent again already.',
  too_late: 'This mail is of no use any more: its time is over.',
} as const;

function says({ kind, subject, reason }: MailRow): string[] {
  return [
    `The mail (${mailWord(kind)}, about ${subject}) is written anew as things stand now, and goes out once more, to the address on file. What is settled by then is not sent.`,
    ...(reason === 'outcome_unknown'
      ? ['No answer came when it was sent: it may have arrived, and then comes twice.']
      : []),
    ...(kind === 'ask_client'
      ? ['A client is written to at most once a week (R3): it waits where another question went out within the week.']
      : []),
  ];
}

addAction(mailPages, {
  path: '/mails/:mail_id/again',
  place: '/console',
  title: ({ kind }) => `Send again: ${mailWord(kind)}`,
  about: ({ reason, tries }) => `It failed after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${mailReason(reason)}.`,
  schema: z.object({}),
  fields: () => null,
  go: 'Send again',
  find: (c: ConsoleContext) => findMail(c.var.books, pathPart(c, 'mail_id')),
  ask: async (c, mail) => {
    const why = notAgain(mail, c.var.now);
    return why === null ? { ok: true, says: says(mail), yes: 'Send it again' } : refusal(REFUSALS, why);
  },
  act: async (c, { mail_id }) => {
    const done = await sendAgain(consoleDoor(c), mail_id);
    if (!done.ok) return refusal(REFUSALS, done.reason);
    sendMailSoon(c);
    return { ok: true, done: 'mail_queued', to: PATH };
  },
  back: () => PATH,
});
