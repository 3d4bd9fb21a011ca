import type { QueryCost } from '../http/cost.ts';
import { linkInBooks, linkInMirror, putInMirror } from './link-lookup.repo.ts';
import { sameLink, type KnownLink, type LinkAnswer, type LinkCache } from './link-lookup.rules.ts';

/** Where links are looked up, nearest first. */
export interface LinkStores {
  cache: LinkCache;
  mirror: KVNamespace;
  books: D1Database;
}

/** An answer, and what is left to do once the visitor has theirs. */
export interface LookedUp {
  answer: LinkAnswer;
  behind: (() => Promise<void>) | null;
}

/** How long a store may take before it counts as not answering. */
const PATIENCE_MS = 800;

/** What the work comes to, or null where it fails or does not come to anything in time. */
async function inTime<T>(work: () => Promise<T>): Promise<{ value: T } | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), PATIENCE_MS);
  const done = async (): Promise<{ value: T } | null> => {
    try {
      return { value: await work() };
    } catch {
      return null;
    }
  };
  try {
    return await Promise.race([done(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Looks a code up: in the isolate, else in the mirror, else in the books. Whatever the mirror said, the books have the last word behind
 * the answer: the isolate then knows what they know, and a mirror that is behind is set right. A mirror that says `gone` is not believed
 * while the books answer: a click on a link that has come back is not to be lost.
 */
export async function lookUpLink(stores: LinkStores, code: string, now: number, cost: QueryCost): Promise<LookedUp> {
  const warm = stores.cache.get(code, now);
  if (warm) return { answer: warm, behind: null };
  const mirrored = await inTime(() => linkInMirror(stores.mirror, code));
  if (mirrored?.value?.state === 'live') {
    const link = mirrored.value;
    stores.cache.set(code, link, now);
    return { answer: link, behind: () => confirm(stores, code, now, link) };
  }
  const booked = await inTime(() => linkInBooks(stores.books, code, now, cost));
  if (!booked) return { answer: mirrored?.value ?? { state: 'no_answer' }, behind: null };
  stores.cache.set(code, booked.value, now);
  return { answer: booked.value, behind: mirrored && (() => setRight(stores, code, mirrored.value, booked.value)) };
}

async function confirm(stores: LinkStores, code: string, now: number, mirrored: KnownLink): Promise<void> {
  const booked = await inTime(() =>
    linkInBooks(stores.books, code, now, { queries: 0, rows_read: 0, rows_written: 0 }),
  );
  if (!booked) return;
  stores.cache.set(code, booked.value, now);
  await setRight(stores, code, mirrored, booked.value);
}

/** Writes what the books say into a mirror that says something else. A code that neither knows is not written: guesses cost nothing. */
async function setRight(
  stores: LinkStores,
  code: string,
  mirrored: KnownLink | null,
  booked: KnownLink,
): Promise<void> {
  if (sameLink(mirrored ?? { state: 'gone' }, booked)) return;
  await inTime(() => putInMirror(stores.mirror, code, booked));
}
