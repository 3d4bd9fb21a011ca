// No letter or figure that is taken for another; 32 of them, so that a random byte picks each as often.
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** A new partner's id, where none was given. */
export function mintPartnerId(): string {
  return `p_${randomText(12)}`;
}

/** A link's code that people can read out: eight figures of an unambiguous alphabet. */
export function mintCode(): string {
  return randomText(8);
}

/** A token's id. */
export function mintJti(): string {
  return `tok_${randomText(20)}`;
}
