import { dayText, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** A partner's contact is to get another address: both have to say yes. Neither letter names the other address. */
export function emailChangeLetter(head: Letterhead, side: 'former' | 'new', expires_at: number, url: string): Letter {
  const on = dayText(head.dated_at, head.timezone);
  const until = dayText(expires_at, head.timezone);
  const link = { url, label: 'Look at the change, and confirm it or call it off' };
  if (side === 'former')
    return writeLetter(head, {
      subject: 'Your email address is to be changed',
      paragraphs: [
        `On ${on} you, we think, asked ${head.program_name} to write to you at another address, which is also the one you sign in by. It is changed once both addresses have confirmed it, this one and the new one, up to ${until}.`,
        'If it was not you, call it off by the same link, and set a new password.',
      ],
      link,
      clauses: [],
    });
  return writeLetter(head, {
    subject: 'Confirm your email address',
    paragraphs: [
      `On ${on} a partner of ${head.program_name} gave this address as theirs. Confirm it by the link below, up to ${until}; the former address is asked as well.`,
      'If you know nothing of it, call it off by the same link, or do nothing: it lapses by itself.',
    ],
    link,
    clauses: [],
  });
}
