import { scrypt } from 'node:crypto';

// 16 MiB a hash: what a Worker's memory bears several of at once.
const COST = { N: 16_384, r: 8, p: 5 };
const KEY_BYTES = 64;

/** Shortest and longest password that is taken. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

function derive(password: string, salt: Uint8Array, { N, r, p }: typeof COST): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** A password as it is kept: `scrypt$N$r$p$salt$key`, the last two in hex. */
export async function hashPassword(password: string): Promise<string> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toHex(), key.toHex()].join('$');
}

/** Whether a password is the one that was kept. A kept text of another form matches nothing. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [name, N, r, p, salt, key] = hash.split('$');
  if (name !== 'scrypt' || !salt || !key) return false;
  const kept = Uint8Array.fromHex(key);
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await derive(password, Uint8Array.fromHex(salt), cost);
  return kept.length === derived.length && crypto.subtle.timingSafeEqual(kept, Uint8Array.from(derived));
}
