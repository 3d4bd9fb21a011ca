import { fromBase64Url, toBase64Url } from './base64url.ts';
import { firstHmac128, hmac128, hmacKey, importHmacKey, type HmacKey } from './hmac.ts';
import { bytesOfUuid, instantOf, uuidOf } from './ids.ts';

export { newClickId, newVisitorId } from './ids.ts';

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

/** One secret of COOKIE_KEYS, as far as tokens go. */
export interface SigningKey {
  kid: string;
  hmac: HmacKey;
}

/** One secret of COOKIE_KEYS. */
export interface CookieKey extends SigningKey {
  /** For what else is to be made of the secret. */
  key: CryptoKey;
}

export type ParsedKeys<Key = CookieKey> = { ok: true; keys: readonly Key[] } | { ok: false; reason: string };
export type VerifiedToken =
  | { ok: true; token: ReferralToken }
  | { ok: false; reason: 'malformed' | 'unknown_key' | 'bad_signature' };

const VERSION = '1';
const VISITOR_LENGTH = 16;
const CLICK_LENGTH = 22;
const MAC_LENGTH = 22;
const MAX_LENGTH = 200;

const parsed = new Map<string, ParsedKeys>();

/** COOKIE_KEYS `kid:secret[,kid:secret…]` (secrets base64url, 16 bytes or more), imported once an isolate. The first signs, all verify. */
export async function cookieKeys(config: string): Promise<ParsedKeys> {
  // The keys are kept, not the promise of them: a request that is cut off would leave the others waiting for it.
  const keys = parsed.get(config) ?? (await importKeys(config));
  parsed.set(config, keys);
  return keys;
}

async function importKeys(config: string): Promise<ParsedKeys> {
  const signing = signingKeys(config);
  if (!signing.ok) return signing;
  const imported = signing.keys.map(async (key) => ({ ...key, key: await importHmacKey(key.hmac.bytes) }));
  return { ok: true, keys: await Promise.all(imported) };
}

/** COOKIE_KEYS as `cookieKeys` reads them, for tokens alone: nothing is imported, and nothing waited for. */
export function signingKeys(config: string): ParsedKeys<SigningKey> {
  const keys: SigningKey[] = [];
  for (const part of config.split(',')) {
    const [kid = '', secret = '', ...rest] = part.trim().split(':');
    const bytes = fromBase64Url(secret.endsWith('=') ? secret.replace(/=+$/, '') : secret);
    if (!/^[A-Za-z0-9]{1,6}$/.test(kid) || rest.length > 0)
      return { ok: false, reason: 'COOKIE_KEYS is not kid:secret[,kid:secret…] with kids of 1 to 6 letters or digits' };
    if (!bytes || bytes.length < 16)
      return { ok: false, reason: `COOKIE_KEYS: the secret of ${kid} is not base64url of 16 bytes or more` };
    if (keys.some((key) => key.kid === kid)) return { ok: false, reason: `COOKIE_KEYS names ${kid} twice` };
    keys.push({ kid, hmac: hmacKey(bytes) });
  }
  return { ok: true, keys };
}

/** What a token's signature is made over. */
const signed = (use: TokenUse, payload: string): string => `${use}|${payload}`;

function mac({ hmac }: SigningKey, use: TokenUse, payload: string): string {
  return toBase64Url(hmac128(hmac, signed(use, payload)));
}

function field(text: string): string {
  return (text.length < 10 ? '0' : '') + text.length + text;
}

type Unsigned = Omit<ReferralToken, 'clicked_at'>;

/** Mints the token of a click, `[A-Za-z0-9_-]` only and at most 200 characters, signed by the first key. */
export function mintToken(token: Unsigned, keys: readonly SigningKey[], use: TokenUse): string {
  const signer = signerOf(keys);
  const payload = payloadOf(token, signer);
  return payload + mac(signer, use, payload);
}

/** Whether the isolate has signed before: `mintToken` is then the quicker one. */
export function hasSigned(keys: readonly SigningKey[]): boolean {
  return signerOf(keys).hmac.states !== null;
}

/** Mints the token that `mintToken` does, by the platform's own HMAC: sooner where the isolate has never signed. */
export async function mintFirstToken(token: Unsigned, keys: readonly SigningKey[], use: TokenUse): Promise<string> {
  const signer = signerOf(keys);
  const payload = payloadOf(token, signer);
  return payload + toBase64Url(await firstHmac128(signer.hmac, signed(use, payload)));
}

function signerOf([signer]: readonly SigningKey[]): SigningKey {
  if (!signer) throw new Error('COOKIE_KEYS holds no key');
  return signer;
}

function payloadOf(token: Unsigned, { kid }: SigningKey): string {
  return (
    VERSION +
    token.visitor_id +
    toBase64Url(bytesOfUuid(token.click_id)) +
    field(token.partner_id ?? '') +
    field(token.code) +
    kid
  );
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
export function verifyToken(text: string, keys: readonly SigningKey[], use: TokenUse): VerifiedToken {
  const parts = read(text);
  if (!parts) return { ok: false, reason: 'malformed' };
  const key = keys.find((candidate) => candidate.kid === parts.kid);
  if (!key) return { ok: false, reason: 'unknown_key' };
  const expected = mac(key, use, parts.payload);
  return sameText(expected, parts.signature)
    ? { ok: true, token: parts.token }
    : { ok: false, reason: 'bad_signature' };
}
