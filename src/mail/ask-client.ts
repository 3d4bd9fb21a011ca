import type { Hasher } from '../people/hash.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { insertConfirmation } from '../referrer/confirmation.repo.ts';
import { queueMail } from './mail.repo.ts';
import { askAfter } from './outbox.rules.ts';

/** A question to the client of an account (R3): about a claim, or about a form joined by address alone. */
export interface ClientQuestion {
  purpose: 'claim' | 'form_join';
  /** The claim, or the hold. */
  subject_id: string;
  account_id: string;
  /** Whom the page names. */
  partner_id: string;
  /** The holder whose address is asked. */
  person_id: string;
  now: number;
  /** The last instant at which it can be answered. */
  expires_at: number;
  /** `lastAskedAt` of the account, read behind the account's guard. */
  last_asked_at: number | null;
}

/** The id of a question, made from what it is about: one cause asks once. */
export async function confirmationIdOf(
  hasher: Hasher,
  purpose: ClientQuestion['purpose'],
  subject_id: string,
): Promise<string> {
  return `conf_${(await hasher.text('confirmation', `${purpose}\n${subject_id}`)).slice(0, 24)}`;
}

/**
 * The statements that put a question to the client (R3): the question, and its mail. One account gets at most one such mail a week; where
 * its turn would come only after the question has expired, there is no mail, but the question stands: support can record the answer.
 */
export async function askClient(db: Database, hasher: Hasher, ask: ClientQuestion): Promise<Statement[]> {
  const { purpose, subject_id, account_id, partner_id, person_id, now, expires_at } = ask;
  const confirmation_id = await confirmationIdOf(hasher, purpose, subject_id);
  const unanswered = { answer: null, answered_at: null, answered_by: null };
  const question = insertConfirmation(db, {
    confirmation_id,
    purpose,
    subject_id,
    account_id,
    partner_id,
    person_id,
    asked_at: now,
    expires_at,
    ...unanswered,
  });
  const send_after_at = askAfter(now, ask.last_asked_at);
  if (send_after_at > expires_at) return [question];
  const mail = queueMail(db, {
    kind: 'ask_client',
    cause: confirmation_id,
    subject: `${purpose}:${subject_id}`,
    account_id,
    person_id,
    facts: { confirmation_id },
    now,
    send_after_at,
    drop_after_at: expires_at,
  });
  return [question, mail];
}
