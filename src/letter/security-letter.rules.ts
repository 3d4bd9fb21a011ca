import type { Clause } from '../policy/clauses.ts';
import { dayText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** What has become of the keys to somebody's access. */
export const SECURITY_NEWS = [
  'password_set',
  'second_factor_on',
  'second_factor_off',
  'second_factor_reset',
  'recovery_codes_new',
] as const;
export type SecurityNews = (typeof SECURITY_NEWS)[number];

const SAYS: Readonly<Record<SecurityNews, { subject: string; first: string }>> = {
  password_set: {
    subject: 'Your password was set',
    first: 'a new password was set for you. All other browsers have been signed out.',
  },
  second_factor_on: {
    subject: 'Your second factor is on',
    first:
      'a second factor was set up for you: signing in asks for a code of your app. All other browsers have been signed out.',
  },
  second_factor_off: {
    subject: 'Your second factor is off',
    first: 'your second factor was taken away: your password alone signs you in.',
  },
  second_factor_reset: {
    subject: 'Your second factor was taken away',
    first:
      'your second factor was taken away, because we were told that it was lost. All browsers have been signed out. Sign in by your password and set up another.',
  },
  recovery_codes_new: {
    subject: 'You have new recovery codes',
    first: 'new recovery codes were made for you. The former ones work no more.',
  },
};

/** The mail about a change of what somebody signs in by. `url`: where a new password can be ordered. */
export function securityLetter(head: Letterhead, news: SecurityNews, url: string): Letter {
  const { subject, first } = SAYS[news];
  return writeLetter(head, {
    subject,
    paragraphs: [
      `On ${dayText(head.dated_at, head.timezone)}, at ${head.program_name}, ${first}`,
      'If it was you, there is nothing to do. If it was not, set a new password by the link below, which signs everybody out, and answer this mail.',
    ],
    link: { url, label: 'Set a new password' },
    clauses: [],
  });
}

/** What has become of what a partner is paid by and acts by: a token of the API, the PayPal address (P3). */
export const ACCESS_NEWS = ['token_issued', 'paypal_set', 'paypal_changed', 'paypal_removed'] as const;
export type AccessNews = (typeof ACCESS_NEWS)[number];

/** From where it was done: by the partner in the Partner Center, by a token of the partner's, or by one of the program's people. */
export const ACCESS_DOORS = ['center', 'api', 'people'] as const;
export type AccessDoor = (typeof ACCESS_DOORS)[number];

const FROM: Readonly<Record<AccessDoor, string>> = {
  center: 'in the Partner Center',
  api: 'through the API, with a token of yours',
  people: 'by one of our people',
};

const ACCESS_SAYS: Readonly<Record<AccessNews, { subject: string; first: string; clauses: readonly Clause[] }>> = {
  token_issued: {
    subject: 'An API token was issued for you',
    first: 'an API token was issued for you',
    clauses: [],
  },
  paypal_set: {
    subject: 'A PayPal address was set for you',
    first: 'a PayPal address was set for your payouts (P3)',
    clauses: ['P3'],
  },
  paypal_changed: {
    subject: 'Your PayPal address was changed',
    first: 'another PayPal address was set for your payouts (P3)',
    clauses: ['P3'],
  },
  paypal_removed: {
    subject: 'Your PayPal address was removed',
    first: 'the PayPal address for your payouts was removed: nothing is paid until one is set again (P3)',
    clauses: ['P3'],
  },
};

/**
 * The mail to a partner's contact about an API token or the PayPal address; it names neither. `forgot_url`: where a new password can be
 * ordered; `stop_url`: stops payouts to the address that was set, null where none was.
 */
export function accessLetter(
  head: Letterhead,
  { news, door }: { news: AccessNews; door: AccessDoor },
  { forgot_url, stop_url }: { forgot_url: string; stop_url: string | null },
): Letter {
  const { subject, first, clauses } = ACCESS_SAYS[news];
  const help =
    stop_url === null
      ? 'set a new password by the link below, which signs everybody out. Then look into your settings, revoke API tokens that you do not know, and answer this mail.'
      : 'stop it by the link below: nothing is paid to that address then until one of our people has looked at it. Nobody needs to sign in for that. Then set a new password, look into your settings, revoke API tokens that you do not know, and answer this mail.';
  return writeLetter(head, {
    subject,
    paragraphs: [
      `On ${dayText(head.dated_at, head.timezone)}, at ${head.program_name}, ${first}. It was done ${FROM[door]}.`,
      `If it was you, or you asked for it, there is nothing to do. If not, ${help}`,
    ],
    link:
      stop_url === null
        ? { url: forgot_url, label: 'Set a new password' }
        : { url: stop_url, label: 'Stop payouts to this address' },
    clauses,
  });
}

/**
 * The mail to the former address of a partner's contact where one of the program's people has set another: nobody signs in by it any more, so
 * what there is to do is to answer.
 */
export function movedLetter(head: Letterhead): Letter {
  return writeLetter(head, {
    subject: 'Your email address was changed',
    paragraphs: [
      `On ${dayText(head.dated_at, head.timezone)}, at ${head.program_name}, one of our people has set another email address for you. Mails go there from now on, and you sign in by it.`,
      'If you asked for it, there is nothing to do. If you did not, answer this mail at once.',
    ],
    clauses: [],
  });
}
