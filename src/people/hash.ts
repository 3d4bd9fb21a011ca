import { foldedAddress, plainAddress } from './address.rules.ts';

/** Hashes that stand for addresses and contents outside `people`, keyed by the program's own key. */
export interface Hasher {
  /** Of an address in plain form: the same mailbox to the letter. */
  address(email: string): Promise<string>;
  /** Of the folded address (S1). */
  match(email: string): Promise<string>;
  /** Of any text under a purpose, so that hashes of different purposes never meet. */
  text(purpose: string, text: string): Promise<string>;
}

const encoder = new TextEncoder();

/** Lower-case hex of bytes. */
export function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** SHA-256 of a text's UTF-8, in hex. */
export async function sha256(text: string): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
}

/** A hasher for the program's `hash_key` (HMAC-SHA-256, cut to 128 bits). */
export async function makeHasher(hash_key: string): Promise<Hasher> {
  const key = await crypto.subtle.importKey('raw', encoder.encode(hash_key), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const text = async (purpose: string, value: string) =>
    hex(await crypto.subtle.sign('HMAC', key, encoder.encode(`${purpose}\n${value}`))).slice(0, 32);
  return {
    address: (email) => text('address', plainAddress(email)),
    match: (email) => text('match', foldedAddress(email)),
    text,
  };
}
