import { readAccountState } from '../account/state.repo.ts';
import { commit, decideAgain, type Database } from '../program/commit.repo.ts';
import { posting } from './post.repo.ts';

/**
 * Books what the accounts' facts make due as they stand (`target − posted`), one account at a time; right ones are left alone, so it is
 * safe to repeat. For what bears on accounts without being a fact of theirs: a rate. Says how many were written; `busy` ones too often in
 * conflict are made right by their next fact, or by the next call.
 */
export async function repostAccounts(
  books: Database,
  account_ids: readonly string[],
  now: number,
): Promise<{ written: number; busy: number }> {
  let written = 0;
  let busy = 0;
  for (const account_id of account_ids) {
    const done = await decideAgain(async () => {
      const state = await readAccountState(books, { account_id });
      const { entries, statements } = posting(books, state, now);
      if (entries.length === 0) return 'unchanged' as const;
      return commit(books, state.guards, statements);
    });
    if (!done.ok) busy += 1;
    else if (done.value === 'committed') written += 1;
  }
  return { written, busy };
}
