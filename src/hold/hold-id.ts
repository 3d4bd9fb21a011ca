import { sha256 } from '../people/hash.ts';
import { canonicalJson } from '../program/canonical.rules.ts';

/** A hold's id, made from its kind and subjects, so that one cause opens one hold, from whichever side it is seen. */
export async function holdIdOf(cause: readonly string[]): Promise<string> {
  return `hold_${(await sha256(canonicalJson([...cause]))).slice(0, 24)}`;
}
