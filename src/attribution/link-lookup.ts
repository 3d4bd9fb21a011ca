import { noCost, type QueryCost } from '../http/cost.ts';
import { inTime } from './in-time.ts';
import { linkInBooks, linkInMirror, putInMirror } from './link-lookup.repo.ts';
import { sameLink, type Absences, type KnownLink, type LinkAnswer, type LinkCache } from './link-lookup.rules.ts';

/** Where links are looked up, nearest first. */
export interface LinkStores {
  cache: LinkCache;
  absences: Absences;
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

/**
 * Looks a code up: in the isolate, else in the mirror, else in the books. Whatever the mirror said, the books have the last word behind
 * the answer: the isolate then knows what they know, and a mirror that is behind is set right. A mirror that says `gone` is not believed
 * while the books answer: a click on a link that has come back is not to be lost. Where the mirror has never heard of a code, the books are
 * not asked about it over and over, nor about one guess after the other (`Absences`).
 */
export async function lookUpLink(stores: LinkStores, code: string, now: number, cost: QueryCost): Promise<LookedUp> {
  const warm = stores.cache.get(code, now);
  if (warm) return { answer: warm, behind: null };
  const mirrored = await inTime(() => linkInMirror(stores.mirror, code), PATIENCE_MS);
  if (mirrored?.value?.state === 'live') {
    const link = mirrored.value;
    stores.cache.set(code, link, now);
    return { answer: link, behind: () => confirm(stores, code, now, link) };
  }
  const unheard = mirrored !== null && mirrored.value === null;
  if (unheard && !stores.absences.worthAsking(code, now)) {
    stores.cache.set(code, { state: 'gone' }, now);
    return { answer: { state: 'gone' }, behind: null };
  }
  const booked = await inTime(() => linkInBooks(stores.books, code, now, cost), PATIENCE_MS);
  if (unheard && booked?.value.state === 'gone') stores.absences.note(code, now);
  if (!booked) return { answer: mirrored?.value ?? { state: 'no_answer' }, behind: null };
  stores.cache.set(code, booked.value, now);
  return { answer: booked.value, behind: mirrored && (() => setRight(stores, code, mirrored.value, booked.value)) };
}

async function confirm(stores: LinkStores, code: string, now: number, mirrored: KnownLink): Promise<void> {
  const booked = await inTime(() => linkInBooks(stores.books, code, now, noCost()), PATIENCE_MS);
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
  await inTime(() => putInMirror(stores.mirror, code, booked), PATIENCE_MS);
}
