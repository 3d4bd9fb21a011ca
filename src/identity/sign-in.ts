import { networkOf } from '../http/sender.ts';
import { sha256, type Hasher } from '../people/hash.ts';
import type { Database } from '../program/commit.repo.ts';
import { authErrorCode, SESSION_COOKIE, type Auth } from './auth.ts';
import { guessKey } from './guess-key.ts';
import { endSessionByToken } from './session.repo.ts';
import { countGuesses, forgetGuesses, useCode } from './throttle.repo.ts';
import { isThrottled, type Guessed } from './throttle.rules.ts';
import { userById } from './user.repo.ts';

/** What trying a sign-in needs. `machine_now`: sign-in goes by the machine's clock. */
export interface SignInDoor {
  auth: Auth;
  books: Database;
  hasher: Hasher;
  machine_now: number;
  /** The caller's headers: cookies, and what names the browser. */
  headers: Headers;
}

/** What came of a try. `set_cookies` go out with the answer. */
export type Tried =
  | { ok: true; next: 'signed_in'; role: 'partner' | 'operator'; set_cookies: string[] }
  | { ok: true; next: 'second_factor'; set_cookies: string[] }
  | { ok: false; reason: 'wrong' | 'throttled' | 'expired' };

/** The cookies that the library set. */
function cookiesOf(headers: Headers): string[] {
  return headers.getSetCookie();
}

/** Which keys a try is counted under. */
async function keysOf(
  { hasher, headers }: Pick<SignInDoor, 'hasher' | 'headers'>,
  guessed: readonly [Guessed, string][],
): Promise<{ key: string; guessed: Guessed }[]> {
  const network = networkOf(headers);
  const all: (readonly [Guessed, string])[] = [...guessed];
  if (network !== null) all.push(['network', network]);
  return Promise.all(all.map(async ([name, text]) => ({ guessed: name, key: await guessKey(hasher, name, text) })));
}

/**
 * Counts one try under its keys, and says whether it may go on. What is right takes back its own count (`right`), so that nobody is shut
 * out by signing in; a network's count stays.
 */
export async function countTry(
  door: Pick<SignInDoor, 'books' | 'hasher' | 'headers' | 'machine_now'>,
  guessed: readonly [Guessed, string][],
): Promise<{ throttled: boolean; right: () => Promise<void> }> {
  const keys = await keysOf(door, guessed);
  const counted = await countGuesses(
    door.books,
    keys.map(({ key }) => key),
    door.machine_now,
  );
  const throttled = keys.some(({ key, guessed: name }) =>
    isThrottled(name, counted.get(key) ?? { present: 0, former: 0 }, door.machine_now),
  );
  const own = keys.filter(({ guessed: name }) => name !== 'network').map(({ key }) => key);
  return { throttled, right: () => forgetGuesses(door.books, own) };
}

/**
 * Tries an address with a password. Who has a second factor is asked for it next; nothing tells whether an address is known, nor which
 * half of a wrong pair was wrong.
 */
export async function signIn(door: SignInDoor, given: { email: string; password: string }): Promise<Tried> {
  const { auth, headers } = door;
  const tried = await countTry(door, [['address', given.email.trim().toLowerCase()]]);
  if (tried.throttled) return { ok: false, reason: 'throttled' };
  try {
    const { headers: answered, response } = await auth.api.signInEmail({ body: given, headers, returnHeaders: true });
    await tried.right();
    const set_cookies = cookiesOf(answered);
    if ('twoFactorRedirect' in response) return { ok: true, next: 'second_factor', set_cookies };
    // Who has set up a second factor while the password was looked at has ended all sessions but their own; this one came too late for that.
    const user = await userById(door.books, response.user.id);
    if (user?.twoFactorEnabled !== false) {
      await endSessionByToken(door.books, (await auth.begunBy(set_cookies)) ?? '');
      return { ok: false, reason: 'expired' };
    }
    return { ok: true, next: 'signed_in', role: user.role, set_cookies };
  } catch (error) {
    if (authErrorCode(error) === null) throw error;
    return { ok: false, reason: 'wrong' };
  }
}

/** What became of opening a second factor for one code; `right` takes back the count of what proves right. */
export type Opened = { open: true; right: () => Promise<void> } | { open: false; reason: 'throttled' | 'wrong' };

/** A code as it was typed: of the app or of the recovery codes. */
export interface GivenCode {
  code: string;
  kind: 'app' | 'recovery';
}

/**
 * Counts a try at somebody's second factor and marks its code as used, before it is looked at: a code opens once, also where two ask at the
 * same moment, and whatever the challenge.
 */
export async function openSecondFactor(
  door: Pick<SignInDoor, 'books' | 'hasher' | 'headers' | 'machine_now'>,
  user_id: string,
  given: GivenCode,
): Promise<Opened> {
  const tried = await countTry(door, [['second_factor', user_id]]);
  if (tried.throttled) return { open: false, reason: 'throttled' };
  const code_hash = await sha256(`${user_id}\n${given.kind}\n${plainCode(given)}`);
  const first = await useCode(door.books, { user_id, code_hash }, door.machine_now);
  return first ? { open: true, right: tried.right } : { open: false, reason: 'wrong' };
}

/** A code without the spaces that people type between its figures. */
export function plainCode({ code }: GivenCode): string {
  return code.replaceAll(/\s/g, '');
}

/** The caller's headers without the session of whoever was signed in before: a challenge is answered for its own person. */
function withoutSession(headers: Headers): Headers {
  const kept = (headers.get('cookie') ?? '').split(/;\s*/).filter((cookie) => !cookie.startsWith(`${SESSION_COOKIE}=`));
  const copy = new Headers(headers);
  copy.set('cookie', kept.join('; '));
  return copy;
}

/**
 * Tries a code of the second factor, of the app or one of the recovery codes, after a right password.
 */
export async function signInSecond(door: SignInDoor, given: GivenCode): Promise<Tried> {
  const { auth } = door;
  const headers = withoutSession(door.headers);
  const user_id = await auth.challenged(headers);
  if (user_id === null) return { ok: false, reason: 'expired' };
  const opened = await openSecondFactor(door, user_id, given);
  if (!opened.open) return { ok: false, reason: opened.reason };
  try {
    const ask = { body: { code: plainCode(given) }, headers, returnHeaders: true } as const;
    const { headers: answered } =
      given.kind === 'app' ? await auth.api.verifyTOTP(ask) : await auth.api.verifyBackupCode(ask);
    await opened.right();
    const user = await userById(door.books, user_id);
    return { ok: true, next: 'signed_in', role: user?.role ?? 'partner', set_cookies: cookiesOf(answered) };
  } catch (error) {
    const known = authErrorCode(error);
    if (known === null) throw error;
    if (known === 'ACCOUNT_TEMPORARILY_LOCKED') return { ok: false, reason: 'throttled' };
    const over = known === 'INVALID_TWO_FACTOR_COOKIE' || known.startsWith('TOO_MANY_ATTEMPTS');
    return { ok: false, reason: over ? 'expired' : 'wrong' };
  }
}
