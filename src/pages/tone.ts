/** Whether something is good news, to look at, bad, or neither. */
export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** How a thing stands, for its reader: a word, whether that is good, and what it means. */
export interface StandingWords {
  word: string;
  tone: Tone;
  meaning: string;
}
