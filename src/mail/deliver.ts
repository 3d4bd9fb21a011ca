import { errorNames, logLine } from '../log.ts';
import type { Database } from '../program/commit.repo.ts';
import { askedUntil, dueMail, markMail, takeMail } from './mail.repo.ts';
import { afterTry, MAILS_A_RUN, nextTry, outcomeOf, type MailRow, type SendOutcome } from './outbox.rules.ts';
import { renderMail, type RenderContext } from './render.ts';

/** What delivering needs. `now` is the time of the run: the one clock of deliveries. */
export interface DeliverContext extends RenderContext {
  email: Pick<SendEmail, 'send'>;
  mail_from: string;
}

/** What a run came to. */
export interface Delivered {
  sent: number;
  /** Not sent, and tried again. */
  later: number;
  /** Of no use any more, or nobody to send it to. */
  dropped: number;
  /** Given up. */
  failed: number;
}

/**
 * Sends the mail that is due, `MAILS_A_RUN` at most, the longest due first. A mail is marked as tried before it is handed over: two runs
 * at once never send the same one, and one that dies between handing over and noting so sends it once more at most. Ids and reasons are
 * logged, never what a mail says nor to whom.
 */
export async function deliverMail(context: DeliverContext): Promise<Delivered> {
  const { books, now } = context;
  const delivered: Delivered = { sent: 0, later: 0, dropped: 0, failed: 0 };
  for (const mail of await dueMail(books, now, MAILS_A_RUN)) {
    const ended = await deliverOne(context, mail);
    if (ended.counts) delivered[ended.counts] += 1;
    if (ended.stop) break;
  }
  if (Object.values(delivered).some((count) => count > 0)) logLine('mail_run', { ...delivered });
  return delivered;
}

type Ended = { counts: keyof Delivered | null; stop?: boolean };

async function deliverOne(context: DeliverContext, mail: MailRow): Promise<Ended> {
  const { books, now } = context;
  const { mail_id } = mail;
  const next = nextTry(mail, now);
  if (!next.ok) return give(books, mail, next.reason === 'too_late' ? 'dropped' : 'failed', next.reason);
  const until = mail.kind === 'ask_client' ? await askedUntil(books, mail, now) : null;
  if (until !== null) {
    await markMail(books, mail_id, { send_after_at: until });
    return { counts: 'later' };
  }
  if (!(await takeMail(books, mail, next.next, now))) return { counts: null };
  const rendered = await renderMail(context, mail).catch((error: unknown) => {
    logLine('mail_not_rendered', { mail_id, error: errorNames(error) });
    return null;
  });
  if (rendered && !rendered.ok) return give(books, mail, 'dropped', rendered.reason);
  const outcome: SendOutcome = rendered
    ? await handOver(context, rendered.message)
    : { kind: 'refused', reason: 'not_rendered' };
  const after = afterTry(mail, next.next, outcome, now);
  if (after) await markMail(books, mail_id, after);
  if (outcome.kind === 'sent') return { counts: 'sent' };
  logLine('mail_not_sent', { mail_id, reason: 'reason' in outcome ? outcome.reason : outcome.kind });
  return { counts: after?.status === 'failed' ? 'failed' : 'later', stop: outcome.kind === 'later' };
}

async function give(books: Database, mail: MailRow, status: 'dropped' | 'failed', reason: string): Promise<Ended> {
  await markMail(books, mail.mail_id, { status, reason });
  if (status === 'failed') logLine('mail_not_sent', { mail_id: mail.mail_id, reason });
  return { counts: status };
}

/** Hands a mail to the Email Service. */
async function handOver(
  { email, mail_from, program_name }: DeliverContext,
  message: { to: string; subject: string; text: string; html: string },
): Promise<SendOutcome> {
  try {
    await email.send({ ...message, from: { name: program_name, email: mail_from } });
    return { kind: 'sent' };
  } catch (error) {
    return outcomeOf(error);
  }
}
