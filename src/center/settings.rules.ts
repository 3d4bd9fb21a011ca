import { ADDRESS_WAIT_MS, payoutAddressAt, residencyGate, type ResidencyAnswers } from '../partner/facts.rules.ts';
import { onFile, type StoredPartner } from '../partner/partner.rules.ts';

/** How a partner's PayPal address stands (P3). Addresses are null where they have been erased. */
export type PaypalStands =
  | { state: 'none' }
  | { state: 'serves'; email: string | null }
  /** The one set last waits; `meanwhile` serves until then, null where nothing does. */
  | { state: 'waits'; email: string | null; serves_from: number; meanwhile: { email: string | null } | null }
  | { state: 'in_use' | 'came_back'; email: string | null };

/** How the PayPal address stands at an instant, by the rule that payouts go by. */
export function paypalStands(partner: StoredPartner, now: number): PaypalStands {
  const last = onFile(partner, 'paypal');
  const gate = payoutAddressAt(partner, now);
  const next = last?.value == null ? null : last;
  if (gate.open) {
    const same = next !== null && (next.value === gate.person_id || next.address_hash === gate.address_hash);
    const email = partner.facts.findLast((fact) => fact.value === gate.person_id)?.email ?? null;
    if (same || next === null) return { state: 'serves', email };
    return { state: 'waits', email: next.email, serves_from: next.at + ADDRESS_WAIT_MS, meanwhile: { email } };
  }
  if (next === null) return { state: 'none' };
  if (gate.opens_at !== null) return { state: 'waits', email: next.email, serves_from: gate.opens_at, meanwhile: null };
  return { state: gate.reason === 'came_back' ? 'came_back' : 'in_use', email: next.email };
}

/** What the answers about residency came to (P4), in words for the partner who gave them. */
export function residencyWords(partner: StoredPartner, now: number): { tone: 'good' | 'warn'; text: string } {
  const gate = residencyGate(partner, now);
  if (gate.open) {
    if (gate.form === null)
      return { tone: 'good', text: 'You live in the United States: nothing is asked here, and this gate is open.' };
    return { tone: 'good', text: OPEN[gate.form] };
  }
  return { tone: 'warn', text: SHUT[gate.reason] };
}

const OPEN = {
  w9: 'By your answers the form W-9 is asked for. You are paid as usual.',
  w8ben: 'By your answers the form W-8BEN is asked for. You are paid as usual.',
  w8ben_review: 'By your answers the form W-8BEN is asked for, and one of us looks at it. You are paid as usual.',
} as const;
const SHUT = {
  unanswered: 'Unanswered: until you have answered, nothing is paid and everything carries over (P4).',
  manual: 'One of us has to look at your answers. Nothing is paid until then, and everything carries over (P4).',
  country_change:
    'You have changed your country to the United States, and one of us has to see it. Nothing is paid until then, and everything carries over (P4).',
} as const;

/** The four questions (P4), in the order in which the first that fits decides. */
export const RESIDENCY_QUESTIONS: Readonly<Record<keyof ResidencyAnswers, string>> = {
  us_citizen: 'Are you a citizen of the United States, or a dual citizen?',
  us_green_card: 'Do you hold a green card?',
  us_over_183_days: 'Were you in the United States for more than 183 days in the past three calendar years?',
  us_worked_last_year: 'Did you work while you were in the United States in the last calendar year?',
};
