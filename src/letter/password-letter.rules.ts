import { writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

const SAYS = {
  reset: {
    subject: 'Set a new password',
    first: (program: string) =>
      `Somebody, we think you, asked for a link to set a new password at ${program}. If it was not you, there is nothing to do: your present password stays.`,
  },
  invited: {
    subject: 'You can sign in to the console',
    first: (program: string) =>
      `You have been invited to the console of ${program}. Set a password, sign in, and set up a second factor: without one nothing opens.`,
  },
  approved: {
    subject: 'You are a partner',
    first: (program: string) =>
      `Your application to ${program} has been approved. Set a password and sign in: your first link is waiting for you.`,
  },
} as const;

/** The mail with a link to set a password, in the words of why it is sent. */
export function passwordLetter(head: Letterhead, why: keyof typeof SAYS, url: string): Letter {
  const { subject, first } = SAYS[why];
  return writeLetter(head, {
    subject,
    paragraphs: [first(head.program_name), 'The link works once, for two days.'],
    link: { url, label: 'Set your password' },
    clauses: [],
  });
}
