/** The names of the cookie in its two settings; a token is signed together with the one in force. */
export type CookieName = '__Host-lastclick' | '__Secure-lastclick';

/** What a token is good for: as the cookie, or to be handed back once its visitor has agreed. One is never the other. */
export type TokenUse = CookieName | 'pending';

/** What a referral token carries: all that attribution needs. */
export interface ReferralToken {
  /** 16 characters: 12 random bytes, kept over the visitor's clicks. */
  visitor_id: string;
  /** The click's UUIDv7, 32 hex digits with dashes. */
  click_id: string;
  /** Epoch ms, out of the click's id. */
  clicked_at: number;
  /** Null where no link store answered at the click: the code is resolved at the signup. */
  partner_id: string | null;
  /** Lower case. */
  code: string;
}

/** One secret of COOKIE_KEYS. */
export interface CookieKey {
  kid: string;
  key: CryptoKey;
}

export type ParsedKeys = { ok: true; keys: readonly CookieKey[] } | { ok: false; reason: string };
export type VerifiedToken =
  | { ok: true; token: ReferralToken }
  | { ok: false; reason: 'malformed' | 'unknown_key' | 'bad_signature' };

const VERSION = '1';
const VISITOR_LENGTH = 16;
const CLICK_LENGTH = 22;
const MAC_LENGTH = 22;
const MAX_LENGTH = 200;
const encoder = new TextEncoder();

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** Bytes of base64url text, or null where it is none in its one canonical spelling. */
function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    return toBase64Url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

const parsed = new Map<string, ParsedKeys>();

/** COOKIE_KEYS `kid:secret[,kid:secret…]` (secrets base64url, 16 bytes or more), imported once an isolate. The first signs, all verify. */
export async function cookieKeys(config: string): Promise<ParsedKeys> {
  // The keys are kept, not the promise of them: a request that is cut off would leave the others waiting for it.
  const keys = parsed.get(config) ?? (await parseKeys(config));
  parsed.set(config, keys);
  return keys;
}

async function parseKeys(config: string): Promise<ParsedKeys> {
  const keys: CookieKey[] = [];
  for (const part of config.split(',')) {
    const [kid = '', secret = '', ...rest] = part.trim().split(':');
    const bytes = fromBase64Url(secret.replace(/=+$/, ''));
    if (!/^[A-Za-z0-9]{1,6}$/.test(kid) || rest.length > 0)
      return { ok: false, reason: 'COOKIE_KEYS is not kid:secret[,kid:secret…] with kids of 1 to 6 letters or digits' };
    if (!bytes || bytes.length < 16)
      return { ok: false, reason: `COOKIE_KEYS: the secret of ${kid} is not base64url of 16 bytes or more` };
    if (keys.some((key) => key.kid === kid)) return { ok: false, reason: `COOKIE_KEYS names ${kid} twice` };
    keys.push({
      kid,
      key: await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    });
  }
  return { ok: true, keys };
}

/** A visitor id of its own: 96 random bits. */
export function newVisitorId(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
}

/** A click id: a UUIDv7 of the instant. */
export function newClickId(at: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(at / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidOf(bytes);
}

function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function bytesOfUuid(uuid: string): Uint8Array {
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Epoch ms out of a UUIDv7's first 48 bits. */
function instantOf(bytes: Uint8Array): number {
  return bytes.slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
}

async function mac(key: CryptoKey, use: TokenUse, payload: string): Promise<string> {
  const signature = await crypto.subtle.sign('HMAC', key, encoder.encode(`${use}|${payload}`));
  return toBase64Url(new Uint8Array(signature).slice(0, 16));
}

function field(text: string): string {
  return String(text.length).padStart(2, '0') + text;
}

/** Mints the token of a click, `[A-Za-z0-9_-]` only and at most 200 characters, signed by the first key. */
export async function mintToken(
  token: Omit<ReferralToken, 'clicked_at'>,
  keys: readonly CookieKey[],
  use: TokenUse,
): Promise<string> {
  const [signer] = keys;
  if (!signer) throw new Error('COOKIE_KEYS holds no key');
  const payload =
    VERSION +
    token.visitor_id +
    toBase64Url(bytesOfUuid(token.click_id)) +
    field(token.partner_id ?? '') +
    field(token.code) +
    signer.kid;
  return payload + (await mac(signer.key, use, payload));
}

/** The parts of a token that has the form of one; nothing is verified yet. */
function read(text: string): { token: ReferralToken; kid: string; payload: string; signature: string } | null {
  if (text.length > MAX_LENGTH || !/^1[A-Za-z0-9_-]+$/.test(text)) return null;
  const payload = text.slice(0, -MAC_LENGTH);
  let rest = payload.slice(1);
  const take = (length: number): string => {
    const part = rest.slice(0, length);
    rest = rest.slice(length);
    return part;
  };
  const takeField = (): string | null => {
    const digits = take(2);
    return /^\d\d$/.test(digits) && Number(digits) <= 64 && Number(digits) <= rest.length ? take(Number(digits)) : null;
  };
  const visitor_id = take(VISITOR_LENGTH);
  const click = fromBase64Url(take(CLICK_LENGTH));
  const partner = takeField();
  const code = takeField();
  if (click?.length !== 16 || partner === null || !code || !/^[A-Za-z0-9]{1,6}$/.test(rest)) return null;
  const token = {
    visitor_id,
    click_id: uuidOf(click),
    clicked_at: instantOf(click),
    partner_id: partner === '' ? null : partner,
    code,
  };
  return { token, kid: rest, payload, signature: text.slice(-MAC_LENGTH) };
}

/** Compares two ASCII texts in a time that tells nothing of where they differ. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** Verifies a token under the cookie name in force. One that fails says why; nothing it claims is to be believed then. */
export async function verifyToken(text: string, keys: readonly CookieKey[], use: TokenUse): Promise<VerifiedToken> {
  const parts = read(text);
  if (!parts) return { ok: false, reason: 'malformed' };
  const key = keys.find((candidate) => candidate.kid === parts.kid);
  if (!key) return { ok: false, reason: 'unknown_key' };
  const expected = await mac(key.key, use, parts.payload);
  return sameText(expected, parts.signature)
    ? { ok: true, token: parts.token }
    : { ok: false, reason: 'bad_signature' };
}
