import { putInMirror } from '../attribution/link-lookup.repo.ts';
import { readLinkHistory } from '../attribution/standing.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import { linksToMirror } from './link.repo.ts';

/** How many links of one partner are written through at once; the rest is set right as each is next followed. */
const MOST_LINKS = 500;

/**
 * Writes links as they stand through to the mirror that visitors are served from. The mirror decides nothing: the books are asked again
 * behind each click and at the signup, so a write that fails costs no credit and fails nothing here.
 */
export async function mirrorLinks(
  kv: KVNamespace,
  books: Database,
  which: { codes: readonly string[] } | { partner_id: string },
  now: number,
): Promise<void> {
  try {
    const rows = await linksToMirror(books, which, MOST_LINKS);
    const history = await readLinkHistory(
      books,
      rows.map((row) => row.code),
    );
    await Promise.all(
      rows.map(async ({ code, partner_id, destination }) => {
        const standing = history.at(code, now);
        const live = standing !== null && standing.link_live && standing.partner_active;
        await putInMirror(kv, code, live ? { state: 'live', partner_id, destination } : { state: 'gone' });
      }),
    );
  } catch {
    // Nobody waits for the mirror.
  }
}
