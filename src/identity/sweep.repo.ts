import { lt, sql } from 'drizzle-orm';

import { dateOf } from '../clock.ts';
import type { Database } from '../program/commit.repo.ts';
import { authSessions, authUsers, authVerifications, guesses, usedCodes } from './identity.schema.ts';
import { OPERATOR_SESSION_MS } from './session.rules.ts';
import { CODE_MS } from './throttle.repo.ts';
import { WINDOW_MS } from './throttle.rules.ts';

/** Deletes sessions, mailed links and half sign-ins that have ended, and guesses and used codes that count no more. */
export async function sweepSignIns(db: Database, machine_now: number): Promise<void> {
  const now = dateOf(machine_now);
  await db.batch([
    db.delete(authSessions).where(
      sql`${authSessions.expiresAt} < ${machine_now} OR (${authSessions.createdAt} <= ${machine_now - OPERATOR_SESSION_MS}
          AND ${authSessions.userId} IN (SELECT id FROM ${authUsers} WHERE role = 'operator'))`,
    ),
    db.delete(authVerifications).where(lt(authVerifications.expiresAt, now)),
    db.delete(guesses).where(lt(guesses.window_at, machine_now - 2 * WINDOW_MS)),
    db.delete(usedCodes).where(lt(usedCodes.used_at, machine_now - CODE_MS)),
  ]);
}
