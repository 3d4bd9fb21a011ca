import type { Hasher } from '../people/hash.ts';
import type { Guessed } from './throttle.rules.ts';

/** The key that guesses of a kind are counted under: a keyed hash, so that the table names nobody. */
export async function guessKey(hasher: Hasher, guessed: Guessed, text: string): Promise<string> {
  return `${guessed}:${await hasher.text(`guess:${guessed}`, text)}`;
}
