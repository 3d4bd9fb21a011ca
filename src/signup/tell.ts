import type { Door } from '../account/write.ts';
import { askClient } from '../mail/ask-client.ts';
import { tellAccount, tellHoldsOpened } from '../mail/letters.ts';
import { lastAskedAt } from '../mail/mail.repo.ts';
import type { Hasher } from '../people/hash.ts';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import type { Statement } from '../program/commit.repo.ts';
import { windowEnd } from '../referrer/claim.rules.ts';
import type { DecidedSignup } from './decide.ts';

/**
 * The statements by which a trusted record's decision is told: to the client the question about a form that was joined by address alone
 * (R3), answerable for `referrer_window_days`; to the referrer a letter about an account that is blocked or held as its own (S3).
 */
export async function tellSignup(
  { books, now }: Door,
  hasher: Hasher,
  signup: { account_id: string; person_id: string; policy: PolicyVersion; decision_id: string },
  { decision, blocked, holds }: Pick<DecidedSignup, 'decision' | 'blocked' | 'holds'>,
): Promise<Statement[]> {
  const { account_id, person_id, policy, decision_id } = signup;
  const { partner_id } = decision;
  const statements = tellHoldsOpened(books, holds, now);
  if (blocked && partner_id !== null) {
    const about = { partner_id, account_id, news: 'self_referral_blocked' as const, cause: decision_id };
    statements.push(tellAccount(books, about, now));
  }
  for (const { kind, hold_id } of holds) {
    if (kind !== 'form_join' || partner_id === null) continue;
    const about = { purpose: 'form_join' as const, subject_id: hold_id, account_id, partner_id, person_id };
    const times = { now, expires_at: windowEnd(now, policy), last_asked_at: await lastAskedAt(books, account_id) };
    statements.push(...(await askClient(books, hasher, { ...about, ...times })));
  }
  return statements;
}
