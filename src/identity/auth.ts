import { parseSigned } from 'hono/utils/cookie';

import { runBatch, type Database } from '../program/commit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { guessKey } from './guess-key.ts';
import { authAccounts, authSessions, authTwoFactors, authUsers, authVerifications } from './identity.schema.ts';
import { logOwnAct } from './own-act.ts';
import { hashPassword, PASSWORD_LENGTH, verifyPassword } from './password.ts';
import { tellSecurity } from './security-mail.repo.ts';
import { forgetGuesses } from './throttle.repo.ts';
import { ownOf, shutOut, userById } from './user.repo.ts';

const DAY_S = 24 * 60 * 60;
/** How long a partner stays signed in; an operator's session ends sooner (`session.rules.ts`). Seconds. */
export const SESSION_S = 14 * DAY_S;
/** How long a link to set a password opens. Seconds. */
export const PASSWORD_LINK_S = 2 * DAY_S;

/** Cookies of people who sign in. All `__Host-`: this host alone, over TLS alone, out of reach of scripts. */
export const SESSION_COOKIE = '__Host-session';
const CHALLENGE_COOKIE = '__Host-second-factor';

const hostCookie = (name: string) => ({ name: `__Host-${name}`, attributes: { secure: true } });

/** What the auth library is made with. */
export interface AuthSetting {
  books: Database;
  public_url: string;
  program_name: string;
  auth_secret: string;
  /** The program's clock, at which mails are queued; sign-in itself goes by the machine's. Epoch ms. */
  now: number;
}

async function load() {
  // Evaluated where somebody signs in, not where a payment is told.
  const [{ betterAuth }, { twoFactor }, { drizzleAdapter }] = await Promise.all([
    import('better-auth/minimal'),
    import('better-auth/plugins/two-factor'),
    import('better-auth/adapters/drizzle'),
  ]);
  return { betterAuth, twoFactor, drizzleAdapter };
}

function begin(parts: Awaited<ReturnType<typeof load>>, setting: AuthSetting, keep: (password_token: string) => void) {
  const { betterAuth, twoFactor, drizzleAdapter } = parts;
  return betterAuth({
    appName: setting.program_name,
    baseURL: setting.public_url,
    secret: setting.auth_secret,
    // Messages of the library may hold addresses and parameters.
    logger: { disabled: true },
    telemetry: { enabled: false },
    database: drizzleAdapter(setting.books, {
      provider: 'sqlite',
      schema: {
        user: authUsers,
        session: authSessions,
        account: authAccounts,
        verification: authVerifications,
        twoFactor: authTwoFactors,
      },
    }),
    user: {
      additionalFields: {
        role: { type: 'string', input: false },
        partnerId: { type: 'string', required: false, input: false },
        operatorName: { type: 'string', required: false, input: false },
      },
    },
    session: { expiresIn: SESSION_S, disableSessionRefresh: true },
    verification: { storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      // People come by application or invitation, never by signing themselves up.
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
      password: { hash: hashPassword, verify: verifyPassword },
      resetPasswordTokenExpiresIn: PASSWORD_LINK_S,
      revokeSessionsOnPasswordReset: true,
      // Other links that were mailed, and sign-ins that are half way, end with the former password.
      onPasswordReset: async ({ user }) => {
        const { books, now } = setting;
        // Who was shut out by others' guesses signs in again by the new password.
        const { hasher } = await readProgram(books);
        await forgetGuesses(books, [await guessKey(hasher, 'address', user.email.trim().toLowerCase())]);
        const row = await userById(books, user.id);
        const log = row ? [logOwnAct(books, ownOf(row), { action: 'password.set', at: now, via: 'mail_link' })] : [];
        await runBatch(books, [...shutOut(books, user.id), tellSecurity(books, user.id, 'password_set', now), ...log]);
      },
      sendResetPassword: async ({ token }) => {
        keep(token);
      },
    },
    // Guesses are counted in the books (`throttle.ts`), over all places and days.
    rateLimit: { enabled: false },
    advanced: {
      useSecureCookies: false,
      ipAddress: { disableIpTracking: true },
      cookies: {
        session_token: hostCookie('session'),
        session_data: hostCookie('session-data'),
        dont_remember: hostCookie('session-short'),
        two_factor: hostCookie('second-factor'),
        trust_device: hostCookie('trusted-device'),
      },
    },
    plugins: [twoFactor({ issuer: setting.program_name })],
  });
}

function make(parts: Awaited<ReturnType<typeof load>>, setting: AuthSetting) {
  // The link to set a password goes out with the mail that is being rendered, so the token is taken from here and kept nowhere.
  let password_token: string | null = null;
  const auth = begin(parts, setting, (token) => {
    password_token = token;
  });
  /** A token that sets the password of whoever has an address; null where nobody has it. */
  const passwordToken = async (email: string): Promise<string | null> => {
    password_token = null;
    await auth.api.requestPasswordReset({ body: { email } });
    return password_token;
  };
  /** The token of the session that some cookies of an answer begin; null where none does. */
  const begunBy = async (set_cookies: readonly string[]): Promise<string | null> => {
    const sent = set_cookies.map((cookie) => cookie.split(';')[0] ?? '').join('; ');
    const token = (await parseSigned(sent, setting.auth_secret, SESSION_COOKIE))[SESSION_COOKIE];
    return typeof token === 'string' && token !== '' ? token : null;
  };
  /** Who is being asked for a second factor, by the cookie that a right password has set; null where nobody is. */
  const challenged = async (headers: Headers): Promise<string | null> => {
    const cookies = await parseSigned(headers.get('cookie') ?? '', setting.auth_secret, CHALLENGE_COOKIE);
    const challenge = cookies[CHALLENGE_COOKIE];
    if (typeof challenge !== 'string') return null;
    const { internalAdapter } = await auth.$context;
    return (await internalAdapter.findVerificationValue(challenge))?.value ?? null;
  };
  return { api: auth.api, passwordToken, begunBy, challenged };
}

/** The auth library on the program's tables, made for one request. Its own routes are not mounted: only our pages call it. */
export type Auth = ReturnType<typeof make>;

let loaded: ReturnType<typeof load> | undefined;

/** Makes the auth library ready: sign-in, second factor, passwords. */
export async function openAuth(setting: AuthSetting): Promise<Auth> {
  loaded ??= load();
  return make(await loaded, setting);
}

/** The library's code of an error that it threw (`INVALID_PASSWORD`, …), null where it is none of its own. */
export function authErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('body' in error)) return null;
  const { body } = error as { body?: { code?: unknown } };
  return typeof body?.code === 'string' ? body.code : null;
}
