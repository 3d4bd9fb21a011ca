import type { mailOutbox } from './mail.schema.ts';

export type MailRow = typeof mailOutbox.$inferSelect;

/** What a mail is about, which is also what renders it. `ask_client` goes to clients (R3), the others to partners. */
export const MAIL_KINDS = [
  'ask_client',
  'claim_letter',
  'account_letter',
  'address_letter',
  'came_back_letter',
  'list_letter',
  'password_letter',
  'security_letter',
  'email_change_letter',
  'paid_letter',
  'gate_letter',
  'statement_letter',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** Mails that tell a partner of its own affairs: those that its pages show again. They name it in their facts. */
export const PARTNER_LETTERS = [
  'claim_letter',
  'account_letter',
  'came_back_letter',
  'list_letter',
  'paid_letter',
  'gate_letter',
  'statement_letter',
] as const satisfies readonly MailKind[];

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** R3: mail to one account at most once a week. */
export const ASK_EVERY_MS = 7 * DAY_MS;
/** How many mails one run sends at most; a run comes every five minutes. */
export const MAILS_A_RUN = 50;
/** How long a mail waits whose answer was not noted; one to a client a week, since the first may have arrived (R3). */
const UNANSWERED_WAIT_MS = 60 * MINUTE_MS;
/** After so many refused tries a mail has failed. */
export const MAX_TRIES = 10;

/** A mail about to be queued. `cause` is what it follows from: one cause sends one mail of a kind. Facts are ids and instants only. */
export interface NewMail {
  kind: MailKind;
  cause: string;
  subject: string;
  person_id: string;
  facts: MailFacts;
  now: number;
  account_id?: string | null;
  send_after_at?: number;
  drop_after_at?: number | null;
}

/** What a mail is rendered from: ids, instants, and words of closed lists. */
export type MailFacts = Readonly<Record<string, string | number | null>>;

/** A queued mail as the outbox holds it. */
export function queuedMail(mail: NewMail): MailRow {
  return {
    mail_id: `${mail.kind}:${mail.cause}`,
    kind: mail.kind,
    subject: mail.subject,
    account_id: mail.account_id ?? null,
    person_id: mail.person_id,
    facts: JSON.stringify(mail.facts),
    send_after_at: mail.send_after_at ?? mail.now,
    drop_after_at: mail.drop_after_at ?? null,
    status: 'queued',
    tries: 0,
    reason: null,
    queued_at: mail.now,
    sent_at: null,
  };
}

/** Why a mail is not sent again by an operator's word; null where it may be: it has failed, and is of use still. */
export function notAgain(
  { status, drop_after_at }: Pick<MailRow, 'status' | 'drop_after_at'>,
  now: number,
): 'not_failed' | 'too_late' | null {
  if (status !== 'failed') return 'not_failed';
  return drop_after_at !== null && drop_after_at < now ? 'too_late' : null;
}

/** R3: when a question to an account's client may go: at once, or a week after the one before it. */
export function askAfter(now: number, last_asked_at: number | null): number {
  return last_asked_at === null ? now : Math.max(now, last_asked_at + ASK_EVERY_MS);
}

/** How long a mail waits after its `tries`-th refused try: five minutes, doubled each time, a day at most. */
export function backOff(tries: number): number {
  return Math.min(5 * MINUTE_MS * 2 ** (tries - 1), DAY_MS);
}

/** The marks of a mail that was handed over, with no answer noted: once, and once more. */
export const UNANSWERED = ['unanswered', 'unanswered_again'] as const;

/** What a try leaves in the row before the mail is handed over: what holds if nobody lives to note the answer. */
export interface Try {
  tries: number;
  reason: (typeof UNANSWERED)[number];
  send_after_at: number;
}

/**
 * The next try of a due mail, or why there is none. A mail whose answer was never noted is sent once more at most.
 */
export function nextTry(mail: MailRow, now: number): { ok: true; next: Try } | { ok: false; reason: string } {
  if (mail.drop_after_at !== null && mail.drop_after_at < now) return { ok: false, reason: 'too_late' };
  if (mail.reason === 'unanswered_again') return { ok: false, reason: 'outcome_unknown' };
  const tries = mail.tries + 1;
  const wait = mail.kind === 'ask_client' ? ASK_EVERY_MS : UNANSWERED_WAIT_MS;
  const reason = mail.reason === 'unanswered' ? 'unanswered_again' : 'unanswered';
  return { ok: true, next: { tries, reason, send_after_at: now + wait } };
}

/** What became of handing a mail over. `later`: nothing goes out at present, whatever the mail; `refused`: not this one, not now. */
export type SendOutcome =
  | { kind: 'sent' }
  | { kind: 'later' | 'refused' | 'hopeless'; reason: string }
  | { kind: 'unanswered' };

/** Refusals that concern the sender and not the mail: its limits, its domain. */
const LATER = new Set([
  'E_RATE_LIMIT_EXCEEDED',
  'E_DAILY_LIMIT_EXCEEDED',
  'E_SENDER_NOT_VERIFIED',
  'E_SENDER_DOMAIN_NOT_AVAILABLE',
]);
/** Refusals that come again at every try, as the address or the mail is. */
const HOPELESS =
  /^E_(?:RECIPIENT_SUPPRESSED|RECIPIENT_NOT_ALLOWED|VALIDATION_ERROR|FIELD_MISSING|CONTENT_TOO_LARGE|HEADERS?_\w+)$/;

/** Reads an error of the Email Service by its code, which names nobody. An error without one says nothing: the mail may be out. */
export function outcomeOf(error: unknown): SendOutcome {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  if (typeof code !== 'string' || !/^E_[A-Z_]{1,60}$/.test(code)) return { kind: 'unanswered' };
  const reason = code.toLowerCase();
  if (LATER.has(code)) return { kind: 'later', reason };
  if (HOPELESS.test(code)) return { kind: 'hopeless', reason };
  return code === 'E_INTERNAL_SERVER_ERROR' ? { kind: 'unanswered' } : { kind: 'refused', reason };
}

/** How a mail stands after a try, or null where what the try has left in the row is all there is to say. */
export function afterTry(
  mail: MailRow,
  tried: Try,
  outcome: SendOutcome,
  now: number,
): Pick<MailRow, 'status' | 'tries' | 'reason' | 'send_after_at' | 'sent_at'> | null {
  const { tries } = tried;
  switch (outcome.kind) {
    case 'sent':
      return { status: 'sent', tries, reason: null, send_after_at: mail.send_after_at, sent_at: now };
    case 'unanswered':
      return null;
    case 'later':
      // The sender's own trouble is no try of this mail.
      return {
        status: 'queued',
        tries: mail.tries,
        reason: mail.reason,
        send_after_at: now + backOff(1),
        sent_at: null,
      };
    case 'hopeless':
      return { status: 'failed', tries, reason: outcome.reason, send_after_at: mail.send_after_at, sent_at: null };
    case 'refused': {
      const status = tries >= MAX_TRIES ? 'failed' : 'queued';
      // A refusal does not undo that an earlier try may have arrived.
      const reason = status === 'queued' && mail.reason === 'unanswered' ? mail.reason : outcome.reason;
      return { status, tries, reason, send_after_at: now + backOff(tries), sent_at: null };
    }
  }
}
