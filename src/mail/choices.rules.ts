import type { MailKind } from './outbox.rules.ts';

/**
 * Mails that a partner may do without, each in the words of what it tells; null for those that always go: what is about security, what a
 * partner has to act on, and what is decided about claims and accounts.
 */
export const MAIL_CHOICES = {
  ask_client: null,
  claim_letter: null,
  account_letter: null,
  address_letter: null,
  came_back_letter: null,
  password_letter: null,
  security_letter: null,
  email_change_letter: null,
  list_letter: 'A list of expected clients was accepted',
  paid_letter: 'A payout was paid',
  gate_letter: 'Why a Friday paid nothing, and what would change that',
  statement_letter: 'The statement of a month',
} as const satisfies Readonly<Record<MailKind, string | null>>;

/** A kind of mail that a partner may refuse. */
export type RefusableKind = {
  [Kind in MailKind]: (typeof MAIL_CHOICES)[Kind] extends string ? Kind : never;
}[MailKind];

/** The kinds that a partner may refuse, in the order in which they are shown. */
export const REFUSABLE_KINDS = (Object.keys(MAIL_CHOICES) as MailKind[]).filter(isRefusable);

/** Whether a partner may refuse mails of a kind. */
export function isRefusable(kind: MailKind): kind is RefusableKind {
  return MAIL_CHOICES[kind] !== null;
}
