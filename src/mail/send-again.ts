import type { Door, Refusal } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit, decideAgain } from '../program/commit.repo.ts';
import { findMail, queueAgain } from './mail.repo.ts';
import { notAgain } from './outbox.rules.ts';

type SentAgain = { ok: true } | Refusal<'not_found' | 'not_failed' | 'too_late' | 'busy'>;

/**
 * Queues a mail that has failed once more, by an operator's word, in one write with its entry in the audit log. It is then due at once and
 * written as any other: anew, dropped where it has nothing to say, a question to a client at most once a week (R3).
 */
export async function sendAgain({ books, now, by, via }: Door, mail_id: string): Promise<SentAgain> {
  const done = await decideAgain(async (): Promise<SentAgain | 'conflict'> => {
    const mail = await findMail(books, mail_id);
    if (!mail) return { ok: false, reason: 'not_found' };
    const why = notAgain(mail, now);
    if (why !== null) return { ok: false, reason: why };
    const { status, tries, reason } = mail;
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'mail.send_again',
      subject: `mail:${mail_id}`,
      details: { kind: mail.kind, about: mail.subject },
      before: { status, tries, reason },
      after: { status: 'queued' },
    });
    const outcome = await commit(books, [], [...queueAgain(books, mail_id, now), log]);
    return outcome === 'conflict' ? 'conflict' : { ok: true };
  });
  return done.ok ? done.value : { ok: false, reason: 'busy' };
}
