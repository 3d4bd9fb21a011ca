import { toBase64Url } from './base64url.ts';

/** The two digits of each byte that has been written so far. */
const HEX: string[] = [];

const hex = (byte: number): string => (HEX[byte] ??= (byte < 16 ? '0' : '') + byte.toString(16));

/** Random bytes are asked for many at a time; each is used once. */
const drawn = new Uint8Array(2048);
let used = drawn.length;

function randomBytes(length: number): Uint8Array {
  if (used + length > drawn.length) {
    crypto.getRandomValues(drawn);
    used = 0;
  }
  used += length;
  return drawn.subarray(used - length, used);
}

/** A visitor id of its own: 96 random bits, 16 characters of base64url. */
export function newVisitorId(): string {
  return toBase64Url(randomBytes(12));
}

/** A click id: a UUIDv7 of the instant. */
export function newClickId(at: number): string {
  const bytes = randomBytes(16);
  const high = Math.floor(at / 0x1_0000_0000);
  bytes[0] = high >> 8;
  bytes[1] = high;
  bytes[2] = at >>> 24;
  bytes[3] = at >>> 16;
  bytes[4] = at >>> 8;
  bytes[5] = at;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidOf(bytes);
}

/** Sixteen bytes as a UUID. */
export function uuidOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 16; i++) {
    text += hex(bytes[i] ?? 0);
    if (i === 3 || i === 5 || i === 7 || i === 9) text += '-';
  }
  return text;
}

/** The sixteen bytes of a UUID. */
export function bytesOfUuid(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  let [at, high] = [0, -1];
  for (let i = 0; i < uuid.length; i++) {
    const code = uuid.charCodeAt(i);
    if (code === 45) continue;
    const digit = code >= 97 ? code - 87 : code >= 65 ? code - 55 : code - 48;
    if (high < 0) high = digit;
    else {
      bytes[at++] = (high << 4) | digit;
      high = -1;
    }
  }
  return bytes;
}

/** Epoch ms out of a UUIDv7's first 48 bits. */
export function instantOf(bytes: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < 6; i++) at = at * 256 + (bytes[i] ?? 0);
  return at;
}
