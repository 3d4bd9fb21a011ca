const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The first `length` bytes as base64url without padding. */
export function toBase64Url(bytes: Uint8Array, length = bytes.length): string {
  let text = '';
  let [bits, held] = [0, 0];
  for (let i = 0; i < length; i++) {
    held = (held << 8) | (bytes[i] ?? 0);
    for (bits += 8; bits >= 6; bits -= 6) text += LETTERS[(held >> (bits - 6)) & 63];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + LETTERS[(held << (6 - bits)) & 63] : text;
}

/** Bytes of base64url text, or null where it is none in its one canonical spelling. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const value = valueOf(text.charCodeAt(i));
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) bytes[at++] = held >> (bits -= 8);
  }
  // A letter alone says nothing, and what is left over of the last byte is zero in the canonical spelling.
  return text.length % 4 === 1 || (held & ((1 << bits) - 1)) !== 0 ? null : bytes;
}

/** The six bits of a letter, or -1. */
function valueOf(code: number): number {
  if (code >= 97) return code <= 122 ? code - 71 : -1;
  if (code >= 65) return code <= 90 ? code - 65 : code === 95 ? 63 : -1;
  if (code >= 48) return code <= 57 ? code + 4 : -1;
  return code === 45 ? 62 : -1;
}
