import type { StandingWords } from '../pages/tone.ts';
import type { PayoutStatus } from '../payout/payout.schema.ts';

/** How a payout stands, for its partner. */
export const PAYOUT_WORDS: Readonly<Record<PayoutStatus, StandingWords>> = {
  frozen: { word: 'being prepared', tone: 'plain', meaning: 'It is fixed what it pays. It has not been sent yet.' },
  sending: { word: 'being sent', tone: 'plain', meaning: 'It is on its way to PayPal.' },
  in_flight: { word: 'on its way', tone: 'plain', meaning: 'PayPal has it and has not said yet that it arrived.' },
  paid: { word: 'paid', tone: 'good', meaning: 'PayPal says that it arrived.' },
  unclaimed: {
    word: 'unclaimed',
    tone: 'warn',
    meaning: 'It waits at PayPal until you claim it: PayPal has written to the address that it went to.',
  },
  returned: { word: 'came back', tone: 'warn', meaning: 'It came back to us. Its amount is due to you anew (P7).' },
  failed: { word: 'failed', tone: 'warn', meaning: 'PayPal did not pay it. Its amount is due to you anew (P7).' },
  held: {
    word: 'came back after it was paid',
    tone: 'bad',
    meaning: 'The money came back after it had arrived. A person looks at it and decides (P7).',
  },
};
