/** What a partner token may be for, in the order in which scopes are written. */
export const SCOPES = ['read', 'links', 'claims', 'payout'] as const;
export type Scope = (typeof SCOPES)[number];

const DAY_SECONDS = 24 * 60 * 60;
/** How long a token holds, in seconds. */
export const TOKEN_SECONDS = { default: 90 * DAY_SECONDS, longest: 400 * DAY_SECONDS, payout: DAY_SECONDS } as const;

/** The scopes of a space-separated text, each once; null where one is unknown or there is none. */
export function scopesOf(text: string): Scope[] | null {
  const words = text.split(' ').filter((word) => word !== '');
  const known = SCOPES.filter((scope) => words.includes(scope));
  return words.length > 0 && words.every((word) => SCOPES.some((scope) => scope === word)) ? known : null;
}

/**
 * The scope and life of a token: `read links claims` for 90 days unless asked otherwise, at most 400. `payout` only when asked for, and
 * then for a day, which is also the most.
 */
export function grantedScope(asked: {
  scopes?: readonly Scope[] | undefined;
  expires_in?: number | undefined;
}): { ok: true; scope: string; expires_in: number } | { ok: false; reason: 'scope_too_long' } {
  const scopes = asked.scopes ?? (['read', 'links', 'claims'] as const);
  const pays = scopes.includes('payout');
  const expires_in = asked.expires_in ?? (pays ? TOKEN_SECONDS.payout : TOKEN_SECONDS.default);
  if (expires_in > (pays ? TOKEN_SECONDS.payout : TOKEN_SECONDS.longest))
    return { ok: false, reason: 'scope_too_long' };
  return { ok: true, scope: scopes.join(' '), expires_in };
}
