import * as z from 'zod';

const base64url = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const PublicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: base64url,
  kid: z.string().min(1).max(64),
});
const PrivateJwk = PublicJwk.extend({ d: base64url });

/** The public half of an Ed25519 key: all that a verifier may see. */
export type PublicKeyJwk = z.infer<typeof PublicJwk>;
/** An Ed25519 key that signs tokens and receipts. */
export type PrivateKeyJwk = z.infer<typeof PrivateJwk>;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The key of `TOKEN_PRIVATE_JWK`: an Ed25519 private JWK with a `kid`; null for anything else. */
export function privateJwkOf(text: string): PrivateKeyJwk | null {
  return PrivateJwk.safeParse(jsonOf(text)).data ?? null;
}

/** The former keys of `TOKEN_PUBLIC_JWKS`, a JSON Web Key Set; none where it is not set, null where it cannot be read. Private parts are dropped. */
export function formerJwksOf(text: string | undefined): PublicKeyJwk[] | null {
  if (text === undefined || text === '') return [];
  return z.object({ keys: z.array(PublicJwk) }).safeParse(jsonOf(text)).data?.keys ?? null;
}

/** The keys that verify: the present one first, then former ones under other ids. */
export function verifyingJwks(present: PrivateKeyJwk, former: readonly PublicKeyJwk[]): PublicKeyJwk[] {
  const { kty, crv, x, kid } = present;
  return [{ kty, crv, x, kid }, ...former.filter((key) => key.kid !== kid)];
}

/** What is wrong with the keys of tokens, by the name of the variable and without its value; empty when they are sound. */
export function tokenKeyErrors(env: { TOKEN_PRIVATE_JWK?: string; TOKEN_PUBLIC_JWKS?: string }): string[] {
  const errors: string[] = [];
  if (!privateJwkOf(env.TOKEN_PRIVATE_JWK ?? ''))
    errors.push('TOKEN_PRIVATE_JWK is not an Ed25519 private JWK with a kid');
  if (!formerJwksOf(env.TOKEN_PUBLIC_JWKS))
    errors.push('TOKEN_PUBLIC_JWKS is not a JSON Web Key Set of Ed25519 keys with a kid each');
  return errors;
}
