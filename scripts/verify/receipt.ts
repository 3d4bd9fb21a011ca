import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose';

import { RECEIPT_TYPE } from '../../src/referrer/receipt.ts';

/** What a receipt says once its signature has been checked, or why it is not one. */
export type Verified =
  | { ok: true; kid: string; issuer: string; says: Record<string, unknown> }
  | { ok: false; reason: string };

/** The JWS in what was saved: the bare text, or the JSON answer of a signup or of `GET /v1/receipts/{id}`. */
function jwsIn(saved: string): string | null {
  const text = saved.trim();
  if (!text.startsWith('{')) return text;
  try {
    const { receipt }: { receipt?: unknown } = JSON.parse(text);
    return typeof receipt === 'string' ? receipt : null;
  } catch {
    return null;
  }
}

function keysIn(jwks: string): JSONWebKeySet | null {
  try {
    const parsed: { keys?: unknown } = JSON.parse(jwks);
    return Array.isArray(parsed.keys) ? (parsed as JSONWebKeySet) : null;
  } catch {
    return null;
  }
}

/** Checks a saved receipt against a saved JWKS, offline: EdDSA only, by the `kid` of its header, and only what is typed as a receipt. */
export async function verifyReceipt(saved: string, jwks: string): Promise<Verified> {
  const jws = jwsIn(saved);
  if (jws === null) return { ok: false, reason: 'the file holds no receipt' };
  const keys = keysIn(jwks);
  if (keys === null) return { ok: false, reason: 'the keys are not a JSON Web Key Set' };
  try {
    const { kid = '', typ } = decodeProtectedHeader(jws);
    if (typ !== RECEIPT_TYPE) return { ok: false, reason: 'this is signed, but it is not a receipt' };
    if (!keys.keys.some((key) => key.kid === kid))
      return { ok: false, reason: `the key ${kid} is not among the keys given` };
    const { payload } = await compactVerify(jws, createLocalJWKSet(keys), { algorithms: ['EdDSA'] });
    const { iss, ...says }: Record<string, unknown> = JSON.parse(new TextDecoder().decode(payload));
    return { ok: true, kid, issuer: String(iss), says };
  } catch {
    return { ok: false, reason: 'the signature does not fit: altered, or signed by somebody else' };
  }
}
