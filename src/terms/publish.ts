import type { Door } from '../account/write.ts';
import { commit, decideAgain } from '../program/commit.repo.ts';
import { acceptStatement, currentTerms, publishStatements, type TermsVersion } from './terms.repo.ts';

/**
 * Publishes the program's terms in their next version. Who applies from now on accepts this one; partners accept it when they next sign in.
 * The same words again are the version that is in force.
 */
export async function publishTerms(
  { books, now, by, via }: Door,
  body: string,
): Promise<{ ok: true; first_time: boolean; terms: TermsVersion } | { ok: false; reason: 'busy' }> {
  const done = await decideAgain(async () => {
    const current = await currentTerms(books);
    if (current?.body === body) return { ok: true, first_time: false, terms: current } as const;
    const terms = { version: (current?.version ?? 0) + 1, body, published_at: now, published_by: by };
    const outcome = await commit(books, [], publishStatements(books, terms, via));
    return outcome === 'conflict' ? 'conflict' : ({ ok: true, first_time: true, terms } as const);
  });
  return done.ok ? done.value : { ok: false, reason: 'busy' };
}

/** A partner accepts the terms in force. False where another version is in force than the one that they read. */
export async function acceptTerms({ books, now, by }: Door, partner_id: string, version: number): Promise<boolean> {
  const current = await currentTerms(books);
  if (current?.version !== version) return false;
  await commit(books, [], [acceptStatement(books, { partner_id, version, at: now, by })]);
  return true;
}
