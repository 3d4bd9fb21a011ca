import { decodeProtectedHeader, importJWK } from 'jose';

import { formerJwksOf, privateJwkOf, verifyingJwks, type PublicKeyJwk } from './token-key.rules.ts';

/** Where the keys of tokens and receipts come from. */
export interface TokenKeyEnv {
  TOKEN_PRIVATE_JWK: string;
  TOKEN_PUBLIC_JWKS?: string;
}

/** The keys of one configuration, imported: one signs, all verify. */
export interface TokenKeys {
  kid: string;
  private_key: CryptoKey;
  public_keys: ReadonlyMap<string, CryptoKey>;
  /** What `/.well-known/jwks.json` shows. */
  jwks: readonly PublicKeyJwk[];
}

const imported = new Map<string, Promise<TokenKeys>>();

async function importKey(jwk: PublicKeyJwk): Promise<CryptoKey> {
  const key = await importJWK({ ...jwk }, 'EdDSA');
  if (key instanceof Uint8Array) throw new Error('not an asymmetric key');
  return key;
}

async function importKeys(env: TokenKeyEnv): Promise<TokenKeys> {
  const present = privateJwkOf(env.TOKEN_PRIVATE_JWK);
  const former = formerJwksOf(env.TOKEN_PUBLIC_JWKS);
  if (!present || !former) throw new Error('the door has not checked the keys of tokens');
  const jwks = verifyingJwks(present, former);
  const public_keys = new Map(await Promise.all(jwks.map(async (jwk) => [jwk.kid, await importKey(jwk)] as const)));
  return { kid: present.kid, private_key: await importKey(present), public_keys, jwks };
}

/** The keys of a configuration that the door has checked; imported once an isolate. */
export function tokenKeys(env: TokenKeyEnv): Promise<TokenKeys> {
  const cached = `${env.TOKEN_PRIVATE_JWK}\n${env.TOKEN_PUBLIC_JWKS ?? ''}`;
  const keys = imported.get(cached) ?? importKeys(env);
  imported.set(cached, keys);
  return keys;
}

/** The key among the present and former ones that signed a token, by the id it names; null where it names none, or is no token at all. */
export async function verifyingKey(env: TokenKeyEnv, token: string): Promise<CryptoKey | null> {
  const { public_keys } = await tokenKeys(env);
  try {
    return public_keys.get(decodeProtectedHeader(token).kid ?? '') ?? null;
  } catch {
    return null;
  }
}
