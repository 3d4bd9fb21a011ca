import { dayText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** A question to a client (R3): who is named, and up to when it can be answered. */
export interface Question {
  purpose: 'claim' | 'form_join';
  partner_name: string;
  expires_at: number;
}

/** What is asked, in one sentence. */
export function questionText(question: Pick<Question, 'partner_name'>, program_name: string): string {
  return `Did ${question.partner_name} refer you to ${program_name}?`;
}

/** Why it is asked. */
export function reasonText(question: Question, program_name: string): string {
  return question.purpose === 'claim'
    ? `${question.partner_name}, a partner of ${program_name}, has told us that you came to us through them.`
    : `A form with your email address came to us by a link of ${question.partner_name}, a partner of ${program_name}. Anybody can send a form, so we ask you.`;
}

/** What each answer means. */
export const MEANS = {
  yes: 'Yes: you came to us through this partner. The partner may then be paid a commission. You pay nothing for it, and nothing about your account changes.',
  no: 'No: the partner is not paid for your account by this request. It ends for good, and nothing about your account changes.',
} as const;

/** The mail that puts the question. Its link decides nothing: only a button of the page does. */
export function questionMail(head: Letterhead, question: Question, url: string): Letter {
  return writeLetter(head, {
    subject: `A question about how you found ${head.program_name}`,
    paragraphs: [
      reasonText(question, head.program_name),
      `${questionText(question, head.program_name)} The page behind this link has two buttons, yes and no. Opening it decides nothing.`,
      MEANS.yes,
      MEANS.no,
      `You can answer up to ${dayText(question.expires_at, head.timezone)}. If you do not know, you need not do anything.`,
    ],
    link: { url, label: 'Answer yes or no' },
    clauses: [],
  });
}
