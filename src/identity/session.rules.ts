/** Who has signed in. `two_factor`: the session stands on a second factor as well. */
export interface SignedIn {
  user_id: string;
  session_id: string;
  email: string;
  name: string;
  two_factor: boolean;
  /** Cloudflare Access said who they are; there is no session of ours. */
  by_access?: true;
  role: 'partner' | 'operator';
  partner_id: string | null;
  /** The name that decisions and the audit log keep of an operator. */
  operator_name: string | null;
  /** The version of the program's terms that a partner has yet to accept; null where there is none. */
  terms_due: number | null;
}

/** A session and its person as stored; instants are epoch ms by the machine's clock. */
export interface SessionRow extends Omit<SignedIn, 'two_factor' | 'by_access'> {
  two_factor_enabled: boolean | null;
  expires_at: number;
  created_at: number;
}

const HOUR_MS = 60 * 60 * 1000;
/** An operator signs in anew each working day. */
export const OPERATOR_SESSION_MS = 12 * HOUR_MS;

/** When a session ends, by the machine's clock. Epoch ms. */
export function sessionEnd(session: Pick<SessionRow, 'role' | 'created_at' | 'expires_at'>): number {
  const { role, created_at, expires_at } = session;
  return role === 'operator' ? Math.min(expires_at, created_at + OPERATOR_SESSION_MS) : expires_at;
}

/** The person of a session at an instant of the machine's clock; null once it has ended. */
export function signedIn(row: SessionRow, machine_now: number): SignedIn | null {
  const { two_factor_enabled, expires_at: _, created_at: __, ...person } = row;
  if (machine_now >= sessionEnd(row)) return null;
  // A session of somebody with a second factor is only ever made after it: setting one up ends all others.
  return { ...person, two_factor: two_factor_enabled === true };
}
