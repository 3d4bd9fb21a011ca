import { auditStatement } from '../program/audit.repo.ts';
import type { Told, Via } from '../program/audit.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import type { SignedIn } from './session.rules.ts';

/** What people do to their own access, as the audit log names it. */
type OwnAct =
  | 'password.set'
  | 'password.change'
  | 'second_factor.on'
  | 'second_factor.off'
  | 'recovery_codes.renew'
  | 'sessions.end';

/** Whose access it is. */
export type Own = Pick<SignedIn, 'user_id' | 'role' | 'partner_id' | 'operator_name'>;

/**
 * The statement that logs what somebody did to their own access, under the name that their other actions have. Without `via` it was done on
 * their pages.
 */
export function logOwnAct(
  db: Database,
  { user_id, role, partner_id, operator_name }: Own,
  act: { action: OwnAct; at: number; via?: Via; details?: Told },
): Statement {
  const { action, at, via = role === 'operator' ? 'console' : 'center', details = {} } = act;
  const actor = role === 'operator' ? (operator_name ?? 'operator') : `partner:${partner_id}`;
  return auditStatement(db, { at, actor, via, action, subject: `user:${user_id}`, details });
}
