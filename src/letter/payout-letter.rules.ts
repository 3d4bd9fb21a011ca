import { dayText, longDay, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** P3: an address that payouts go to was replaced; the former one and the new one are both told, each without the other. `stop_url`: stops it. */
export function addressLetter(head: Letterhead, to: 'former' | 'new', serves_from: number, stop_url: string): Letter {
  const on = dayText(head.dated_at, head.timezone);
  const from = dayText(serves_from, head.timezone);
  const { program_name } = head;
  const link = { url: stop_url, label: 'Stop payouts to the new address' };
  if (to === 'former')
    return writeLetter(head, {
      subject: 'Your PayPal address was changed',
      paragraphs: [
        `On ${on} another PayPal address was set for your payouts from ${program_name}. It serves 72 hours later, not before ${from}; until then payouts go on to this one, unless it was removed or a payout to it came back (P3).`,
        'If it was you, there is nothing to do. If it was not, stop it by the link below, also later: nothing is paid to the new address then until one of our people has looked at it. Nobody needs to sign in for that.',
      ],
      link,
      clauses: ['P3'],
    });
  return writeLetter(head, {
    subject: 'This PayPal address is to receive payouts',
    paragraphs: [
      `On ${on} a partner of ${program_name} gave this address as the PayPal address for payouts. It serves 72 hours later, not before ${from} (P3).`,
      'If it was you, there is nothing to do. If you know nothing of it, stop it by the link below: the address is not used then until one of our people has looked at it.',
    ],
    link,
    clauses: ['P3'],
  });
}

/** A payout that came back for a reason on the receiver's side (P3, P7). `amount`: as people write it, with its currency. */
export function cameBackLetter(head: Letterhead, payout: { pay_date: string; amount: string }): Letter {
  return writeLetter(head, {
    subject: 'A payout came back',
    paragraphs: [
      `Your payout of ${longDay(payout.pay_date)}, ${payout.amount}, came back to us on ${dayText(head.dated_at, head.timezone)}: the receiving PayPal account did not take it. The amount is due to you anew and goes with the next payout (P7).`,
      'Before that, please look at your PayPal address. Nothing is paid until another address serves, or you have set the same one again to say that it is right (P3).',
    ],
    clauses: ['P7', 'P3'],
  });
}

/** B1: an operator has accepted a list of expected clients. Which rows count is not told: who is a client already is nobody's business. */
export function listLetter(
  head: Letterhead,
  list: { received_at: number; rows: number; accepted_until: number },
): Letter {
  const { timezone } = head;
  return writeLetter(head, {
    subject: 'Your list of expected clients is accepted',
    paragraphs: [
      `The list of ${list.rows === 1 ? 'one client' : `${list.rows} clients`} that you handed in on ${dayText(list.received_at, timezone)} was accepted on ${dayText(head.dated_at, timezone)}. Up to ${dayText(list.accepted_until, timezone)} a sign-up by an address on it is yours, unless a tracked click, a promotion code or the client’s own answer names somebody (B1, L1, L3).`,
      'We do not say what we know of single addresses, to you as to anybody. The surest way remains that your clients follow your own link: it comes before every list.',
    ],
    clauses: ['B1', 'L1', 'L3'],
  });
}
