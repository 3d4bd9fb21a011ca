import type { Refusal, Written } from '../account/write.ts';
import { BooksError } from '../program/commit.repo.ts';

type Outcome<Answer, Reason extends string> = Written<Answer> | Refusal<Reason>;

/**
 * A fact stays known by its own id when its first answer is no longer kept (docs/privacy.md). Where `write` finds the id used, or the books
 * refuse it by `constraint`, `again` answers by what is on file: the same facts are a replay, others a conflict.
 */
export async function orToldBefore<Answer, Reason extends string>(
  constraint: string,
  write: () => Promise<Outcome<Answer, Reason | 'told_before'>>,
  again: () => Promise<Outcome<Answer, 'conflict'>>,
): Promise<Outcome<Answer, Exclude<Reason, 'told_before'> | 'conflict'>> {
  const written = await write().catch((error: unknown): Refusal<'told_before'> => {
    if (error instanceof BooksError && error.constraint?.startsWith(constraint))
      return { ok: false, reason: 'told_before' };
    throw error;
  });
  if (written.ok) return written;
  const { reason } = written;
  if (reason === 'told_before') return again();
  return { ok: false, reason: reason as Exclude<Reason, 'told_before'> };
}
