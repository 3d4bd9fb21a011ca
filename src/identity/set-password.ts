import { authErrorCode, type Auth } from './auth.ts';
import { PASSWORD_LENGTH } from './password.ts';

const WHY: Readonly<Record<string, string>> = {
  INVALID_TOKEN: 'This link has been used, or is too old. Ask for a new one.',
  USER_NOT_FOUND: 'This link has been used, or is too old. Ask for a new one.',
  PASSWORD_TOO_SHORT: `At least ${PASSWORD_LENGTH.min} characters, please`,
  PASSWORD_TOO_LONG: `At most ${PASSWORD_LENGTH.max} characters, please`,
  INVALID_PASSWORD: 'This is not your present password',
};

/** Why a password was not taken, in words for its reader; null for what is no answer of the library. */
export function passwordFault(error: unknown): string | null {
  return WHY[authErrorCode(error) ?? ''] ?? null;
}

/**
 * Sets a password by the token of a mailed link: once, and whoever was signed in is no longer. Who had none yet (an invitation, or one that
 * broke off half way) has one then. `set`, or why not.
 */
export async function setPassword(auth: Auth, token: string, password: string): Promise<string> {
  try {
    await auth.api.resetPassword({ body: { token, newPassword: password } });
    return 'set';
  } catch (error) {
    const fault = passwordFault(error);
    if (fault === null) throw error;
    return fault;
  }
}
