import { peopleOfAccount } from '../account/account.repo.ts';
import { openAuth } from '../identity/auth.ts';
import { userById } from '../identity/user.repo.ts';
import { accountLetter, type AccountNews } from '../letter/account-letter.rules.ts';
import { correctedAwayLetter } from '../letter/claim-letter.rules.ts';
import { emailChangeLetter } from '../letter/email-change-letter.rules.ts';
import { letterHtml, letterText, type Letter, type Letterhead } from '../letter/letter.rules.ts';
import { paidLetter } from '../letter/news-letter.rules.ts';
import { passwordLetter } from '../letter/password-letter.rules.ts';
import { addressLetter, cameBackLetter, listLetter } from '../letter/payout-letter.rules.ts';
import { questionMail } from '../letter/question.rules.ts';
import { readClaimLetter } from '../letter/read-claim.ts';
import {
  ACCESS_DOORS,
  ACCESS_NEWS,
  accessLetter,
  movedLetter,
  SECURITY_NEWS,
  securityLetter,
} from '../letter/security-letter.rules.ts';
import { moneyText } from '../money/currency.rules.ts';
import { findEmailChange } from '../partner/email-change.repo.ts';
import { letterUrl } from '../partner/letter-link.ts';
import type { TokenKeyEnv } from '../partner/token-key.ts';
import { maskedAddress } from '../people/address.rules.ts';
import type { Clause } from '../policy/clauses.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import { confirmUrl } from '../referrer/confirm-token.ts';
import { readQuestion } from '../referrer/question.ts';
import { refusedKinds } from './choices.repo.ts';
import { isRefusable } from './choices.rules.ts';
import { addresseeOf, contactOf } from './mail.repo.ts';
import { MAIL_KINDS, type MailFacts, type MailKind, type MailRow, PARTNER_LETTERS } from './outbox.rules.ts';
import { readGateLetter, readStatement } from './read-news.ts';

/** What rendering a mail needs. */
export interface RenderContext {
  books: Database;
  env: TokenKeyEnv;
  program_name: string;
  public_url: string;
  /** Makes the links by which passwords are set. */
  auth_secret: string;
  now: number;
}

/** A mail as it goes out. */
export interface Message {
  to: string;
  subject: string;
  text: string;
  html: string;
}

export type Rendered = { ok: true; message: Message } | { ok: false; reason: string };

/** A mail's facts by name, read as what they were queued as. */
class Facts {
  readonly #facts: MailFacts;
  constructor(json: string) {
    this.#facts = JSON.parse(json) as MailFacts;
  }
  text(name: string): string {
    const value = this.#facts[name];
    return typeof value === 'string' ? value : '';
  }
  number(name: string): number {
    const value = this.#facts[name];
    return typeof value === 'number' ? value : 0;
  }
  numberOrNull(name: string): number | null {
    const value = this.#facts[name];
    return typeof value === 'number' ? value : null;
  }
}

/** Who a mail goes to: the person it was queued for; of letters to a partner, the contact as it is now. */
async function addresseeFor({ books }: RenderContext, mail: MailRow, facts: Facts) {
  const user_id = facts.text('user_id');
  if (user_id !== '') return userById(books, user_id);
  const partner_id = facts.text('partner_id');
  const person_id = partner_id === '' ? mail.person_id : ((await contactOf(books, partner_id)) ?? mail.person_id);
  return addresseeOf(books, person_id);
}

/**
 * Renders a mail as the books stand when it is sent: address and name are read now. Says why it is not sent where there is nobody to send
 * it to, or where it has nothing to say any more.
 */
export async function renderMail(context: RenderContext, mail: MailRow): Promise<Rendered> {
  const facts = new Facts(mail.facts);
  const addressee = await addresseeFor(context, mail, facts);
  if (!addressee) return { ok: false, reason: 'no_address' };
  const kind = MAIL_KINDS.find((known) => known === mail.kind);
  if (kind === undefined) return { ok: false, reason: 'unknown_kind' };
  const partner_id = facts.text('partner_id');
  if (partner_id !== '' && isRefusable(kind) && (await refusedKinds(context.books, partner_id)).has(kind))
    return { ok: false, reason: 'not_wanted' };
  const letter = await letterOf(context, kind, facts);
  if (typeof letter === 'string') return { ok: false, reason: letter };
  const { program_name } = context;
  const message = {
    to: addressee.email,
    subject: letter.subject,
    text: letterText(letter, program_name),
    html: letterHtml(letter, program_name),
  };
  return { ok: true, message };
}

/** The letter of a mail to a partner, as it reads now; null where what it told has been settled since. */
export async function readLetter(
  context: RenderContext,
  mail: Pick<MailRow, 'kind' | 'facts'>,
): Promise<Letter | null> {
  const kind = PARTNER_LETTERS.find((known) => known === mail.kind);
  const letter = kind === undefined ? 'unknown_kind' : await letterOf(context, kind, new Facts(mail.facts));
  return typeof letter === 'string' ? null : letter;
}

