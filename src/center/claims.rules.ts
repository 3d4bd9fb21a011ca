import type { StandingWords, Tone } from '../pages/tone.ts';
import type { ClaimRecord, ClaimStanding } from '../referrer/claim-view.rules.ts';

/** What a claim or an audit has come to, for its partner: a word, and whether that is good. */
export const OUTCOME_WORDS: Readonly<Record<ClaimStanding['outcome'], Pick<StandingWords, 'word' | 'tone'>>> = {
  needs_client_confirmation: { word: 'waits for the client', tone: 'plain' },
  received: { word: 'received', tone: 'plain' },
  granted: { word: 'granted', tone: 'good' },
  refused: { word: 'refused', tone: 'bad' },
  already_referrer: { word: 'you are the referrer already', tone: 'good' },
  corrected: { word: 'corrected', tone: 'good' },
  unchanged: { word: 'unchanged', tone: 'warn' },
  lapsed: { word: 'lapsed', tone: 'warn' },
};

/** What was filed. */
export const CLAIM_KINDS: Readonly<Record<ClaimRecord['kind'], string>> = { claim: 'Claim', audit: 'Audit' };

/** Whether a claim as it stands is good news: a correction to somebody else is none. */
export function toneOf({ outcome, reason }: Pick<ClaimStanding, 'outcome' | 'reason'>): Tone {
  return reason === 'corrected_to_another' || reason === 'granted_blocked' ? 'warn' : OUTCOME_WORDS[outcome].tone;
}
