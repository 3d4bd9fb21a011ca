import { passwordMail } from '../identity/password-mail.repo.ts';
import { insertUser } from '../identity/user.repo.ts';
import type { PartnerStatus } from '../partner/facts.rules.ts';
import type { Database, Statement } from '../program/commit.repo.ts';
import { decideStatement } from './application.repo.ts';

/** A partner whose status is being changed, and who changes it. */
export interface Leaving {
  partner_id: string;
  contact: { email: string | null; name: string | null } | null;
  status: { from: PartnerStatus; to: PartnerStatus };
  by: string;
  now: number;
}

/**
 * The statements that go with a partner's ceasing to be an applicant: the application is decided, and whoever is active now may sign in and
 * is told how. To close or suspend an applicant declines the application, for the reason of that change. None for any other change of status.
 */
export function leaveApplication(db: Database, leaving: Leaving): Statement[] {
  const { partner_id, contact, status, by, now } = leaving;
  if (status.from !== 'applied' || status.to === 'applied') return [];
  const decision = status.to === 'active' ? 'approved' : 'declined';
  const decided = decideStatement(db, { partner_id, decision, by, at: now });
  if (decision === 'declined' || contact?.email == null) return [decided];
  const user = { email: contact.email, name: contact.name ?? partner_id, role: 'partner', partner_id } as const;
  return [decided, insertUser(db, user, now), passwordMail(db, { partner_id }, 'approved', now)];
}
