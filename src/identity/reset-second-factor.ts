import type { Door, Refusal } from '../account/write.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit } from '../program/commit.repo.ts';
import { tellSecurity } from './security-mail.repo.ts';
import { dropSecondFactor, secondFactorStands, shutOut, userById } from './user.repo.ts';

/**
 * Takes away the second factor of somebody of a partner who has lost it, recovery codes and all, and ends all their sessions; they are told
 * by mail. `none`: they have no second factor (any more). Of an operator there is no such way: their sign-in is taken away and given anew,
 * by two people.
 */
export async function resetSecondFactor(
  { books, now, by, via, machine_now }: Door & { machine_now: number },
  user_id: string,
): Promise<{ ok: true } | Refusal<'not_found' | 'none'>> {
  const user = await userById(books, user_id);
  if (user?.role !== 'partner') return { ok: false, reason: 'not_found' };
  const subject = `user:${user_id}`;
  const outcome = await commit(
    books,
    [],
    [
      secondFactorStands(books, user_id),
      ...dropSecondFactor(books, user_id, machine_now),
      ...shutOut(books, user_id),
      tellSecurity(books, user_id, 'second_factor_reset', now),
      auditStatement(books, { at: now, actor: by, via, action: 'second_factor.reset', subject, details: {} }),
    ],
  );
  return outcome === 'committed' ? { ok: true } : { ok: false, reason: 'none' };
}
