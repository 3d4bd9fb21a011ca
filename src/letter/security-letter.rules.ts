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
