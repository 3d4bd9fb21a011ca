import type { Gate, GateName } from '../explain/gate.ts';
import { longDay } from '../letter/letter.rules.ts';

/** What each gate asks, for its reader. */
export const GATE_NAMES: Readonly<Record<GateName, string>> = {
  tracked: 'You are the referrer',
  not_self_referral: 'Not your own account',
  not_refunded: 'Not refunded or disputed',
  vested: 'Vested',
  in_closed_week: 'In a week that is over',
  partner_active: 'You are an active partner',
  residency: 'Questions about residency',
  paypal_address: 'A PayPal address',
  threshold: 'The threshold',
  approved: 'Batch approved',
  sent: 'Sent to PayPal',
  succeeded: 'Arrived',
};

/** What can be done about a gate that is shut, and where. */
export interface Remedy {
  text: string;
  link: { href: string; text: string } | null;
}

const wait = (text: string): Remedy => ({ text, link: null });

const REMEDIES: Readonly<Record<GateName, Remedy>> = {
  tracked: {
    text: 'Share your link: who signs up after following it is your referral.',
    link: { href: '/partners/links', text: 'Your links' },
  },
  not_self_referral: {
    text: 'A person looks at it and decides. If you tell us who holds the account, that is quicker.',
    link: { href: '/partners/referrals', text: 'Your referrals' },
  },
  not_refunded: wait('There is nothing for you to do: the outcome of the dispute decides.'),
  vested: {
    text: 'There is nothing for you to do: it vests by itself if the account is still a client then.',
    link: { href: '/partners/referrals', text: 'Your referrals' },
  },
  in_closed_week: wait('There is nothing for you to do: it is paid on the pay day after its week.'),
  partner_active: wait('Write to us if you do not know why.'),
  residency: {
    text: 'Answer the four questions, or wait for our word where we have to look at your answers.',
    link: { href: '/partners/settings', text: 'Your settings' },
  },
  paypal_address: {
    text: 'Set a PayPal address that can receive payouts; a new one that replaces another serves after 72 hours.',
    link: { href: '/partners/settings', text: 'Your settings' },
  },
  threshold: {
    text: 'There is nothing for you to do: what is due carries over until the threshold is reached.',
    link: { href: '/partners/earnings', text: 'Your earnings' },
  },
  approved: wait('We have to approve the batch. There is nothing for you to do.'),
  sent: wait('We send it soon. There is nothing for you to do.'),
  succeeded: {
    text: 'If PayPal has written to you, please follow what it says.',
    link: { href: '/partners/settings', text: 'Your settings' },
  },
};

/** What to do about a gate that is shut; null where it is passed. `referred`: some account is tracked to the partner. */
export function remedyOf(gate: Pick<Gate, 'gate' | 'passed'>, referred: boolean): Remedy | null {
  if (gate.passed) return null;
  if (gate.gate === 'tracked' && referred)
    return wait('It waits for your client’s word: our question came to them by mail, and only its button answers it.');
  return REMEDIES[gate.gate];
}

/** A sentence with its days as people write them. */
export function plainDays(text: string): string {
  return text.replaceAll(/\b\d{4}-\d{2}-\d{2}\b/g, longDay);
}
