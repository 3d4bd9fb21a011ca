/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) of short ASCII texts, without a promise: a click is answered in one go, and what the platform's own
 * would cost a click (buffers in and out, a turn of the event loop) is most of its signature's price. Nothing here branches on or looks
 * up by what is secret.
 */
export interface HmacKey {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The states after the block of the key, inside and outside: made for the first signature. */
  states: { readonly inner: Int32Array; readonly outer: Int32Array } | null;
}

const BLOCK = 64;

const FIRST = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

const ROUNDS = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);

/** The words of a block, and those that follow from them. Used and left within one call. */
const words = new Int32Array(64);

/** Takes the block in `words` into a state. */
function compress(state: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15] as number;
    const y = words[i - 2] as number;
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = ((words[i - 16] as number) + low + (words[i - 7] as number) + high) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + turned + ((e & f) ^ (~e & g)) + (ROUNDS[i] as number) + (words[i] as number)) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
  state[5] = ((state[5] as number) + f) | 0;
  state[6] = ((state[6] as number) + g) | 0;
  state[7] = ((state[7] as number) + h) | 0;
}

/** Takes in a text that follows `before` bytes, whole blocks, with the padding and length that end a message. */
function finish(state: Int32Array, text: string, before: number): void {
  const { length } = text;
  const blocks = (length + 1 + 8 + BLOCK - 1) >> 6;
  let at = 0;
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 16; i++) {
      let word = 0;
      for (let k = 0; k < 4; k++, at++)
        word = (word << 8) | (at < length ? text.charCodeAt(at) : at === length ? 0x80 : 0);
      words[i] = word;
    }
    if (block === blocks - 1) words[15] = (before + length) * 8;
    compress(state);
  }
}

/** The state after one block: the key's bytes, each with a bit pattern over it. */
function keyed(key: Uint8Array, pattern: number): Int32Array {
  const state = FIRST.slice();
  for (let i = 0; i < 16; i++) {
    let word = 0;
    for (let k = 0; k < 4; k++) word = (word << 8) | ((key[i * 4 + k] ?? 0) ^ pattern);
    words[i] = word;
  }
  compress(state);
  return state;
}

/** A key of any length. */
export function hmacKey(bytes: Uint8Array<ArrayBuffer>): HmacKey {
  return { bytes, states: null };
}

/**
 * The first 16 bytes of a text's HMAC as the platform makes it: for the first signature of an isolate, which would otherwise wait until
 * what is above has been compiled. The text is ASCII.
 */
export async function firstHmac128({ bytes }: HmacKey, text: string): Promise<Uint8Array> {
  const key = await importHmacKey(bytes);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)), 0, 16);
}

/** A secret as the platform's own HMAC-SHA-256 takes it. */
export function importHmacKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

function statesOf({ bytes }: HmacKey): NonNullable<HmacKey['states']> {
  const key = bytes.length > BLOCK ? digest(bytes) : bytes;
  return { inner: keyed(key, 0x36), outer: keyed(key, 0x5c) };
}

/** SHA-256: what a key longer than a block is replaced by. */
function digest(bytes: Uint8Array): Uint8Array {
  const state = FIRST.slice();
  finish(state, String.fromCharCode(...bytes), 0);
  return bytesOf(state, 32);
}

/** The first `length` bytes of a state. */
function bytesOf(state: Int32Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (state[i >> 2] as number) >> (24 - (i & 3) * 8);
  return bytes;
}

const [within, without] = [new Int32Array(8), new Int32Array(8)];

/** The first 16 bytes of a text's HMAC. The text is ASCII. */
export function hmac128(key: HmacKey, text: string): Uint8Array {
  const { inner, outer } = (key.states ??= statesOf(key));
  within.set(inner);
  finish(within, text, BLOCK);
  words.set(within);
  words.fill(0, 8, 15);
  words[8] = 0x80_00_00_00 | 0;
  words[15] = (BLOCK + 32) * 8;
  without.set(outer);
  compress(without);
  return bytesOf(without, 16);
}
