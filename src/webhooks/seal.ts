import { cookieKeys, type CookieKey } from '../attribution/token.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** What the key is made for: no cookie is signed over this text, since cookies begin with their own name. */
const PURPOSE = 'lastclick/webhook-secrets/1';
const IV_BYTES = 12;

/** A sealed secret as the books keep it. */
export interface Sealed {
  kid: string;
  sealed: string;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

async function keysOf(config: string): Promise<readonly CookieKey[]> {
  const keys = await cookieKeys(config);
  if (!keys.ok) throw new Error('the door has not checked COOKIE_KEYS');
  return keys.keys;
}

/** AES-256-GCM under a key that HMAC-SHA-256 makes of a Worker's secret and this purpose. */
async function sealingKey({ key }: CookieKey): Promise<CryptoKey> {
  const raw = await crypto.subtle.sign('HMAC', key, encoder.encode(PURPOSE));
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** A new secret in the Standard Webhooks form: `whsec_` and 32 random bytes in base64. */
export function mintSecret(): string {
  return `whsec_${toBase64(crypto.getRandomValues(new Uint8Array(32)))}`;
}

/** Seals a secret for the endpoint alone with the first of COOKIE_KEYS. */
export async function sealSecret(config: string, endpoint_id: string, secret: string): Promise<Sealed> {
  const [first] = await keysOf(config);
  if (!first) throw new Error('COOKIE_KEYS is empty');
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const box = { name: 'AES-GCM', iv, additionalData: encoder.encode(endpoint_id) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(box, await sealingKey(first), encoder.encode(secret)));
  return { kid: first.kid, sealed: `${toBase64(iv)}.${toBase64(sealed)}` };
}

/** Opens a sealed secret; null where its key is no longer among COOKIE_KEYS, or it was sealed for another endpoint. */
export async function openSecret(config: string, endpoint_id: string, { kid, sealed }: Sealed): Promise<string | null> {
  const own = (await keysOf(config)).find((key) => key.kid === kid);
  const [iv = '', text = ''] = sealed.split('.');
  if (!own) return null;
  const box = { name: 'AES-GCM', iv: fromBase64(iv), additionalData: encoder.encode(endpoint_id) };
  try {
    return decoder.decode(await crypto.subtle.decrypt(box, await sealingKey(own), fromBase64(text)));
  } catch {
    return null;
  }
}

/** The kid of the key that seals at present. */
export async function sealingKid(config: string): Promise<string> {
  const [first] = await keysOf(config);
  return first?.kid ?? '';
}
