import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';

import { formatInstant } from '../clock.ts';
import type { Api } from '../http/context.ts';
import { problemResponse } from '../http/problem.ts';
import { pageAnswer } from '../pages/layout.tsx';
import { Instant, Table } from '../pages/parts.tsx';
import { findMail, latestMail } from './mail.repo.ts';
import { renderMail } from './render.ts';

const frame = { program_name: 'Outbox of this local program', home: '/outbox', nav: [] };

/** What the program has sent, or would have: to read on one's own machine, and nowhere else. */
export const outboxPages = new Hono<Api>();

const localOnly = createMiddleware<Api>(async (c, next) => {
  if (!c.var.config.is_local) return problemResponse('not_found');
  return next();
});
outboxPages.use(localOnly);

/** A text with its addresses of pages as links. */
function Linked({ text }: { text: string }) {
  const parts = text.split(/(https?:\/\/[^\s]+)/);
  return <pre>{parts.map((part) => (/^https?:\/\//.test(part) ? <a href={part}>{part}</a> : part))}</pre>;
}

outboxPages.get('/', async (c) => {
  const mails = await latestMail(c.var.books, 100);
  return pageAnswer(frame, {
    title: 'Outbox',
    body: (
      <>
        <h1>Outbox</h1>
        <Table caption="Mails, the latest first; 100 at most" head={['Queued', 'What', 'About', 'State']}>
          {mails.map((mail) => (
            <tr>
              <td>
                <Instant at={mail.queued_at} text={formatInstant(mail.queued_at)} />
              </td>
              <td>
                <a href={`/outbox/${encodeURIComponent(mail.mail_id)}`}>{mail.kind}</a>
              </td>
              <td>{mail.subject}</td>
              <td>{mail.reason === null ? mail.status : `${mail.status}: ${mail.reason}`}</td>
            </tr>
          ))}
        </Table>
      </>
    ),
  });
});

outboxPages.get('/:mail_id', async (c) => {
  const mail = await findMail(c.var.books, c.req.param('mail_id'));
  if (!mail) return problemResponse('not_found');
  const { books, config, now } = c.var;
  const rendered = await renderMail({ ...config, books, env: c.env, now }, mail);
  return pageAnswer(frame, {
    title: rendered.ok ? rendered.message.subject : mail.kind,
    body: rendered.ok ? (
      <>
        <h1>{rendered.message.subject}</h1>
        <p class="soft">To {rendered.message.to}. As it reads now; links in it are made anew each time.</p>
        <Linked text={rendered.message.text} />
      </>
    ) : (
      <>
        <h1>{mail.kind}</h1>
        <p>It is not sent: {rendered.reason}.</p>
      </>
    ),
  });
});
