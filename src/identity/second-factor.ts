import { commit, runBatch } from '../program/commit.repo.ts';
import { authErrorCode } from './auth.ts';
import { logOwnAct } from './own-act.ts';
import { tellSecurity } from './security-mail.repo.ts';
import { endSessions, sessionStands } from './session.repo.ts';
import type { SignedIn } from './session.rules.ts';
import { passwordFault } from './set-password.ts';
import { countTry, openSecondFactor, plainCode, type GivenCode, type SignInDoor } from './sign-in.ts';
import { endLinks } from './user.repo.ts';

/** What somebody who has signed in does to their own access. `now`: the program's clock, at which mails are queued. */
export interface OwnDoor extends SignInDoor {
  now: number;
  person: SignedIn;
}

/** Why it came to nothing. `wrong`: the password or the code; `again`: somebody else was quicker, or it is done already. */
export type OwnFault = 'wrong_password' | 'wrong_code' | 'throttled' | 'again';
type Done<T extends object = object> = ({ ok: true; set_cookies: string[] } & T) | { ok: false; reason: OwnFault };

const no = (reason: OwnFault) => ({ ok: false, reason }) as const;

/** Runs what asks for the person's password, each try counted; what the library answers is handed on, a wrong password is no error. */
async function withPassword<T>(
  door: OwnDoor,
  act: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; reason: OwnFault }> {
  const tried = await countTry(door, [['own_password', door.person.user_id]]);
  if (tried.throttled) return no('throttled');
  try {
    const value = await act();
    await tried.right();
    return { ok: true, value };
  } catch (error) {
    const code = authErrorCode(error);
    if (code === null) throw error;
    return no(code === 'INVALID_PASSWORD' || code === 'PASSWORD_TOO_LONG' ? 'wrong_password' : 'again');
  }
}

/** Looks at a code of the person's second factor, of one who has signed in; counted, and used from then on. */
async function checkCode(
  door: OwnDoor,
  given: GivenCode,
): Promise<{ ok: true; set_cookies: string[] } | { ok: false; reason: OwnFault }> {
  const opened = await openSecondFactor(door, door.person.user_id, given);
  if (!opened.open) return no(opened.reason === 'wrong' ? 'wrong_code' : 'throttled');
  try {
    const ask = { body: { code: plainCode(given) }, headers: door.headers, returnHeaders: true } as const;
    const { headers } =
      given.kind === 'app' ? await door.auth.api.verifyTOTP(ask) : await door.auth.api.verifyBackupCode(ask);
    await opened.right();
    return { ok: true, set_cookies: headers.getSetCookie() };
  } catch (error) {
    if (authErrorCode(error) === null) throw error;
    return no('wrong_code');
  }
}

/** Makes sure that it is the person themselves who asks: by a code where they have a second factor, else by their password. */
export async function proveSelf(
  door: OwnDoor,
  given: { password?: string | undefined; code?: GivenCode | undefined },
): Promise<{ ok: true } | { ok: false; reason: OwnFault }> {
  if (door.person.two_factor) return given.code ? checkCode(door, given.code) : no('wrong_code');
  const { password } = given;
  if (password === undefined) return no('wrong_password');
  const { auth, headers } = door;
  return withPassword(door, () => auth.api.verifyPassword({ body: { password }, headers }));
}

/** Begins to set up a second factor: the address that an app reads as a picture. It opens nothing until a code has been verified. */
export async function beginSecondFactor(
  door: OwnDoor,
  password: string,
): Promise<{ ok: true; uri: string } | { ok: false; reason: OwnFault }> {
  const { auth, headers } = door;
  const begun = await withPassword(door, () => auth.api.enableTwoFactor({ body: { password }, headers }));
  if (!begun.ok) return begun;
  return 'totpURI' in begun.value ? { ok: true, uri: begun.value.totpURI } : no('again');
}

/**
 * Sets the second factor up by a first code, which is used then. All other sessions end, since they stand on a password alone. Answers with
 * the recovery codes, which are shown here and nowhere again.
 */
export async function confirmSecondFactor(door: OwnDoor, code: string): Promise<Done<{ recovery_codes: string[] }>> {
  const { auth, books, person } = door;
  if (person.two_factor) return no('again');
  const checked = await checkCode(door, { code, kind: 'app' });
  if (!checked.ok) return checked;
  const token = await auth.begunBy(checked.set_cookies);
  await runBatch(books, [
    endSessions(books, person.user_id, { but_token: token }),
    tellSecurity(books, person.user_id, 'second_factor_on', door.now),
    logOwnAct(books, person, { action: 'second_factor.on', at: door.now }),
  ]);
  const { backupCodes } = await auth.api.viewBackupCodes({ body: { userId: person.user_id } });
  return { ok: true, set_cookies: checked.set_cookies, recovery_codes: backupCodes };
}