/** The letter of a mail, or why there is none to send. */
async function letterOf(context: RenderContext, kind: MailKind, facts: Facts): Promise<Letter | string> {
  const { books, program_name, now } = context;
  if (kind === 'claim_letter') {
    const read = await readClaimLetter(books, facts.text('claim_id'), { program_name, now });
    // The letter about a lapse is queued at the filing: a claim decided since has had its own.
    const settled = facts.number('lapse') === 1 && read?.reason !== 'lapsed';
    return settled ? 'settled' : (read?.letter ?? 'nothing_to_tell');
  }
  const [policy] = await readPolicy(books);
  const head: Letterhead = { program_name, timezone: policy.timezone, dated_at: facts.numberOrNull('at') ?? now };
  switch (kind) {
    case 'password_letter':
      return password(context, head, facts);
    case 'security_letter':
      return security(context, head, facts);
    case 'ask_client':
      return question(context, head, facts);
    case 'account_letter':
      return account(context, head, facts);
    case 'address_letter':
      return address(context, head, facts);
    case 'email_change_letter':
      return emailChange(context, head, facts);
    case 'came_back_letter':
      return cameBackLetter(head, {
        pay_date: facts.text('pay_date'),
        amount: moneyText(facts.number('amount'), policy.currency),
      });
    case 'paid_letter':
      return paidLetter(head, {
        pay_date: facts.text('pay_date'),
        amount: moneyText(facts.number('amount'), policy.currency),
      });
    case 'gate_letter': {
      const skipped = { partner_id: facts.text('partner_id'), pay_date: facts.text('pay_date') };
      const { public_url } = context;
      const { currency } = policy;
      return (await readGateLetter(books, head, skipped, { public_url, currency, now })) ?? 'settled';
    }
    case 'statement_letter':
      return readStatement(books, head, facts.text('partner_id'), facts.text('month'), policy);
    case 'list_letter':
      return listLetter(head, {
        received_at: facts.number('received_at'),
        rows: facts.number('rows'),
        accepted_until: facts.number('accepted_until'),
      });
  }
}

async function password(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter | string> {
  const user = await userById(context.books, facts.text('user_id'));
  if (!user) return 'no_address';
  const auth = await openAuth(context);
  const token = await auth.passwordToken(user.email);
  if (token === null) return 'no_address';
  const why = facts.text('why');
  const home = user.role === 'operator' ? '/console' : '/partners';
  const url = `${context.public_url}${home}/password/${token}`;
  return passwordLetter(head, why === 'invited' || why === 'approved' ? why : 'reset', url);
}

async function security(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter | string> {
  if (facts.text('news') === 'address_moved') return movedLetter(head);
  if (facts.text('partner_id') !== '') return access(context, head, facts);
  const user = await userById(context.books, facts.text('user_id'));
  const news = SECURITY_NEWS.find((known) => known === facts.text('news'));
  if (!user || news === undefined) return 'nothing_to_tell';
  const home = user.role === 'operator' ? '/console' : '/partners';
  return securityLetter(head, news, `${context.public_url}${home}/forgot`);
}

/** How long the link that stops payouts to a new address opens: long enough to be found after a holiday. */
const STOP_LINK_MS = 60 * 24 * 60 * 60 * 1000;

function stopUrl({ env, public_url }: RenderContext, head: Letterhead, set: { partner_id: string; n: number }) {
  return letterUrl(env, public_url, { page: 'stop', ...set }, head.dated_at + STOP_LINK_MS);
}

async function access(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter | string> {
  const news = ACCESS_NEWS.find((known) => known === facts.text('news'));
  const door = ACCESS_DOORS.find((known) => known === facts.text('door'));
  if (news === undefined || door === undefined) return 'nothing_to_tell';
  const set = { partner_id: facts.text('partner_id'), n: facts.number('n') };
  const sets = news === 'paypal_set' || news === 'paypal_changed';
  const stop_url = sets ? await stopUrl(context, head, set) : null;
  return accessLetter(head, { news, door }, { forgot_url: `${context.public_url}/partners/forgot`, stop_url });
}

async function address(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter> {
  const url = await stopUrl(context, head, { partner_id: facts.text('whose'), n: facts.number('n') });
  return addressLetter(head, facts.text('to') === 'new' ? 'new' : 'former', facts.number('serves_from'), url);
}

async function emailChange(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter | string> {
  const { books, env, public_url, now } = context;
  const change = await findEmailChange(books, facts.text('change_id'));
  if (!change || change.ended_at !== null || change.expires_at < now) return 'settled';
  const side = facts.text('side') === 'new' ? 'new' : 'former';
  const { change_id, expires_at } = change;
  const url = await letterUrl(env, public_url, { page: 'email', change_id, side }, expires_at);
  return emailChangeLetter(head, side, expires_at, url);
}

async function question(context: RenderContext, head: Letterhead, facts: Facts): Promise<Letter | string> {
  const { books, env, public_url, now } = context;
  const read = await readQuestion(books, facts.text('confirmation_id'), now);
  if (!read) return 'nothing_to_tell';
  if (read.stands !== 'open') return read.stands;
  const { confirmation, partner_name } = read;
  const { purpose, expires_at } = confirmation;
  const url = await confirmUrl(env, public_url, confirmation);
  return questionMail(head, { purpose, partner_name, expires_at }, url);
}

const LOST: ReadonlySet<string> = new Set<AccountNews>(['exception_away', 'merged_away']);

async function account({ books }: RenderContext, head: Letterhead, facts: Facts): Promise<Letter> {
  const account_id = facts.text('account_id');
  const news = facts.text('news') as AccountNews | 'corrected_away';
  if (news === 'corrected_away') return correctedAwayLetter(head, account_id);
  const holder = (await peopleOfAccount(books, account_id)).find((person) => person.role === 'admin');
  const label = {
    account_id,
    // Who has lost an account learns nothing of its holder (R6).
    masked: holder?.email && !LOST.has(news) ? maskedAddress(holder.email) : null,
    held_since: facts.numberOrNull('held_since'),
    by_client: facts.number('by_client') === 1,
    clause: (facts.text('clause') || null) as Clause | null,
  };
  return accountLetter(head, label, news);
}
