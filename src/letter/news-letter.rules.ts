import type { Gate, GateName } from '../explain/gate.ts';
import { longDay, writeLetter, type Letter, type Letterhead } from './letter.rules.ts';

/** What a partner can do about a shut gate of its own. */
export const OWN_GATES = {
  residency: { does: 'answer the four residency questions', path: '/partners/settings' },
  paypal_address: { does: 'set a PayPal address', path: '/partners/settings' },
} as const satisfies Partial<Record<GateName, { does: string; path: string }>>;

/** A gate that the partner itself can open. */
export type OwnGate = keyof typeof OWN_GATES;

/** Whether a gate is one that the partner itself can open. */
export function isOwnGate(gate: GateName): gate is OwnGate {
  return gate in OWN_GATES;
}

/** A payout arrived (P7). `amount`: as people write it, with its currency. */
export function paidLetter(head: Letterhead, payout: { pay_date: string; amount: string }): Letter {
  return writeLetter(head, {
    subject: `You were paid ${payout.amount}`,
    paragraphs: [
      `Your payout of ${longDay(payout.pay_date)}, ${payout.amount}, has arrived at your PayPal account.`,
      'What it consists of is listed in the Partner Center, line by line.',
    ],
    clauses: ['P7'],
  });
}

/**
 * Something was due and was not paid because of gates that the reader can open, in the words of the gates themselves (W). `amount`: what was
 * due, as people write it.
 */
export function gateLetter(
  head: Letterhead,
  skipped: { pay_date: string; amount: string; gates: readonly Gate[] },
  public_url: string,
): Letter {
  const own = skipped.gates.flatMap(({ gate }) => (isOwnGate(gate) ? [OWN_GATES[gate]] : []));
  const todo = own.map(({ does }) => does).join(', and ');
  return writeLetter(head, {
    subject: `${skipped.amount} waits for you`,
    paragraphs: [
      `On ${longDay(skipped.pay_date)} ${skipped.amount} was due to you and was not paid. It is not lost: it goes with the first pay day on which nothing stands in its way.`,
      ...skipped.gates.map(({ detail, clause }) => `${detail} (${clause})`),
      `To open the way, please ${todo}.`,
    ],
    ...(own[0] ? { link: { url: `${public_url}${own[0].path}`, label: 'Open your settings' } } : {}),
    clauses: [...new Set(skipped.gates.map(({ clause }) => clause))],
  });
}

/** A month of a partner, amounts as people write them. */
export interface MonthSums {
  /** `October 2026`. */
  month: string;
  earned: string;
  taken_back: string;
  paid: string;
  /** At the end of the month. */
  pending: string;
  payable: string;
  owed_back: string | null;
}

/** What a month brought, and how things stood at its end. */
export function statementLetter(head: Letterhead, sums: MonthSums): Letter {
  const { month, earned, taken_back, paid, pending, payable, owed_back } = sums;
  return writeLetter(head, {
    subject: `Your ${month} with ${head.program_name}`,
    paragraphs: [
      `In ${month} you earned ${earned}. ${taken_back} was taken back by refunds and corrections. ${paid} was paid to you.`,
      `At the end of the month ${pending} was on its way to you and not vested yet, or held; ${payable} was due and not paid yet.`,
      ...(owed_back === null ? [] : [`${owed_back} of what had been paid is still to be earned back (C3).`]),
      'Every line and its reason is in the Partner Center.',
    ],
    clauses: owed_back === null ? ['V1'] : ['V1', 'C3'],
  });
}