/** How many recovery codes somebody with a second factor has left. */
export async function recoveryCodesLeft({ auth, person }: Pick<OwnDoor, 'auth' | 'person'>): Promise<number> {
  try {
    const { backupCodes } = await auth.api.viewBackupCodes({ body: { userId: person.user_id } });
    return backupCodes.length;
  } catch (error) {
    // Taken away at this very moment, in another browser.
    if (authErrorCode(error) === null) throw error;
    return 0;
  }
}

/** Makes sure that somebody with a second factor knows both the password and a code. */
async function provenByBoth(
  door: OwnDoor,
  { password, code }: { password: string; code: GivenCode },
): Promise<{ ok: true } | { ok: false; reason: OwnFault }> {
  const { auth, headers } = door;
  const known = await withPassword(door, () => auth.api.verifyPassword({ body: { password }, headers }));
  return known.ok ? checkCode(door, code) : known;
}

/** Takes the person's own second factor away, by their password and a code. */
export async function endSecondFactor(door: OwnDoor, given: { password: string; code: GivenCode }): Promise<Done> {
  const { auth, books, headers, person } = door;
  const body = { password: given.password };
  const proven = await provenByBoth(door, given);
  if (!proven.ok) return proven;
  const ended = await withPassword(door, () => auth.api.disableTwoFactor({ body, headers, returnHeaders: true }));
  if (!ended.ok) return ended;
  await runBatch(books, [
    tellSecurity(books, person.user_id, 'second_factor_off', door.now),
    logOwnAct(books, person, { action: 'second_factor.off', at: door.now }),
  ]);
  return { ok: true, set_cookies: ended.value.headers.getSetCookie() };
}

/**
 * Makes new recovery codes, by the password and a code: by the password alone, whoever knows it would have codes too. The former ones open
 * nothing any more.
 */
export async function renewRecoveryCodes(
  door: OwnDoor,
  given: { password: string; code: GivenCode },
): Promise<Done<{ recovery_codes: string[] }>> {
  const { auth, books, headers, person } = door;
  const body = { password: given.password };
  const proven = await provenByBoth(door, given);
  if (!proven.ok) return proven;
  const made = await withPassword(door, () => auth.api.generateBackupCodes({ body, headers }));
  if (!made.ok) return made;
  await runBatch(books, [
    tellSecurity(books, person.user_id, 'recovery_codes_new', door.now),
    logOwnAct(books, person, { action: 'recovery_codes.renew', at: door.now }),
  ]);
  return { ok: true, set_cookies: [], recovery_codes: made.value.backupCodes };
}

/** Changes the person's password by the present one. All other sessions and all mailed links end; this session goes on under a new token. */
export async function changePassword(
  door: OwnDoor,
  given: { password: string; next: string },
): Promise<
  { ok: true; set_cookies: string[] } | { ok: false; reason: OwnFault } | { ok: false; reason: 'refused'; text: string }
> {
  const { auth, books, headers, person } = door;
  const body = { currentPassword: given.password, newPassword: given.next, revokeOtherSessions: true };
  let refused: string | null = null;
  const changed = await withPassword(door, async () => {
    try {
      return await auth.api.changePassword({ body, headers, returnHeaders: true });
    } catch (error) {
      const code = authErrorCode(error);
      if (code === 'PASSWORD_TOO_SHORT' || code === 'PASSWORD_TOO_LONG') refused = passwordFault(error);
      throw error;
    }
  });
  if (!changed.ok) return refused === null ? changed : { ok: false, reason: 'refused', text: refused };
  await runBatch(books, [
    endLinks(books, person.user_id),
    tellSecurity(books, person.user_id, 'password_set', door.now),
    logOwnAct(books, person, { action: 'password.change', at: door.now }),
  ]);
  return { ok: true, set_cookies: changed.value.headers.getSetCookie() };
}

/**
 * Ends another session of the person, or with null all others. Where there is none, or it is another's, nothing is left to do, and nothing is
 * logged.
 */
export async function endOwnSessions(
  { books, person, now }: Pick<OwnDoor, 'books' | 'person' | 'now'>,
  session_id: string | null,
): Promise<void> {
  const which = session_id === null ? { but_session_id: person.session_id } : { session_id };
  const details = session_id === null ? { others: true } : { session_id };
  await commit(
    books,
    [],
    [
      sessionStands(books, person.user_id, which),
      endSessions(books, person.user_id, which),
      logOwnAct(books, person, { action: 'sessions.end', at: now, details }),
    ],
  );
}
