/** How far a signature's own time may be from the door's clock. */
const TOLERANCE_MS = 300_000;

/** What a `Stripe-Signature` header comes to. */
export type Signature = { ok: true } | { ok: false; reason: 'malformed' | 'expired' | 'mismatch' };

/** How many signatures of one header are looked at: Stripe sends one for each secret that is rolling. */
const MOST = 8;

const encoder = new TextEncoder();

/** The time and the `v1` signatures of a header `t=…,v1=…[,v1=…]`; other schemes are not read. Null where it is none. */
export function signatureParts(header: string): { timestamp: string; signatures: Uint8Array<ArrayBuffer>[] } | null {
  let timestamp: string | null = null;
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  for (const part of header.split(',')) {
    const at = part.indexOf('=');
    if (at < 0) return null;
    const [name, value] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    if (name === 't') {
      if (timestamp !== null || !/^\d{1,12}$/.test(value)) return null;
      timestamp = value;
    }
    if (name === 'v1' && /^[0-9a-f]{64}$/i.test(value))
      signatures.push(Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  }
  return timestamp === null || signatures.length === 0 || signatures.length > MOST ? null : { timestamp, signatures };
}

/**
 * Verifies Stripe's signature over the raw body: one of its `v1` by one of the secrets (two while one rolls), no farther than 300 seconds
 * from `now`. Compared by WebCrypto, in a time that tells nothing.
 */
export async function verifySignature(
  body: Uint8Array,
  header: string,
  secrets: readonly string[],
  now: number,
): Promise<Signature> {
  const parts = signatureParts(header);
  if (!parts) return { ok: false, reason: 'malformed' };
  const prefix = encoder.encode(`${parts.timestamp}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  let matches = false;
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey('raw', encoder.encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
      'verify',
    ]);
    for (const signature of parts.signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) matches = true;
  }
  if (!matches) return { ok: false, reason: 'mismatch' };
  return Math.abs(now - Number(parts.timestamp) * 1000) > TOLERANCE_MS
    ? { ok: false, reason: 'expired' }
    : { ok: true };
}
