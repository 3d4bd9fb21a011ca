import { inArray, lt, sql } from 'drizzle-orm';

import type { Database } from '../program/commit.repo.ts';
import { guesses, usedCodes } from './identity.schema.ts';
import { windowsOf, WINDOW_MS } from './throttle.rules.ts';

/** Counts of a key in the present window and the former one. */
export interface Counted {
  present: number;
  former: number;
}

/** Counts one more under each key, and answers with what each then has: counted before it is tried, so that guesses at once all count. */
export async function countGuesses(
  db: Database,
  keys: readonly string[],
  machine_now: number,
): Promise<Map<string, Counted>> {
  const [present, former] = windowsOf(machine_now);
  const count = db
    .insert(guesses)
    .values(keys.map((key) => ({ key, window_at: present, count: 1 })))
    .onConflictDoUpdate({ target: [guesses.key, guesses.window_at], set: { count: sql`${guesses.count} + 1` } });
  const read = db
    .select()
    .from(guesses)
    .where(inArray(guesses.key, [...keys]));
  const [, rows] = await db.batch([count, read]);
  return new Map(
    keys.map((key) => {
      const at = (window_at: number) => rows.find((row) => row.key === key && row.window_at === window_at)?.count ?? 0;
      // The one that is being tried now is not one that failed.
      return [key, { present: at(present) - 1, former: at(former) }];
    }),
  );
}

/** Takes back what a guess that was right had counted. */
export async function forgetGuesses(db: Database, keys: readonly string[]): Promise<void> {
  await db.delete(guesses).where(inArray(guesses.key, [...keys]));
}

/** How long a used code is remembered: longer than any clock lets it open again. */
export const CODE_MS = 10 * 60_000;

/** Marks a code of a second factor as used; false where it was before. */
export async function useCode(
  db: Database,
  used: { user_id: string; code_hash: string },
  machine_now: number,
): Promise<boolean> {
  const [, marked] = await db.batch([
    db.delete(usedCodes).where(lt(usedCodes.used_at, machine_now - CODE_MS)),
    db
      .insert(usedCodes)
      .values({ ...used, used_at: machine_now })
      .onConflictDoNothing()
      .returning({ user_id: usedCodes.user_id }),
    db.delete(guesses).where(lt(guesses.window_at, machine_now - 2 * WINDOW_MS)),
  ]);
  return marked.length > 0;
}
